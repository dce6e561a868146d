package dev.lanewise.mnist.cli;

import dev.lanewise.optim.NormScope;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.TypeConversionException;

/**
 * The options of {@code train} that are for some optimizers and not for others: one for each hyperparameter that a rule of the
 * catalog has. Which rules have it, and its defaults, come from the catalog too.
 */
final class RuleOptions {
    /** The order of the help, and what it tells; other hyperparameters follow with their names alone. */
    private static final Map<String, String> DESCRIPTIONS = new LinkedHashMap<>();

    static {
        DESCRIPTIONS.put("learningRate", "Learning rate");
        DESCRIPTIONS.put("momentum", "Momentum, below 1");
        DESCRIPTIONS.put("dampening", "Dampening of the momentum");
        DESCRIPTIONS.put("nesterov", "Nesterov's momentum");
        DESCRIPTIONS.put("weightDecay", "Weight decay");
        DESCRIPTIONS.put("beta1", "Decay of the average of the gradient");
        DESCRIPTIONS.put("beta2", "Decay of the average of its square, and lion's second decay");
        DESCRIPTIONS.put("beta3", "Decay of ademamix's slow average of the gradient, and of adan's of the square");
        DESCRIPTIONS.put(
                "alpha",
                "rmsprop: decay of the average of the gradient's square; ademamix: weight of the slow average");
        DESCRIPTIONS.put("rho", "Decay of the averages");
        DESCRIPTIONS.put("epsilon", "Added to the denominator");
        DESCRIPTIONS.put("amsgrad", "The running maximum of the second moment");
        DESCRIPTIONS.put(
                "decoupledWeightDecay", "Weight decay that shrinks the parameters, instead of one in the gradient");
        DESCRIPTIONS.put("proximalDecay", "Weight decay that divides after the step, instead of multiplying before");
        DESCRIPTIONS.put("rectify", "Steps without a divisor until the variance is reliable");
        DESCRIPTIONS.put("beta3Warmup", "Steps in which the slow average's decay rises from the fast one's");
        DESCRIPTIONS.put("alphaWarmup", "Steps in which the slow average's weight rises from 0");
        DESCRIPTIONS.put("clipExponent", "Exponent of the limit (t - 1)^X of the quotients, Infinity for none");
        DESCRIPTIONS.put("biasCorrection", "Whether the averages are corrected");
        DESCRIPTIONS.put("gradientAveraging", "Whether the gradient has the weight 1 - beta1 in its average");
        DESCRIPTIONS.put("trust", "Trust coefficient: the size of a step relative to the parameters");
        DESCRIPTIONS.put("alwaysAdapt", "The trust ratio also without weight decay");
        DESCRIPTIONS.put("trustClip", "Limits the trust ratio");
        DESCRIPTIONS.put("updateClipping", "Shortens steps after a spike of the gradient");
        DESCRIPTIONS.put("caution", "masked: no step against the gradient; rescaled: the others step further instead");
        DESCRIPTIONS.put("cautiousDecay", "No weight decay against the step");
        DESCRIPTIONS.put("centered", "Centers the average: the variance instead of the square");
        DESCRIPTIONS.put("learningRateDecay", "Decay of the learning rate");
        DESCRIPTIONS.put("initialSum", "What the sums of squares begin with");
        DESCRIPTIONS.put("etaMinus", "What a step size is multiplied by when the gradient turns");
        DESCRIPTIONS.put("etaPlus", "What a step size is multiplied by when the gradient keeps its sign");
        DESCRIPTIONS.put("minStep", "Smallest step size");
        DESCRIPTIONS.put("maxStep", "Largest step size");
        DESCRIPTIONS.put("momentumDecay", "Decay of the momentum schedule");
        DESCRIPTIONS.put("learningRatePower", "Power of the sum of squares, from -1 to 0");
        DESCRIPTIONS.put("initialAccumulator", "What the sum of squares begins with");
        DESCRIPTIONS.put("l1", "L1 term, which makes weights 0");
        DESCRIPTIONS.put("l2", "L2 term");
        DESCRIPTIONS.put("l2Shrinkage", "Decay of the weights by their gradient");
        DESCRIPTIONS.put("beta", "Added to the denominator");
        DESCRIPTIONS.put("fromParameters", "Begins from the initial weights, and not from 0");
        DESCRIPTIONS.put("d0", "First estimate of the learning rate");
        DESCRIPTIONS.put("factor", "Factor of the estimate");
        DESCRIPTIONS.put("growth", "Most by which the estimate grows in a step, from 1");
        DESCRIPTIONS.put("safeguard", "Estimates without the schedule, which a warm-up needs");
        DESCRIPTIONS.put("decoupledWeightDecay", "Weight decay of the weights themselves instead of the gradient");
        DESCRIPTIONS.put("gradientAveraging", "Averages the gradient instead of adding it up");
        DESCRIPTIONS.put("lambda", "Second weight decay, and speed at which the learning rate falls");
        DESCRIPTIONS.put("power", "Power of the fall of the learning rate");
        DESCRIPTIONS.put("t0", "Steps before the average begins");
        DESCRIPTIONS.put("warmup", "Steps in which the learning rate rises, within the rule, beside --schedule");
        DESCRIPTIONS.put("stepPower", "Power of the step in the weights of the average");
        DESCRIPTIONS.put("ratePower", "Power of the largest learning rate in the weights of the average");
        DESCRIPTIONS.put("innerMomentum", "Decay of an average of the gradient beside that of the parameters");
        DESCRIPTIONS.put("rectify", "RAdam's learning rate");
        DESCRIPTIONS.put("beta2Decay", "Power of the step in the weight of a new square, at most 0");
        DESCRIPTIONS.put("epsilon1", "Lower limit of the root mean square of the gradient");
        DESCRIPTIONS.put(
                "epsilon2", "Lower limit of the root mean square of the weights, in proportion to which they move");
        DESCRIPTIONS.put("clipThreshold", "Root mean square of a step above which it is scaled down");
        DESCRIPTIONS.put("scale", "What a step is multiplied by, from the shape of the matrix");
        DESCRIPTIONS.put("coefficients", "The polynomials that orthogonalize");
        DESCRIPTIONS.put("normScope", "group: divides each layer's gradients by their norm; all: by that of all");
    }

