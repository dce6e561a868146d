package dev.lanewise.fit;

import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Adafactor;
import dev.lanewise.optim.MatrixShape;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.NorMuon;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.UpdateRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.regex.Pattern;

/**
 * The parameter groups of a network: one for each weight and bias, with its name and shape. Where a rule needs matrices, what is none gets
 * the rule that {@link Muon#groups}, {@link NorMuon#groups} and {@link Adafactor#groups} assign.
 *
 * <p>{@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * Map<String, UpdateRule> rules = new LinkedHashMap<>();
 * rules.put("*.bias", new AdamW(1e-3).withWeightDecay(0));
 * rules.put("*", new AdamW(1e-3));
 * Optimizer optimizer = new Optimizer(mlp.parameters(), ModelGroups.of(mlp, rules), StepOptions.DEFAULT);
 * }
 */
public final class ModelGroups {
    private ModelGroups() {}

    /**
     * {@return the groups with one rule for all}
     *
     * @param mlp the network
     * @param rule the rule
     */
    public static List<ParameterGroup> of(Mlp mlp, UpdateRule rule) {
        return of(mlp, index -> rule);
    }

    /**
     * {@return the groups with rules by their names}
     *
     * @param mlp the network
     * @param rules the rule of each pattern, in which {@code *} stands for any characters; a name has the rule of the first pattern that
     *     matches, in the order of the map, which a {@link LinkedHashMap} has
     * @throws IllegalArgumentException if names match no pattern, or a pattern is the first for no name; the message lists them
     */
    public static List<ParameterGroup> of(Mlp mlp, Map<String, UpdateRule> rules) {
        Map<String, Pattern> patterns = new LinkedHashMap<>();
        rules.keySet()
                .forEach(text -> patterns.put(text, Pattern.compile("\\Q" + text.replace("*", "\\E.*\\Q") + "\\E")));
        List<UpdateRule> chosen = new ArrayList<>();
        List<String> unmatched = new ArrayList<>(), unused = new ArrayList<>(rules.keySet());
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            String first = null;
            for (Map.Entry<String, Pattern> pattern : patterns.entrySet()) {
                if (first == null && pattern.getValue().matcher(range.name()).matches()) {
                    first = pattern.getKey();
                }
            }
            if (first == null) {
                unmatched.add(range.name());
            }
            unused.remove(first);
            chosen.add(rules.get(first));
        }
        if (!unmatched.isEmpty()) {
            throw new IllegalArgumentException("rules must have a pattern for every name: none for " + unmatched);
        }
        if (!unused.isEmpty()) {
            throw new IllegalArgumentException("every pattern must be the first that matches some name: " + unused
                    + " of " + rules.keySet() + " for the names "
                    + mlp.parameterRanges().stream().map(Mlp.Parameter::name).toList());
        }
        return of(mlp, chosen::get);
    }

    /**
     * {@return the groups with rules by their index}
     *
     * @param mlp the network
     * @param rules the rule by the index of the weight or bias in {@link Mlp#parameterRanges}
     */
    public static List<ParameterGroup> of(Mlp mlp, IntFunction<UpdateRule> rules) {
        List<ParameterGroup> groups = new ArrayList<>();
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            groups.add(new ParameterGroup(range.name(), range.from(), range.length(), rules.apply(groups.size()))
                    .withShape(MatrixShape.inputsByOutputs(range.rows(), range.columns())));
        }
        List<ParameterGroup> assigned = new ArrayList<>();
        for (int i = 0; i < groups.size(); i++) {
            ParameterGroup group = groups.get(i);
            assigned.add(
                    switch (group.rule()) {
                        case Muon muon -> muon.groups(groups).get(i);
                        case NorMuon normuon -> normuon.groups(groups).get(i);
                        case Adafactor adafactor -> adafactor.groups(groups).get(i);
                        default -> group;
                    });
        }
        return assigned;
    }
}
