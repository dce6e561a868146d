package dev.lanewise.mnist;

import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.UpdateRule;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** What {@code --optimizer} may name, with the command line's defaults for each. */
enum Rule {
    SGD,
    ADAMW;

    /** What the rules call the options, in the messages of their checks. */
    private static final Map<String, String> OPTIONS =
            Map.of("learningRate", "--lr", "momentum", "--momentum", "weightDecay", "--weight-decay");

    /** The defaults below, for the help. */
    static final String LR = "sgd: 0.1; adamw: 0.001";

    static final String MOMENTUM = "sgd: 0";
    static final String DECAY = "sgd: 0; adamw: 0.01";

    /**
     * The rule with the hyperparameters that were given.
     *
     * @param given option → value
     * @throws BadInput if an option does not apply to this rule, or if its value is out of range
     */
    UpdateRule with(Map<String, Double> given) {
        Map<String, Double> left = new LinkedHashMap<>(given);
        UpdateRule rule;
        try {
            rule = switch (this) {
                case SGD ->
                    new Sgd(
                            take(left, "--lr", 0.1),
                            take(left, "--momentum", 0),
                            0,
                            false,
                            take(left, "--weight-decay", 0));
                case ADAMW -> new AdamW(take(left, "--lr", 1e-3), 0.9, 0.999, 1e-8, take(left, "--weight-decay", 0.01));
            };
        } catch (IllegalArgumentException e) {
            throw new BadInput(withOptionNames(e.getMessage()), e);
        }
        if (!left.isEmpty()) {
            throw new BadInput(left.keySet().iterator().next() + " does not apply to --optimizer " + this);
        }
        return rule;
    }

    private static double take(Map<String, Double> left, String option, double otherwise) {
        Double given = left.remove(option);
        return given == null ? otherwise : given;
    }

    private static String withOptionNames(String message) {
        for (Map.Entry<String, String> name : OPTIONS.entrySet()) {
            message = message.replaceAll("(?<!-)\\b" + name.getKey() + "\\b", name.getValue());
        }
        return message;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
