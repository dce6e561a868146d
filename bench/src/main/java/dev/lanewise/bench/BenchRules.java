package dev.lanewise.bench;

import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.Rules;
import dev.lanewise.optim.UpdateRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rules of the library's catalog by the names that the benchmarks' parameters give them: the class, and the variant if it is
 * one; rules of matrices are not among them. Only {@code Sgd} is the variant with momentum, as other libraries' is, and
 * {@code Sgd plain} the rule itself.
 */
final class BenchRules {
    /** Rprop's step sizes begin with its smallest one, and its learning rate is a factor of them. */
    private static final Map<String, Double> RPROP = Map.of("initialStep", 1e-6);

    private static final Map<String, String> NAMED_OTHERWISE = Map.of("Sgd", "Sgd plain", "Sgd momentum", "Sgd");

    private static final Map<String, UpdateRule> ALL = new LinkedHashMap<>();

    static {
        for (Rules.Entry entry : Rules.all()) {
            if (entry.defaults().needsMatrix()) {
                continue;
            }
            String name = entry.defaults().getClass().getSimpleName();
            put(name, entry.defaults());
            entry.variants().forEach(variant -> put(name + " " + variant.name(), variant.rule()));
        }
    }

    static final List<String> NAMES = List.copyOf(ALL.keySet());

    private BenchRules() {}

    private static void put(String name, UpdateRule rule) {
        ALL.put(NAMED_OTHERWISE.getOrDefault(name, name), rule);
    }

    static UpdateRule of(String name) {
        return of(name, Values.LEARNING_RATE);
    }

    static UpdateRule of(String name, double rate) {
        UpdateRule rule = ALL.get(name);
        if (rule == null) {
            throw new IllegalArgumentException("rule must be one of " + NAMES + ": " + name);
        }
        return Rules.with(rule, rule instanceof Rprop ? RPROP : Map.of("learningRate", rate));
    }
}
