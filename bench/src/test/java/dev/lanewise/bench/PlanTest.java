package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.Rules;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlanTest {
    private static List<String> rows(Plan plan, boolean peers) {
        List<String> rows = new ArrayList<>();
        plan.parts().forEach(part -> rows.addAll(Plan.rows(part, ".*", peers)));
        return rows;
    }

    /** A row that is measured twice would be twice in the results. */
    @ParameterizedTest
    @EnumSource
    void measuresEachRowOnce(Plan plan) {
        Set<String> seen = new HashSet<>();
        for (String row : rows(plan, true)) {
            assertTrue(seen.add(row), row);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachPartMeasuresSomething(Plan plan) {
        for (Plan.Part part : plan.parts()) {
            assertFalse(Plan.rows(part, ".*", true).isEmpty(), part.toString());
        }
    }

    /** Every rule of the library, and every variant by its name here, beside its own memory traffic. */
    @ParameterizedTest
    @EnumSource
    void hasEveryRuleWithItsLimit(Plan plan) {
        List<String> rows = rows(plan, true);
        for (Rules.Entry entry : Rules.all()) {
            String rule = entry.defaults().getClass().getSimpleName();
            assertTrue(rows.contains("UpdateBenchmark.lanewise {n=235146, rule=" + rule + ", threads=1}"), rule);
        }
        for (String rule : BenchRules.NAMES) {
            String parameters = " {n=235146, rule=" + rule + ", threads=1}";
            assertTrue(rows.contains("UpdateBenchmark.lanewise" + parameters), rule);
            assertTrue(rows.contains("UpdateBenchmark.memory" + parameters), rule);
        }
    }

    /** A peer's row without ours beside it says nothing. */
    @ParameterizedTest
    @EnumSource
    void hasOurRowBesideEachPeers(Plan plan) {
        Set<String> rows = new HashSet<>(rows(plan, true));
        Set<String> peers = new HashSet<>(rows);
        rows(plan, false).forEach(peers::remove);
        assertFalse(peers.isEmpty());
        for (String peer : peers) {
            String ours = peer.replaceFirst("\\.libtorchSoftmax ", ".softmax ")
                    .replaceFirst("\\.libtorchCrossEntropy ", ".crossEntropy ")
                    .replaceFirst("\\.(libtorch|djl|nd4j|tribuo|mkl|openBlas)\\w* ", ".lanewise ");
            if (peer.matches(".*\\.(djl|nd4j|tribuo) .*")) {
                ours = ours.replace("}", ", threads=1}");
            }
            assertTrue(rows.contains(ours), peer + " without " + ours);
        }
    }
}
