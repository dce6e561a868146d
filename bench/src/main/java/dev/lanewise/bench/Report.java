package dev.lanewise.bench;

import com.fasterxml.jackson.databind.JsonNode;
import dev.lanewise.report.Block;
import dev.lanewise.report.Callout;
import dev.lanewise.report.Page;
import dev.lanewise.report.Section;
import dev.lanewise.report.Table;
import dev.lanewise.report.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Makes the page of a run: charts and tables of all rows, whether Lanewise is faster or slower. */
final class Report {
    private static final double CONFIDENCE = 0.95;

    private final Results results;
    private final ForkVariance variance;
    private final List<Results> beside;

    private Report(Results results, List<Results> beside) {
        this.results = results;
        this.beside = beside;
        variance = ForkVariance.of(results.rows(), CONFIDENCE);
    }

    /**
     * Makes the page.
     *
     * @param beside the runs to show side by side, on other processors for instance; none for this run alone
     */
    static Page of(Results results, List<Results> beside) {
        return new Report(results, beside).page();
    }

    private Page page() {
        JsonNode facts = results.environment();
        List<Section> sections = new ArrayList<>();
        sections.add(new Section("Summary", summary()));
        List<Block> others = SideBySide.blocks(beside);
        if (!others.isEmpty()) {
            sections.add(new Section(SideBySide.TITLE, others));
        }
        for (Exhibit exhibit : Exhibits.ALL) {
            if (!exhibit.rows(results).isEmpty()) {
                List<Block> blocks = new ArrayList<>();
                blocks.add(new Text(exhibit.question()));
                blocks.addAll(exhibit.charts().of(exhibit.rows(results), variance));
                blocks.addAll(RatioCharts.of(exhibit, results, variance));
                Tables.of(exhibit, List.of(results), false)
                        .forEach(grid -> blocks.add(new Table(grid.title(), grid.header(), grid.rows())));
                sections.add(new Section(exhibit.title(), blocks));
            }
        }
        if (!results.firstSteps().isEmpty()) {
            sections.add(new Section(FirstStepsReport.TITLE, FirstStepsReport.blocks(results)));
        }
        if (!results.rows().isEmpty()) {
            sections.add(new Section("Every row", List.of(everyRow())));
            sections.add(new Section("Peers", peers()));
        }
        sections.add(new Section("Machine, flags, how to reproduce", machine()));
        return new Page(
                "Lanewise benchmarks: " + results.name(),
                "%s, %s, %s. Times are of one step or one call; lower is faster unless stated otherwise."
                        .formatted(
                                results.environment().isMissingNode() ? "unknown CPU" : results.processor(),
                                facts.path("jdk").asText("unknown JDK"),
                                facts.path("date").asText("unknown date").replaceFirst("T.*", "")),
                sections);
    }

    private List<Block> summary() {
        record Compared(PeerComparison pair, ForkVariance.Ratio ratio) {
            String verdict() {
                return pair.doubtful()
                        ? "in doubt"
                        : ratio.low() > 1 ? "slower" : ratio.high() < 1 ? "faster" : "undecided";
            }

            boolean is(String verdict) {
                return verdict().equals(verdict);
            }
        }
        List<Compared> compared = PeerComparison.of(results).stream()
                .map(pair -> new Compared(pair, pair.ratio(variance)))
                .sorted(Comparator.comparingDouble((Compared one) -> -one.ratio.value()))
                .toList();
        List<Block> blocks = new ArrayList<>();
        if (!compared.isEmpty()) {
            long slower = compared.stream().filter(one -> one.is("slower")).count();
            long faster = compared.stream().filter(one -> one.is("faster")).count();
            long doubtful = compared.stream().filter(one -> one.is("in doubt")).count();
            blocks.add(new Callout(
                    slower == 0 ? Callout.Kind.GOOD : Callout.Kind.NEUTRAL,
                    compared.size() + " comparisons with peers:",
                    "Lanewise is faster in %d and slower in %d; %d are undecided: the interval of the ratio contains 1%s."
                            .formatted(
                                    faster,
                                    slower,
                                    compared.size() - faster - slower - doubtful,
                                    doubtful == 0 ? "" : "; " + doubtful + " have a row in doubt")));
        }
        callout(blocks, Callout.Kind.BAD, "Failed, so missing here:", "failed");
        if (!results.doubtful().isEmpty()) {
            blocks.add(new Callout(
                    Callout.Kind.BAD,
                    "In doubt, and marked †:",
                    results.doubtful().stream()
                            .map(row -> "`" + Comparison.label(row) + "` (" + Doubt.reasons(row.doubts()) + ")")
                            .collect(Collectors.joining(", "))));
        }
        callout(blocks, Callout.Kind.NEUTRAL, "Measured again, because the first time was in doubt:", "repeated");
        callout(blocks, Callout.Kind.NEUTRAL, "Left out, because this processor lacks what they need:", "leftOut");
        if (!compared.isEmpty()) {
            blocks.add(new Table(
                    "Time of Lanewise over the peer's (lower is faster), the slowest first",
                    List.of("measured", "peer", "ratio", "interval", "Lanewise is"),
                    compared.stream()
                            .map(one -> List.of(
                                    one.pair.label(),
                                    one.pair.library().label,
                                    Tables.ratio(one.ratio.value()) + (one.pair.doubtful() ? Doubt.MARK : ""),
                                    Tables.ratio(one.ratio.low()) + "–" + Tables.ratio(one.ratio.high()),
                                    one.verdict()))
                            .toList()));
        }
        if (results.rows().isEmpty()) {
            blocks.add(new Text("This run measured the first steps of fresh JVMs alone."));
            return blocks;
        }
        blocks.add(new Text(
                "Tables show the best fork, with the median of the forks in brackets where there were several, because"
                        + " forks of one setting differ by the addresses of their buffers. Charts and ratios with"
                        + " intervals use the mean of all forks."));
        blocks.add(new Text(
                variance.freedom() == 0
                        ? "Intervals have 95 % confidence, but no row had several forks: they cover the iterations of"
                                + " one JVM only and are too narrow."
                        : String.format(
                                Locale.ROOT,
                                "Intervals have 95 %% confidence. They are Welch's where both sides have three forks"
                                        + " or more; otherwise they use the spread between forks of the rows that have"
                                        + " several, here %.1f %%. One interval in twenty is expected to miss the true"
                                        + " ratio.",
                                100 * Math.sqrt(variance.variance()))));
        return blocks;
    }