    /** Component → rule → default, of the rules that have the component, in the order of the help. */
    private static final Map<String, Map<String, Object>> DEFAULTS = defaults();

    private RuleOptions() {}

    private static Map<String, Map<String, Object>> defaults() {
        Map<String, Map<String, Object>> defaults = new LinkedHashMap<>();
        DESCRIPTIONS.keySet().forEach(component -> defaults.put(component, new LinkedHashMap<>()));
        for (RuleOption rule : RuleOption.ALL) {
            RuleOption.hyperparameters(rule.defaults())
                    .forEach((component, value) -> defaults.computeIfAbsent(component, c -> new LinkedHashMap<>())
                            .put(rule.name(), value));
        }
        defaults.values().removeIf(Map::isEmpty);
        return defaults;
    }

    /** Returns the option for a component of a rule: {@code --beta1}, {@code --weight-decay}, with two names shortened. */
    static String name(String component) {
        String shortened = component.replace("learningRate", "lr").replace("normScope", "norm");
        return "--" + shortened.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }

    /** Returns a message of the library with the names of the options in it. */
    static String withNames(String message) {
        String named = message.replace("initialStep", "learningRate");
        for (String component : DEFAULTS.keySet()) {
            named = named.replaceAll("(?<!-)\\b" + component + "\\b", name(component));
        }
        return named;
    }

    /** Returns the options, for picocli to mix in. */
    static CommandSpec spec() {
        CommandSpec spec = CommandSpec.create();
        DEFAULTS.forEach((component, defaults) -> spec.addOption(option(component, defaults)));
        return spec;
    }

