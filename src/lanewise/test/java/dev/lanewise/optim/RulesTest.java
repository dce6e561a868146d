package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.WarmupCosine;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The catalog as programs use it; {@link RuleCatalogTest} has what it must hold. */
class RulesTest {
    @Test
    void namesAreUniqueAndForACommandLine() {
        Set<String> names = new HashSet<>();
        for (Rules.Entry entry : Rules.all()) {
            assertTrue(entry.name().matches("[a-z][a-z0-9]*(-[a-z0-9]+)*"), entry.name());
            assertTrue(names.add(entry.name()), entry.name());
        }
    }

    /** A variant is another computation: another kernel, or other state. */
    @Test
    void variantsDifferFromTheRule() {
        for (Rules.Entry entry : Rules.all()) {
            for (Rules.Variant variant : entry.variants()) {
                assertEquals(entry.defaults().getClass(), variant.rule().getClass());
                assertNotEquals(
                        List.of(entry.defaults().options(), entry.defaults().state()),
                        List.of(variant.rule().options(), variant.rule().state()),
                        variant.name());
            }
        }
    }

    @Test
    void hyperparametersAreTheComponentsInTheirOrder() {
        Map<String, Object> all = Rules.hyperparameters(new AdamW());
        assertEquals(
                List.of(
                        "learningRate",
                        "beta1",
                        "beta2",
                        "epsilon",
                        "weightDecay",
                        "amsgrad",
                        "updateClipping",
                        "caution",
                        "cautiousDecay"),
                List.copyOf(all.keySet()));
        assertEquals(
                List.of(new Constant(0.001), 0.9, 0.999, 1e-8, 0.01, false, false, Caution.NONE, false),
                List.copyOf(all.values()));
        assertEquals(NormScope.GROUP, Rules.hyperparameters(new NormalizedSgd()).get("normScope"));
    }

    @Test
    void withChangesWhatIsGiven() {
        for (Rules.Entry entry : Rules.all()) {
            assertEquals(entry.defaults(), Rules.with(entry.defaults(), Map.of()));
        }
        assertEquals(
                new AdamW().withWeightDecay(0.1).withAmsgrad(true),
                Rules.with(new AdamW(), Map.of("weightDecay", 0.1, "amsgrad", true)));
        // Both at once, since neither is legal without the other.
        assertEquals(
                new Sgd().withMomentum(0.9).withNesterov(true),
                Rules.with(new Sgd(), Map.of("nesterov", true, "momentum", 0.9)));
    }

    @Test
    void refusesWhatIsNotARulesOwn() {
        assertRefused(
                "hyperparameter of Lion must be one of [learningRate, beta1, beta2, weightDecay, caution,"
                        + " cautiousDecay]: epsilon",
                new Lion(),
                Map.of("epsilon", 1.0));
        assertRefused("beta1 must be a Double: 1", new Lion(), Map.of("beta1", 1));
        assertRefused("beta1 must be in [0, 1): 1.0", new Lion(), Map.of("beta1", 1.0));
        UpdateRule scheduled = UpdateRule.scheduled(step -> new Sgd());
        assertRefused("rule must be of a class in the catalog: " + scheduled, scheduled, Map.of());
        assertThrows(IllegalArgumentException.class, () -> Rules.hyperparameters(scheduled));
    }

    @Test
    void aRuleIsMadeAgainFromItsText() {
        for (Rules.Entry entry : Rules.all()) {
            assertEquals(entry.defaults(), Rules.parse(Rules.toText(entry.defaults())));
        }
        UpdateRule rule =
                new AdamW(new WarmupCosine(1e-3, 10, 100)).withWeightDecay(0.1).withAmsgrad(true);
        assertEquals(rule, Rules.parse(Rules.toText(rule)));
        UpdateRule own = new Sgd(step -> 0.1);
        assertThrows(IllegalArgumentException.class, () -> Rules.toText(own));
        assertThrows(IllegalArgumentException.class, () -> Rules.toText(new Sgd(new ReduceOnPlateau(0.1))));
        assertThrows(IllegalArgumentException.class, () -> Rules.toText(UpdateRule.scheduled(step -> new Sgd())));
        assertThrows(IllegalArgumentException.class, () -> Rules.parse("Thread[]"));
    }

    private static void assertRefused(String message, UpdateRule rule, Map<String, ?> hyperparameters) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> Rules.with(rule, hyperparameters))
                        .getMessage());
    }
}
