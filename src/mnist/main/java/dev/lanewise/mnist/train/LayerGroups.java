package dev.lanewise.mnist.train;

import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Adafactor;
import dev.lanewise.optim.MatrixShape;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.UpdateRule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * The parameter groups of a network: one for each weight and bias, where {@link Muon} leaves to AdamW what it does not train, and {@link
 * Adafactor} factors the weights alone.
 */
public final class LayerGroups {
    private LayerGroups() {}

    /**
     * Makes the groups.
     *
     * @param mlp the network
     * @param rules the rule by the index of the weight or bias
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
                        case Adafactor adafactor -> adafactor.groups(groups).get(i);
                        default -> group;
                    });
        }
        return assigned;
    }
}
