package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The pages that are made from committed results: the short table of the project's README, its picture, {@code RESULTS.md}, and
 * the list of benchmarks in the README beside it. A test makes them anew and compares.
 */
final class Publication {
    /** The rows of peers that the short table shows; it ends with the {@link #LOSSES slowest of all}. */
    private static final List<String> SHOWN = List.of(
            "UpdateBenchmark.libtorchFused {n=1048576, rule=AdamW, threads=1}",
            "UpdateBenchmark.nd4j {n=1048576, rule=Adam}",
            "UpdateBenchmark.djl {n=1048576, rule=AdamW}",
            "EpochBenchmark.libtorchMkl {batch=128, images=strokes, threads=1}");

    private static final int LOSSES = 2;

    /** The most runs that the README shows beside each other. */
    private static final int SIDES = 2;

    private static final String RUN = "<!-- bench/results/", RUN_END = "<!-- end of results -->";
    private static final String RUNS = "<!-- runs: ";
    private static final String LIST = "<!-- benchmarks -->", LIST_END = "<!-- end of benchmarks -->";

    private Publication() {}

    /**
     * Picks the comparisons of the short table.
     *
     * @throws UsageException if the first run lacks one of them
     */
    static List<SideBySide.Line> headline(List<Results> runs) {
        Results first = runs.getFirst();
        Map<String, SideBySide.Line> all = SideBySide.lines(runs);
        Set<SideBySide.Line> shown = new LinkedHashSet<>();
        for (String key : SHOWN) {
            SideBySide.Line line = all.get(key);
            if (line == null || !line.byRun().containsKey(first.name())) {
                throw new UsageException(
                        "a result for the README must have a row " + key + " and ours beside it: " + first.folder());
            }
            shown.add(line);
        }
        List<SideBySide.Line> slowest = new ArrayList<>();
        for (Results run : runs) {
            all.values().stream()
                    .filter(line -> line.byRun().containsKey(run.name()) && !shown.contains(line))
                    .sorted(Comparator.comparingDouble(
                            line -> -line.byRun().get(run.name()).best()))
                    .limit(LOSSES)
                    .forEach(slowest::add);
        }
        shown.addAll(slowest);
        return List.copyOf(shown);
    }

    /** {@return the short table, in Markdown} */
    static String table(List<Results> runs) {
        List<SideBySide.Line> lines = headline(runs);
        List<String> header = new ArrayList<>(List.of("measured", "peer"));
        runs.forEach(run -> header.add(run.processor()));
        List<List<String>> rows = new ArrayList<>();
        for (SideBySide.Line line : lines) {
            List<String> cells = new ArrayList<>(List.of(line.label(), line.library().label));
            runs.forEach(run -> cells.add(cell(line.byRun().get(run.name()))));
            rows.add(cells);
        }
        StringBuilder text = new StringBuilder();
        Tables.markdown(text, 2, header, rows);
        text.append("\nTime of Lanewise over the peer's (lower is faster), and the figures of both in the same run; one"
                + " thread unless stated otherwise.");
        for (Results run : runs) {
            text.append(" On ")
                    .append(run.processor())
                    .append(", with %s cores and JDK %s, Lanewise has the lower time in %s comparisons."
                            .formatted(run.fact("cores"), run.fact("jdk"), SideBySide.faster(run)));
        }
        text.append(" The last ")
                .append(lines.size() - SHOWN.size())
                .append(runs.size() == 1 ? " rows are the slowest of all.\n" : " rows are the slowest of each.\n");
        boolean doubtful =
                lines.stream().flatMap(line -> line.byRun().values().stream()).anyMatch(PeerComparison::doubtful);
        return text.append(doubtful ? "\n" + Doubt.LEGEND + "\n" : "").toString();
    }

    /** {@return a ratio with the figures that it is of; empty if the run lacks it} */
    private static String cell(PeerComparison pair) {
        if (pair == null) {
            return "";
        }
        Unit unit = pair.unit();
        return "%s (%s / %s %s)"
                .formatted(
                        pair.text(),
                        Tables.figure(unit.of(pair.ours(), pair.ours().best())),
                        Tables.figure(unit.of(pair.theirs(), pair.theirs().best())),
                        unit.name());
    }

    /** {@return {@code README.md} with the short table of some runs between its marks} */
    static String readme(String page, List<Results> runs) {
        int from = page.indexOf(RUN), to = page.indexOf(RUN_END);
        if (from < 0 || to < from) {
            throw new UsageException("README.md must have the lines " + RUN + "NAME --> and " + RUN_END);
        }
        return page.substring(0, from) + RUN + names(runs) + " -->\n" + table(runs) + page.substring(to);
    }

