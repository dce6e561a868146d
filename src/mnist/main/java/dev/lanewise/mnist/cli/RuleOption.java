package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.BaseRate;
import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.Rules;
import dev.lanewise.optim.UpdateRule;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What {@code --optimizer} may name: a rule of the library's catalog.
 *
 * @param name its name in the catalog
 * @param defaults the rule with the command line's defaults
 */
record RuleOption(String name, UpdateRule defaults) {
    /** Defaults of the command line that are not the library's, because they train MNIST better. */
    private static final Map<String, Map<String, Double>> TRAINING = Map.of(
            "sgd", Map.of("learningRate", 0.1),
            "rmsprop", Map.of("learningRate", 1e-3),
            "ftrl", Map.of("learningRate", 1e-2),
            "asgd", Map.of("learningRate", 0.1),
            "novograd", Map.of("learningRate", 1e-2),
            "muon", Map.of("learningRate", 0.02),
            "lion", Map.of("weightDecay", 0.1),
            "lamb", Map.of("learningRate", 0.01),
            "lars", Map.of("learningRate", 10.0));

    static final List<RuleOption> ALL = Rules.all().stream()
            .map(entry -> new RuleOption(
                    entry.name(), Rules.with(entry.defaults(), TRAINING.getOrDefault(entry.name(), Map.of()))))
            .toList();

    /** The names, for the help. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return ALL.stream().map(RuleOption::name).iterator();
        }
    }

    /**
     * Returns the hyperparameters that are options: all of the rule, with a number for the learning rate. That of {@link Rprop} is its
     * initial step.
     */
    static Map<String, Object> hyperparameters(UpdateRule rule) {
        Map<String, Object> options = new LinkedHashMap<>(Rules.hyperparameters(rule));
        options.remove("initialStep");
        // The groups of the layers have it, by their shapes.
        options.remove("factored");
        options.put("learningRate", BaseRate.of(rule));
        return options;
    }

    /**
     * Returns the rule with the hyperparameters that were given.
     *
     * @param given option → value
     * @throws UsageException if an option does not apply to this rule, or if its value is out of range
     */
    UpdateRule with(Map<String, Object> given) {
        Map<String, Object> left = new LinkedHashMap<>(given);
        Map<String, Object> hyperparameters = new LinkedHashMap<>();
        for (String component : hyperparameters(defaults).keySet()) {
            Object value = left.remove(RuleOptions.name(component));
            if (value != null) {
                boolean first = component.equals("learningRate") && defaults instanceof Rprop;
                hyperparameters.put(first ? "initialStep" : component, value);
            }
        }
        UpdateRule rule;
        try {
            rule = Rules.with(defaults, hyperparameters);
        } catch (IllegalArgumentException e) {
            throw new UsageException(RuleOptions.withNames(e.getMessage()), e);
        }
        if (!left.isEmpty()) {
            throw new UsageException(left.keySet().iterator().next() + " does not apply to --optimizer " + this);
        }
        return rule;
    }

    /**
     * Returns all options that apply to this rule, with the values that {@link #with} uses, given or not.
     *
     * @param given option → value
     */
    Map<String, Object> settings(Map<String, Object> given) {
        Map<String, Object> settings = new LinkedHashMap<>();
        hyperparameters(with(given))
                .forEach((component, value) -> settings.put(
                        RuleOptions.name(component),
                        value instanceof Enum<?> constant ? RuleOptions.name(constant) : value));
        return settings;
    }

    @Override
    public String toString() {
        return name;
    }
}
