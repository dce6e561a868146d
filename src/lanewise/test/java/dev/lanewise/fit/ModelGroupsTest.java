package dev.lanewise.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.linalg.Activation;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Muon;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Rules;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ModelGroupsTest {
    private static final Mlp MLP = new Mlp(4, 5, 3, 2);
    private static final AdamW RULE = new AdamW(1e-3), PLAIN = RULE.withWeightDecay(0);

    private static Map<String, UpdateRule> rules(Object... patterns) {
        Map<String, UpdateRule> rules = new LinkedHashMap<>();
        for (int i = 0; i < patterns.length; i += 2) {
            rules.put((String) patterns[i], (UpdateRule) patterns[i + 1]);
        }
        return rules;
    }

    private static List<UpdateRule> chosen(List<ParameterGroup> groups) {
        return groups.stream().map(ParameterGroup::rule).toList();
    }

    @Test
    void theFirstPatternThatMatchesDecides() {
        AdamW first = new AdamW(3e-3);
        List<ParameterGroup> groups =
                ModelGroups.of(MLP, rules("*.bias", PLAIN, "layers.0.*", first, "*s.*.weight", RULE));
        assertEquals(List.of(first, PLAIN, RULE, PLAIN, RULE, PLAIN), chosen(groups));
        assertEquals("layers.1.weight", groups.get(2).name());
        assertEquals(25, groups.get(2).from());
        assertEquals(5, groups.get(2).shape().inputs());
        new Optimizer(MLP.parameters(), groups, StepOptions.DEFAULT);
    }

    @Test
    void dotsAreNoPattern() {
        assertEquals(
                "rules must have a pattern for every name: none for [layers.0.weight, layers.0.bias, layers.1.weight,"
                        + " layers.1.bias, layers.2.weight, layers.2.bias]",
                assertThrows(IllegalArgumentException.class, () -> ModelGroups.of(MLP, rules("layers.0xweight", RULE)))
                        .getMessage());
    }

    @Test
    void namesWithoutAndPatternsWithoutAreListed() {
        assertEquals(
                "rules must have a pattern for every name: none for [layers.1.bias, layers.2.bias]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ModelGroups.of(MLP, rules("*.weight", RULE, "layers.0.bias", PLAIN)))
                        .getMessage());
        assertEquals(
                "every pattern must be the first that matches some name: [*.bias] of [*, *.bias] for the names"
                        + " [layers.0.weight, layers.0.bias, layers.1.weight, layers.1.bias, layers.2.weight,"
                        + " layers.2.bias]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> ModelGroups.of(MLP, rules("*", RULE, "*.bias", PLAIN)))
                        .getMessage());
    }

    @Test
    void muonLeavesVectorsAndTheLastLayerToAdamW() {
        Muon muon = new Muon(1e-2);
        AdamW rest = muon.adamW();
        assertEquals(List.of(muon, rest, muon, rest, rest, rest), chosen(ModelGroups.of(MLP, muon)));
    }

    /** One line makes any rule, and the groups that it needs. */
    @Test
    void everyRuleHasAConstructorWithItsLearningRate() throws ReflectiveOperationException {
        for (Rules.Entry entry : Rules.all()) {
            UpdateRule rule =
                    entry.defaults().getClass().getConstructor(double.class).newInstance(2e-3);
            assertEquals(2e-3, rule.learningRate().at(5), rule.toString());
            new Optimizer(MLP.parameters(), ModelGroups.of(MLP, rule), StepOptions.DEFAULT);
        }
    }

    @Test
    void theSummaryIsATable() {
        assertEquals("""
            layer                shape activation    parameters           bytes
            layers.0         784 × 256       gelu       200,960         803,840
            layers.1          256 × 10       none         2,570          10,280
            total                                       203,530         814,120
            """, new Mlp(Activation.GELU, 784, 256, 10).summary());
    }
}