    /** Adds a callout that lists what the environment has under {@code key}, if there is anything. */
    private void callout(List<Block> blocks, Callout.Kind kind, String label, String key) {
        List<String> names = new ArrayList<>();
        results.environment().path(key).forEach(row -> names.add("`" + row.asText() + "`"));
        if (!names.isEmpty()) {
            blocks.add(new Callout(kind, label, String.join(", ", names)));
        }
    }

    private Table everyRow() {
        List<List<String>> rows = new ArrayList<>();
        for (Results.Row row : results.rows()) {
            double[] around = variance.around(row);
            rows.add(List.of(
                    Comparison.label(row),
                    Tables.figure(row.best()),
                    Tables.figure(row.median()),
                    Tables.figure(row.median() * around[0]) + "–" + Tables.figure(row.median() * around[1]),
                    Integer.toString(row.forks().size()),
                    Integer.toString(row.forks().getFirst().length),
                    row.unit(),
                    Doubt.reasons(row.doubts())));
        }
        return new Table(
                "Every row as measured",
                List.of("row", "best fork", "median", "interval", "forks", "iterations", "unit", "doubt"),
                rows);
    }

    private List<Block> peers() {
        List<String> jars = new ArrayList<>();
        results.environment().path("peers").forEach(jar -> jars.add("`" + jar.asText() + "`"));
        return List.of(
                new Table(
                        "How each peer is called",
                        List.of("peer", "call", "threads"),
                        Arrays.stream(Library.values())
                                .map(library -> List.of(library.label, library.call, library.threads))
                                .toList()),
                new Text("All peers run in JVMs of the same run with the same flags, each setting in a fork of its own."
                        + " Before each iteration the buffers are filled anew; after it they must be finite and not"
                        + " subnormal. The first step of each peer is compared with that of Lanewise."),
                new Text(jars.isEmpty() ? "The versions were not recorded." : "Jars: " + String.join(", ", jars)));
    }

    private List<Block> machine() {
        List<List<String>> facts = new ArrayList<>();
        results.environment().forEachEntry((key, value) -> {
            if (!List.of("peers", "failed", "leftOut", "repeated").contains(key)) {
                facts.add(List.of(
                        key,
                        value.isValueNode() ? value.asText() : value.toString().replace("\"", "")));
            }
        });
        List<Block> blocks = new ArrayList<>();
        if (!facts.isEmpty()) {
            blocks.add(new Table("The machine and the run", List.of("fact", "value"), facts));
        }
        blocks.add(
                new Text("To reproduce: check out the commit above and run `bench/run quick` or `bench/run full`, with"
                        + " Maven, a JDK 25 and nothing else running. `bench/compare " + results.name()
                        + " YOURS` compares."
                        + " `bench/run report " + results.name()
                        + "` makes this page and `tables.md` from JMH's JSON beside"
                        + " them."));
        return blocks;
    }
}
