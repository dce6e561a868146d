package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.Rules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PlanTest {
    private static final Set<Library> ALL = EnumSet.allOf(Library.class);
    private static final Pattern ANY = Pattern.compile(".*");

    static List<String> rows(Plan plan, Set<Library> libraries) {
        List<String> rows = new ArrayList<>();
        plan.parts().forEach(part -> rows.addAll(Plan.rows(part, ANY, libraries)));
        return rows;
    }

    /** {@return a result with a row for each row of a plan} */
    static Results results(Plan plan, Path folder) throws IOException {
        ResultsBuilder results = new ResultsBuilder();
        for (String row : rows(plan, ALL)) {
            String parameters = row.substring(row.indexOf('{') + 1, row.length() - 1);
            results.row(row.substring(0, row.indexOf(' ')), parameters, new double[] {1});
        }
        return results.in(folder);
    }

    /** A row that is measured twice would be twice in the results. */
    @ParameterizedTest
    @EnumSource
    void measuresEachRowOnce(Plan plan) {
        Set<String> seen = new HashSet<>();
        for (String row : rows(plan, ALL)) {
            assertTrue(seen.add(row), row);
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachPartMeasuresSomething(Plan plan) {
        for (Plan.Part part : plan.parts()) {
            Set<String> found = Plan.rows(part, ANY, ALL).stream()
                    .map(row -> row.substring(row.indexOf('.') + 1, row.indexOf(' ')))
                    .collect(Collectors.toSet());
            assertFalse(found.isEmpty(), part.toString());
            assertTrue(found.containsAll(part.methods()), part.toString());
        }
    }

    /** Every rule of the library stands beside its own memory traffic, but for those of matrices, which are bound by products. */
    @ParameterizedTest
    @EnumSource
    void hasEveryRuleWithItsLimit(Plan plan) {
        Set<String> rows = new HashSet<>(rows(plan, ALL));
        for (Rules.Entry entry : Rules.all()) {
            Class<?> rule = entry.defaults().getClass();
            if (entry.defaults().needsMatrix()) {
                continue;
            }
            List<String> names = BenchRules.NAMES.stream()
                    .filter(name -> BenchRules.of(name).getClass() == rule)
                    .toList();
            assertFalse(names.isEmpty(), rule.getSimpleName() + " is not measured: add it to BenchRules");
            for (String name : names) {
                String parameters = " {n=" + UpdateExhibit.MLP + ", rule=" + name + ", threads=1}";
                assertTrue(rows.contains("UpdateBenchmark.lanewise" + parameters), name);
                assertTrue(rows.contains("UpdateBenchmark.memory" + parameters), name);
            }
        }
    }

    /** A peer's row without ours would be measured for nothing. */
    @ParameterizedTest
    @EnumSource
    void hasOurRowBesideEachPeers(Plan plan, @TempDir Path folder) throws IOException {
        Set<String> peers = new HashSet<>(rows(plan, ALL));
        rows(plan, Set.of()).forEach(peers::remove);
        assertFalse(peers.isEmpty());
        Set<String> compared = PeerComparison.of(results(plan, folder)).stream()
                .map(pair -> pair.theirs().key())
                .collect(Collectors.toSet());
        assertEquals(peers, compared);
    }

    /** The speed of a machine may differ from one process to the next, which a single fork cannot show. */
    @ParameterizedTest
    @EnumSource
    void comparesWithPeersByMoreThanOneFork(Plan plan, @TempDir Path folder) throws IOException {
        Map<String, Integer> forks = new HashMap<>();
        for (Plan.Part part : plan.parts(1, ANY, ALL)) {
            Plan.rows(part, ANY, ALL).forEach(row -> forks.merge(row, part.forks(), Integer::sum));
        }
        for (PeerComparison pair : PeerComparison.of(results(plan, folder))) {
            assertTrue(forks.get(pair.ours().key()) >= 2, pair.ours().key());
            assertTrue(forks.get(pair.theirs().key()) >= 2, pair.theirs().key());
        }
        assertEquals(1, Collections.min(forks.values()), "rows without a peer remain as they were");
        List<Plan.Part> two = plan.parts(2, ANY, ALL);
        assertEquals(2 * plan.parts().size(), two.size(), "two rounds are two forks");
    }

    /** ND4J's machine code would end its fork with an illegal instruction. */
    @Test
    void leavesOutThePeersThatTheProcessorCannotRun() {
        assertEquals(ALL, Library.runnable(Set.of("sse4_2", "avx512f")));
        Set<Library> others = EnumSet.complementOf(EnumSet.of(Library.ND4J));
        assertEquals(others, Library.runnable(Set.of("sse4_2", "avx2")));
        Set<String> missing = new HashSet<>(rows(Plan.QUICK, ALL));
        rows(Plan.QUICK, others).forEach(missing::remove);
        assertEquals(Set.of("UpdateBenchmark.nd4j {n=1048576, rule=Adam}"), missing);
    }

    /** A machine whose speed changes meanwhile would favor either side, if all rows of one came before all of the other. */
    @ParameterizedTest
    @EnumSource
    void measuresWhatIsComparedSideBySide(Plan plan) {
        for (Plan.Part part : plan.parts()) {
            List<String> measured = new ArrayList<>();
            for (Plan.Part one : part.neighbors(ANY, ALL)) {
                assertEquals(1, one.forks());
                Set<String> settings = new HashSet<>();
                for (String row : Plan.rows(one, ANY, ALL)) {
                    settings.add(row.substring(row.indexOf(' ')));
                    measured.add(row);
                }
                assertEquals(1, settings.size(), one.toString());
            }
            List<String> expected = new ArrayList<>();
            Plan.rows(part, ANY, ALL).forEach(row -> expected.addAll(Collections.nCopies(part.forks(), row)));
            Collections.sort(expected);
            Collections.sort(measured);
            assertEquals(expected, measured);
        }
        List<Plan.Part> products = plan.parts().stream()
                .filter(part -> part.benchmark() == GemmBenchmark.class)
                .toList();
        List<String> methods =
                products.getFirst().neighbors(ANY, ALL).getFirst().methods();
        assertTrue(methods.containsAll(List.of("lanewise", "mkl", "openBlas")), methods.toString());
    }

    @Test
    void onlyFindsNames() {
        Pattern only = Pattern.compile("Storage|Update.*lanewise$");
        Set<String> names = new HashSet<>();
        Plan.QUICK
                .parts()
                .forEach(part ->
                        Plan.rows(part, only, ALL).forEach(row -> names.add(row.substring(0, row.indexOf(' ')))));
        assertEquals(Set.of("StorageBenchmark.step", "UpdateBenchmark.lanewise"), names);
    }
}