    private static String names(List<Results> runs) {
        return String.join(" ", runs.stream().map(Results::name).toList());
    }

    /** {@return the names of the runs whose table a README shows} */
    static List<String> shown(String page) {
        return List.of(between(page, RUN, " -->").split(" "));
    }

    /** {@return {@code bench/README.md} with the list of benchmarks between its marks} */
    static String list(String page) {
        int from = page.indexOf(LIST), to = page.indexOf(LIST_END);
        if (from < 0 || to < from) {
            throw new UsageException("bench/README.md must have the lines " + LIST + " and " + LIST_END);
        }
        List<List<String>> rows = new ArrayList<>();
        Exhibits.ALL.forEach(exhibit -> rows.add(List.of("`" + exhibit.name() + "`", exhibit.question())));
        rows.add(List.of("`bench/run first-steps`", FirstStepsReport.QUESTION));
        StringBuilder text =
                new StringBuilder(page.substring(0, from)).append(LIST).append('\n');
        Tables.markdown(text, 2, List.of("benchmark", "question"), rows);
        return text.append(page.substring(to)).toString();
    }

    /** {@return {@code RESULTS.md}: the tables of some runs, line by line} */
    static String results(List<Results> runs) {
        StringBuilder text = new StringBuilder("# Results\n\n" + RUNS)
                .append(names(runs))
                .append(" -->\n"
                        + "The committed runs, made from `results/` by `bench/run readme`. Ratios are of"
                        + " times: below 1 the first is faster.\n"
                        + "Most rows are one short fork, so single figures vary by up to a third; runs of the same"
                        + " rows below each other show by how much. Rows that are compared with a peer have two since"
                        + " 2026-11-30, 20:00.\n"
                        + "[NOTES.md](NOTES.md) explains the figures, [README.md](README.md) the benchmarks.\n\n");
        List<List<String>> rows = new ArrayList<>();
        for (Results run : runs) {
            String folder = "results/" + run.name();
            rows.add(List.of(
                    Files.exists(run.folder().resolve("report.html"))
                            ? "[%s](%s/report.html)".formatted(run.name(), folder)
                            : "[%s](%s)".formatted(run.name(), folder),
                    run.fact("date").replaceFirst("T.*", ""),
                    run.shortCommit(),
                    run.fact("cpu"),
                    run.vectors(),
                    run.fact("cores"),
                    run.fact("jdk")));
        }
        Tables.markdown(text, 7, List.of("run", "date", "commit", "CPU", "vectors", "cores", "JDK"), rows);
        text.append('\n');
        List<Results> compared = SideBySide.compared(runs);
        if (compared.size() > 1) {
            text.append("## ")
                    .append(SideBySide.TITLE)
                    .append("\n\n")
                    .append(SideBySide.NOTE)
                    .append("\n\n");
            Tables.markdown(text, 2, SideBySide.header(compared), SideBySide.rows(compared));
            text.append('\n');
        }
        return text.append(Tables.markdown(runs, true)).toString();
    }

    /** {@return the names of the runs that a {@code RESULTS.md} has} */
    static List<String> runs(String page) {
        return List.of(between(page, RUNS, " -->").split(" "));
    }

    private static String between(String page, String before, String after) {
        int from = page.indexOf(before);
        int to = from < 0 ? -1 : page.indexOf(after, from);
        if (to < 0) {
            throw new UsageException("a page has no line " + before + "NAME" + after);
        }
        return page.substring(from + before.length(), to);
    }

    /**
     * Writes all pages.
     *
     * @param bench the folder of the benchmarks
     * @param named the runs that are added to those of {@code RESULTS.md}; the first two make the README's table and picture
     */
    static void write(Path bench, List<Results> named) throws IOException {
        List<Results> shown = named.subList(0, Math.min(SIDES, named.size()));
        replace(bench.resolveSibling("README.md"), page -> readme(page, shown));
        replace(bench.resolve("README.md"), Publication::list);
        Files.writeString(bench.resolve("results").resolve("ratios.svg"), RatioPicture.svg(headline(shown), shown));
        Path all = bench.resolve("RESULTS.md");
        List<Results> runs = new ArrayList<>(named);
        for (String name : Files.exists(all) ? runs(Files.readString(all)) : List.<String>of()) {
            Path folder = bench.resolve("results").resolve(name);
            if (named.stream().noneMatch(run -> run.name().equals(name)) && Files.isDirectory(folder)) {
                runs.add(Results.read(folder));
            }
        }
        Files.writeString(all, results(runs));
    }

    private interface Edit {
        String of(String page);
    }

    private static void replace(Path file, Edit edit) throws IOException {
        Files.writeString(file, edit.of(Files.readString(file)));
    }
}
