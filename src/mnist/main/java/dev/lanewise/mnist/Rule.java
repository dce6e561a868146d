package dev.lanewise.mnist;

import dev.lanewise.optim.Adadelta;
import dev.lanewise.optim.Adagrad;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamV0;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Adamax;
import dev.lanewise.optim.Lion;
import dev.lanewise.optim.NAdam;
import dev.lanewise.optim.NormScope;
import dev.lanewise.optim.NormalizedSgd;
import dev.lanewise.optim.RAdam;
import dev.lanewise.optim.RmsProp;
import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.UpdateRule;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What {@code --optimizer} may name, with the command line's defaults for each. */
enum Rule {
    SGD,
    NORMALIZED_SGD,
    RPROP,
    RMSPROP,
    ADAM_V0,
    ADAM,
    ADAMW,
    LION,
    ADAGRAD,
    ADADELTA,
    ADAMAX,
    NADAM,
    RADAM;

    /** What {@code --norm} may name. */
    enum Norm {
        GROUP,
        ALL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What the rules call the options, in the messages of their checks. */
    private static final Map<String, String> OPTIONS = Map.ofEntries(
            Map.entry("learningRate", "--lr"),
            Map.entry("momentum", "--momentum"),
            Map.entry("dampening", "--dampening"),
            Map.entry("nesterov", "--nesterov"),
            Map.entry("weightDecay", "--weight-decay"),
            Map.entry("beta1", "--beta1"),
            Map.entry("beta2", "--beta2"),
            Map.entry("alpha", "--alpha"),
            Map.entry("rho", "--rho"),
            Map.entry("epsilon", "--epsilon"),
            Map.entry("learningRateDecay", "--lr-decay"),
            Map.entry("initialSum", "--initial-sum"),
            Map.entry("etaMinus", "--eta-minus"),
            Map.entry("etaPlus", "--eta-plus"),
            Map.entry("minStep", "--min-step"),
            Map.entry("maxStep", "--max-step"),
            Map.entry("momentumDecay", "--momentum-decay"));

    /** The defaults below, for the help. */
    static final String LR =
            "sgd: 0.1; normalized-sgd, rprop, adagrad: 0.01; adadelta: 1; adamax, nadam: 0.002; adam-v0,"
                    + " lion: 0.0001; others: 0.001";

    static final String MOMENTUM = "sgd, rmsprop: 0; normalized-sgd, adam-v0: 0.9";
    static final String DECAY = "adamw: 0.01; lion: 0.1; others: 0";

    /**
     * The rule with the hyperparameters that were given.
     *
     * @param given option → value
     * @throws BadInput if an option does not apply to this rule, or if its value is out of range
     */
    UpdateRule with(Map<String, Object> given) {
        return make(new Options(given));
    }

    /**
     * All options that apply to this rule, with the values that {@link #with} uses, given or not.
     *
     * @param given option → value
     */
    Map<String, Object> settings(Map<String, Object> given) {
        Options options = new Options(given);
        make(options);
        return options.taken;
    }

    private UpdateRule make(Options o) {
        UpdateRule rule;
        try {
            rule = switch (this) {
                case SGD ->
                    new Sgd(
                            o.lr(0.1),
                            o.number("--momentum", 0),
                            o.number("--dampening", 0),
                            o.flag("--nesterov"),
                            o.decay(0));
                case NORMALIZED_SGD ->
                    new NormalizedSgd(
                            o.lr(1e-2),
                            o.number("--momentum", 0.9),
                            o.epsilon(0),
                            o.take("--norm", Norm.GROUP) == Norm.ALL ? NormScope.ALL : NormScope.GROUP);
                case RPROP ->
                    new Rprop(
                            o.lr(1e-2),
                            o.number("--eta-minus", 0.5),
                            o.number("--eta-plus", 1.2),
                            o.number("--min-step", 1e-6),
                            o.number("--max-step", 50));
                case RMSPROP ->
                    new RmsProp(
                            o.lr(1e-3),
                            o.number("--alpha", 0.99),
                            o.epsilon(1e-8),
                            o.number("--momentum", 0),
                            o.flag("--centered"),
                            o.decay(0));
                case ADAM_V0 -> new AdamV0(o.lr(1e-4), o.number("--momentum", 0.9), o.beta2(0.999), o.epsilon(1e-8));
                case ADAM ->
                    new Adam(o.lr(1e-3), o.beta1(), o.beta2(0.999), o.epsilon(1e-8), o.decay(0), o.flag("--amsgrad"));
                case ADAMW ->
                    new AdamW(
                            o.lr(1e-3), o.beta1(), o.beta2(0.999), o.epsilon(1e-8), o.decay(0.01), o.flag("--amsgrad"));
                case LION -> new Lion(o.lr(1e-4), o.beta1(), o.beta2(0.99), o.decay(0.1));
                case ADAGRAD ->
                    new Adagrad(
                            o.lr(1e-2),
                            o.number("--lr-decay", 0),
                            o.decay(0),
                            o.number("--initial-sum", 0),
                            o.epsilon(1e-10));
                case ADADELTA -> new Adadelta(o.lr(1), o.number("--rho", 0.9), o.epsilon(1e-6), o.decay(0));
                case ADAMAX -> new Adamax(o.lr(2e-3), o.beta1(), o.beta2(0.999), o.epsilon(1e-8), o.decay(0));
                case NADAM ->
                    new NAdam(
                            o.lr(2e-3),
                            o.beta1(),
                            o.beta2(0.999),
                            o.epsilon(1e-8),
                            o.decay(0),
                            o.number("--momentum-decay", 4e-3));
                case RADAM -> new RAdam(o.lr(1e-3), o.beta1(), o.beta2(0.999), o.epsilon(1e-8), o.decay(0));
            };
        } catch (IllegalArgumentException e) {
            throw new BadInput(withOptionNames(e.getMessage()), e);
        }
        if (!o.left.isEmpty()) {
            throw new BadInput(o.left.keySet().iterator().next() + " does not apply to --optimizer " + this);
        }
        return rule;
    }

    private static String withOptionNames(String message) {
        for (Map.Entry<String, String> name : OPTIONS.entrySet()) {
            message = message.replaceAll("(?<!-)\\b" + name.getKey() + "\\b", name.getValue());
        }
        return message;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The options that no rule has taken yet, and what a rule has taken. */
    private static final class Options {
        final Map<String, Object> left;
        final Map<String, Object> taken = new LinkedHashMap<>();

        Options(Map<String, Object> given) {
            left = new LinkedHashMap<>(given);
        }

        Object take(String option, Object otherwise) {
            Object given = left.remove(option);
            Object value = given == null ? otherwise : given;
            taken.put(option, value);
            return value;
        }

        double number(String option, double otherwise) {
            return (double) take(option, otherwise);
        }

        boolean flag(String option) {
            return (boolean) take(option, false);
        }

        double lr(double otherwise) {
            return number("--lr", otherwise);
        }

        double decay(double otherwise) {
            return number("--weight-decay", otherwise);
        }

        double beta1() {
            return number("--beta1", 0.9);
        }

        double beta2(double otherwise) {
            return number("--beta2", otherwise);
        }

        double epsilon(double otherwise) {
            return number("--epsilon", otherwise);
        }
    }
}
