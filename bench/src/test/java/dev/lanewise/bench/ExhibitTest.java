package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExhibitTest {
    @Test
    void everyBenchmarkHasAnExhibit() {
        Set<String> names = Plan.benchmarks().stream()
                .map(name -> name.substring(0, name.indexOf('.')))
                .collect(Collectors.toSet());
        names.forEach(name -> assertNotNull(Exhibits.of(name)));
        assertEquals(names, Exhibits.ALL.stream().map(Exhibit::name).collect(Collectors.toSet()));
    }

    @Test
    void theMessageTellsWhatToDo() {
        String message = assertThrows(IllegalStateException.class, () -> Exhibits.of("NewBenchmark"))
                .getMessage();
        assertTrue(message.startsWith("NewBenchmark has no exhibit: "), message);
        assertTrue(message.contains("Exhibits.ALL"), message);
    }

    /** Both plans measure every method, and a table shows every row; no two rows share a cell. */
    @Test
    void everyRowIsInATable(@TempDir Path folder) throws IOException {
        for (Plan plan : Plan.values()) {
            Results results = PlanTest.results(plan, folder.resolve(plan.name()));
            Set<String> methods = new HashSet<>();
            for (Results.Row row : results.rows()) {
                methods.add(row.benchmark() + "." + row.method());
                Exhibit exhibit = Exhibits.of(row.benchmark());
                assertTrue(
                        exhibit.tables().stream().anyMatch(table -> table.shows(row)),
                        () -> "no table of " + exhibit.name() + " shows " + row.key()
                                + ": add a column for it to a TableSpec of its exhibit");
            }
            for (Exhibit exhibit : Exhibits.ALL) {
                exhibit.tables().forEach(table -> table.lines(exhibit.rows(results)));
            }
            Set<String> all = new HashSet<>(Plan.benchmarks());
            all.removeAll(methods);
            // The short plan measures an epoch on one BLAS alone.
            all.remove("EpochBenchmark.libtorch");
            assertEquals(Set.of(), all, plan + " does not measure these methods: add a part to their exhibit");
        }
    }

    /** A peer without a ratio would be in no comparison. */
    @Test
    void everyPeerIsComparedOnce() {
        for (Exhibit exhibit : Exhibits.ALL) {
            for (TableSpec table : exhibit.tables()) {
                for (Column column : table.columns()) {
                    long ratios = table.ratios().stream()
                            .filter(ratio -> ratio.under().equals(column.value()))
                            .count();
                    assertTrue(
                            column.library() == null || ratios == 1,
                            () -> column.value() + " of " + exhibit.name() + " needs one ratio in \"" + table.title()
                                    + "\", but has " + ratios);
                }
                table.ratios().forEach(ratio -> assertTrue(!table.heading(ratio).isEmpty()));
            }
        }
    }
}