    /** Returns option → value, of those that were given. */
    static Map<String, Object> given(CommandSpec spec) {
        Map<String, Object> given = new LinkedHashMap<>();
        for (OptionSpec option : spec.options()) {
            Object value = option.getValue();
            if (value != null) {
                given.put(option.longestName(), value);
            }
        }
        return given;
    }

    private static OptionSpec option(String component, Map<String, Object> defaults) {
        String description = DESCRIPTIONS.getOrDefault(component, component) + rules(defaults.keySet());
        OptionSpec.Builder option = OptionSpec.builder(name(component));
        return switch (defaults.values().iterator().next()) {
            case Long steps ->
                option.type(Long.class)
                        .paramLabel("STEPS")
                        .description(description + defaultsOf(defaults))
                        .build();
            case Boolean first -> {
                // Only what is on by default needs an option that turns it off.
                boolean on = defaults.containsValue(true);
                yield option.type(Boolean.class)
                        .arity("0")
                        .negatable(on)
                        .description(description + (on ? defaultsOf(defaults) : ""))
                        .build();
            }
            case Enum<?> constant -> {
                List<Enum<?>> constants = constants(constant);
                yield option.type(constant.getDeclaringClass())
                        .paramLabel(constants.stream().map(RuleOptions::name).collect(Collectors.joining("|")))
                        .converters(text -> constant(constants, text))
                        .description(description + defaultsOf(defaults))
                        .build();
            }
            default ->
                option.type(Double.class)
                        .paramLabel(component.equals("learningRate") ? "RATE" : "X")
                        .description(description + defaultsOf(defaults))
                        .build();
        };
    }

    /** Returns the name of a constant on the command line, such as {@code match-rms}. */
    static String name(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static List<Enum<?>> constants(Enum<?> one) {
        return Stream.<Enum<?>>of(one.getDeclaringClass().getEnumConstants())
                .filter(constant -> constant != NormScope.NONE)
                .toList();
    }

    private static Enum<?> constant(List<Enum<?>> constants, String text) {
        List<String> names = constants.stream().map(RuleOptions::name).toList();
        if (!names.contains(text)) {
            throw new TypeConversionException("expected one of " + names + ", found '" + text + "'");
        }
        return constants.get(names.indexOf(text));
    }

    /** Returns which rules have it, or which have it not, whatever is shorter. */
    private static String rules(Set<String> having) {
        List<String> others =
                new ArrayList<>(RuleOption.ALL.stream().map(RuleOption::name).toList());
        others.removeAll(having);
        return others.isEmpty()
                ? ""
                : others.size() < having.size()
                        ? "; not of " + String.join(", ", others)
                        : "; of " + String.join(", ", having);
    }

    /** Returns the defaults, those of the most rules last and without their names. */
    private static String defaultsOf(Map<String, Object> defaults) {
        Map<String, List<String>> rules = defaults.entrySet().stream()
                .collect(Collectors.groupingBy(
                        entry -> text(entry.getValue()),
                        LinkedHashMap::new,
                        Collectors.mapping(Map.Entry::getKey, Collectors.toList())));
        if (rules.size() == 1) {
            return " (default: " + rules.keySet().iterator().next() + ")";
        }
        int most = rules.values().stream().mapToInt(List::size).max().orElseThrow();
        String common = rules.keySet().stream()
                .filter(value -> rules.get(value).size() == most)
                .findFirst()
                .orElseThrow();
        return Stream.concat(
                        rules.entrySet().stream()
                                .filter(entry -> !entry.getKey().equals(common))
                                .map(entry -> String.join(", ", entry.getValue()) + ": " + entry.getKey()),
                        Stream.of("others: " + common))
                .collect(Collectors.joining("; ", " (default for ", ")"));
    }

    private static String text(Object value) {
        return switch (value) {
            case Double none when none.isInfinite() -> "no limit";
            case Double number
            when number == 0 || number >= 1e-6 ->
                new BigDecimal(number.toString()).stripTrailingZeros().toPlainString();
            case Double tiny -> tiny.toString().replace(".0E", "e");
            case Enum<?> constant -> name(constant);
            default -> value.toString();
        };
    }
}
