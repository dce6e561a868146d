package dev.lanewise.bench;

import dev.lanewise.report.Block;
import dev.lanewise.report.Table;
import dev.lanewise.report.Text;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The comparisons with peers in several runs, for instance on several processors, beside each other. */
final class SideBySide {
    static final String TITLE = "Processors side by side";

    static final String NOTE = "Time of Lanewise over the peer's in the same run; below 1 Lanewise is faster.";

    /**
     * A comparison.
     *
     * @param label what was measured
     * @param library the peer
     * @param byRun the comparison of each run that has it, by the run's name
     */
    record Line(String label, Library library, Map<String, PeerComparison> byRun) {
        /** {@return the ratio of a run, with the sign of doubt; empty if the run lacks it} */
        String ratio(Results run) {
            PeerComparison pair = byRun.get(run.name());
            return pair == null ? "" : pair.text();
        }
    }

    private SideBySide() {}

    /** {@return all comparisons, in the order of the exhibits as the first run with them has it, by the peer's row} */
    static Map<String, Line> lines(List<Results> runs) {
        Map<String, Line> lines = new LinkedHashMap<>();
        for (Results run : runs) {
            for (PeerComparison pair : PeerComparison.of(run)) {
                lines.computeIfAbsent(
                                pair.theirs().key(),
                                key -> new Line(pair.label(), pair.library(), new LinkedHashMap<>()))
                        .byRun
                        .put(run.name(), pair);
            }
        }
        return lines;
    }

    /** {@return the runs that compare with peers} */
    static List<Results> compared(List<Results> runs) {
        return runs.stream().filter(run -> !PeerComparison.of(run).isEmpty()).toList();
    }

    static List<String> header(List<Results> runs) {
        List<String> header = new ArrayList<>(List.of("measured", "peer"));
        runs.forEach(run -> header.add(run.name()));
        return header;
    }

    /** {@return a row of ratios for each comparison, and in how many of them Lanewise has the lower time} */
    static List<List<String>> rows(List<Results> runs) {
        List<List<String>> rows = new ArrayList<>();
        for (Line line : lines(runs).values()) {
            List<String> cells = new ArrayList<>(List.of(line.label, line.library.label));
            runs.forEach(run -> cells.add(line.ratio(run)));
            rows.add(cells);
        }
        List<String> counts = new ArrayList<>(List.of("Lanewise has the lower time in", "all"));
        runs.forEach(run -> counts.add(faster(run)));
        rows.add(counts);
        return rows;
    }

    /** {@return in how many of a run's comparisons Lanewise has the lower time} */
    static String faster(Results run) {
        List<PeerComparison> all = PeerComparison.of(run);
        return all.stream().filter(pair -> pair.best() < 1).count() + " of " + all.size();
    }

    /** {@return the tables for the page of a run; none if only one run compares} */
    static List<Block> blocks(List<Results> all) {
        List<Results> runs = compared(all);
        if (runs.size() < 2) {
            return List.of();
        }
        List<Block> blocks = new ArrayList<>();
        blocks.add(new Text(NOTE));
        blocks.add(new Table(
                "The runs",
                List.of("run", "processor", "vectors", "cores", "commit"),
                runs.stream()
                        .map(run -> List.of(
                                run.name(), run.fact("cpu"), run.vectors(), run.fact("cores"), run.shortCommit()))
                        .toList()));
        blocks.add(new Table("Time of Lanewise over the peer's, for each run", header(runs), rows(runs)));
        return blocks;
    }
}
