package dev.lanewise.optim;

import dev.lanewise.schedule.Constant;
import java.lang.reflect.RecordComponent;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The names of hyperparameters in golden files, which are those of their sources, and ours. */
final class GoldenHyperparameters {
    /** Names that say something else than a hyperparameter of a rule. */
    private static final Set<String> OTHER = Set.of(
            "maximize",
            "max_grad_norm",
            "clip_factor",
            "agc_eps",
            "Prodigy decouple",
            "Prodigy slice_p",
            "Prodigy beta3",
            "Muon ns_coefficients",
            "Muon ns_steps",
            "Muon eps");

    /** A source's name → ours, a list for several in one; others differ by {@code snake_case} alone. */
    private static final Map<String, List<String>> NAMES = Map.ofEntries(
            Map.entry("lr", List.of("learningRate")),
            Map.entry("lr_decay", List.of("learningRateDecay")),
            Map.entry("betas", List.of("beta1", "beta2", "beta3")),
            Map.entry("etas", List.of("etaMinus", "etaPlus")),
            Map.entry("step_sizes", List.of("minStep", "maxStep")),
            Map.entry("eps", List.of("epsilon")),
            Map.entry("initial_accumulator_value", List.of("initialSum")),
            Map.entry("trust_coeff", List.of("trust")),
            Map.entry("r", List.of("stepPower")),
            Map.entry("warmup_steps", List.of("warmup")),
            Map.entry("lambd", List.of("lambda")),
            Map.entry("grad_averaging", List.of("gradientAveraging")),
            Map.entry("weight_lr_power", List.of("ratePower")),
            Map.entry("adjust_lr_fn", List.of("scale")),
            Map.entry("weight_decouple", List.of("decoupledWeightDecay")),
            Map.entry("decouple", List.of("decoupledWeightDecay")),
            Map.entry("no_prox", List.of("proximalDecay")),
            // These belong to one rule each.
            Map.entry("Adafactor eps", List.of("epsilon1", "epsilon2")),
            Map.entry("Adafactor d", List.of("clipThreshold")),
            Map.entry("Prodigy use_bias_correction", List.of("biasCorrection")),
            Map.entry("Prodigy safeguard_warmup", List.of("safeguard")),
            Map.entry("Prodigy d_coef", List.of("factor")),
            Map.entry("Prodigy growth_rate", List.of("growth")),
            Map.entry("Asgd alpha", List.of("power")),
            Map.entry("ScheduleFreeAdamW silent_sgd_phase", List.of("rectify")),
            Map.entry("Rprop lr", List.of("initialStep")),
            Map.entry("RmsProp beta2", List.of("alpha")),
            Map.entry("Ftrl lr_power", List.of("learningRatePower")),
            Map.entry("Ftrl initial_accumulator_value", List.of("initialAccumulator")));

    /** Switches that are off where ours are on. */
    private static final Set<String> NEGATED = Set.of("no_prox");

    private GoldenHyperparameters() {}

    /**
     * Makes a rule with the hyperparameters of a file. A name that is no hyperparameter of the rule is refused.
     *
     * @param defaults the rule with the others
     */
    static UpdateRule rule(UpdateRule defaults, Map<String, Object> file) {
        Map<String, Object> ours = new HashMap<>();
        file.forEach((name, value) -> {
            if (!OTHER.contains(name) && !OTHER.contains(own(defaults, name))) {
                List<String> names = names(defaults, name);
                List<?> values = value instanceof List<?> list ? list : Arrays.asList(value);
                for (int i = 0; i < values.size(); i++) {
                    Object one = NEGATED.contains(name) ? (Object) !(boolean) value : values.get(i);
                    ours.put(names.get(i), convert(defaults, names.get(i), one));
                }
            }
        });
        return Rules.with(defaults, ours);
    }

    private static List<String> names(UpdateRule rule, String name) {
        String own = own(rule, name);
        return NAMES.containsKey(own) ? NAMES.get(own) : NAMES.getOrDefault(name, List.of(camelCase(name)));
    }

    private static String own(UpdateRule rule, String name) {
        return rule.getClass().getSimpleName() + " " + name;
    }

    /** Converts a value; none is 0 of a number of steps, and infinity of another number. */
    private static Object convert(UpdateRule rule, String name, Object value) {
        for (RecordComponent component : rule.getClass().getRecordComponents()) {
            if (component.getName().equals(name) && component.getType() == long.class) {
                return value == null ? 0L : ((Double) value).longValue();
            }
            if (component.getName().equals(name) && component.getType() == double.class && value == null) {
                return Double.POSITIVE_INFINITY;
            }
        }
        if (name.equals("scale")) {
            return value == null ? Muon.Scale.ORIGINAL : Muon.Scale.MATCH_RMS;
        }
        if (name.equals("caution")) {
            return (boolean) value ? Caution.RESCALED : Caution.NONE;
        }
        return name.equals("learningRate") ? new Constant((double) value) : value;
    }

    private static String camelCase(String name) {
        StringBuilder camel = new StringBuilder();
        for (String word : name.split("_")) {
            camel.append(camel.isEmpty() ? word : Character.toUpperCase(word.charAt(0)) + word.substring(1));
        }
        return camel.toString();
    }
}
