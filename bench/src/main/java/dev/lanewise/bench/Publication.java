package dev.lanewise.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

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

    private static final String RUN = "<!-- bench/results/", RUN_END = "<!-- end of results -->";
    private static final String RUNS = "<!-- runs: ";
    private static final String LIST = "<!-- benchmarks -->", LIST_END = "<!-- end of benchmarks -->";

    private Publication() {}

    /**
     * Picks the comparisons of the short table.
     *
     * @throws UsageException if the run lacks one of them
     */
    static List<PeerComparison> headline(Results results) {
        List<PeerComparison> all = PeerComparison.of(results);
        List<PeerComparison> shown = new ArrayList<>();
        for (String key : SHOWN) {
            shown.add(all.stream()
                    .filter(pair -> pair.theirs().key().equals(key))
                    .findFirst()
                    .orElseThrow(() -> new UsageException("a result for the README must have a row " + key
                            + " and ours beside it: " + results.folder())));
        }
        all.stream()
                .filter(pair -> !shown.contains(pair))
                .sorted(Comparator.comparingDouble((PeerComparison pair) -> -pair.best()))
                .limit(LOSSES)
                .forEach(shown::add);
        return shown;
    }

    /** {@return the short table, in Markdown} */
    static String table(Results results) {
        JsonNode facts = results.environment();
        List<List<String>> rows = new ArrayList<>();
        List<PeerComparison> shown = headline(results);
        for (PeerComparison pair : shown) {
            Unit unit = pair.unit();
            rows.add(List.of(
                    pair.label(),
                    pair.library().label,
                    Tables.figure(unit.of(pair.ours(), pair.ours().best())) + " " + unit.name(),
                    Tables.figure(unit.of(pair.theirs(), pair.theirs().best())) + " " + unit.name(),
                    pair.text()));
        }
        List<PeerComparison> all = PeerComparison.of(results);
        StringBuilder text = new StringBuilder();
        Tables.markdown(
                text,
                2,
                List.of("measured", "peer", "Lanewise", "the peer", "time of Lanewise / the peer's (lower is faster)"),
                rows);
        return text.append("""

            %s, %s cores, JDK %s, one thread unless stated otherwise. The last two rows are the slowest of all \
            %d comparisons; Lanewise has the lower time in %d of them.
            """.formatted(
                                facts.path("cpu").asText("unknown CPU"),
                                facts.path("cores").asText("?"),
                                facts.path("jdk").asText("unknown"),
                                all.size(),
                                all.stream().filter(pair -> pair.best() < 1).count()))
                .append(shown.stream().anyMatch(PeerComparison::doubtful) ? "\n" + Doubt.LEGEND + "\n" : "")
                .toString();
    }

    /** {@return {@code README.md} with the short table of a run between its marks} */
    static String readme(String page, Results results) {
        int from = page.indexOf(RUN), to = page.indexOf(RUN_END);
        if (from < 0 || to < from) {
            throw new UsageException("README.md must have the lines " + RUN + "NAME --> and " + RUN_END);
        }
        return page.substring(0, from) + RUN + results.name() + " -->\n" + table(results) + page.substring(to);
    }

    /** {@return the name of the run whose table a README shows} */
    static String run(String page) {
        return between(page, RUN, " -->");
    }

    /** {@return {@code bench/README.md} with the list of benchmarks between its marks} */
    static String list(String page) {
        int from = page.indexOf(LIST), to = page.indexOf(LIST_END);
        if (from < 0 || to < from) {
            throw new UsageException("bench/README.md must have the lines " + LIST + " and " + LIST_END);
        }
        List<List<String>> rows = Exhibits.ALL.stream()
                .map(exhibit -> List.of("`" + exhibit.name() + "`", exhibit.question()))
                .toList();
        StringBuilder text =
                new StringBuilder(page.substring(0, from)).append(LIST).append('\n');
        Tables.markdown(text, 2, List.of("benchmark", "question"), rows);
        return text.append(page.substring(to)).toString();
    }

    /** {@return {@code RESULTS.md}: the tables of some runs, line by line} */
    static String results(List<Results> runs) {
        StringBuilder text = new StringBuilder("# Results\n\n" + RUNS)
                .append(String.join(" ", runs.stream().map(Results::name).toList()))
                .append(" -->\n"
                        + "The committed runs, made from `results/` by `bench/run readme NAME`. Ratios are of"
                        + " times: below 1 the first is faster.\n"
                        + "Most rows are one short fork, so single figures vary by up to a third; runs of the same"
                        + " rows below each other show by how much.\n"
                        + "[NOTES.md](NOTES.md) explains the figures, [README.md](README.md) the benchmarks.\n\n");
        List<List<String>> rows = new ArrayList<>();
        for (Results run : runs) {
            JsonNode facts = run.environment();
            String folder = "results/" + run.name();
            rows.add(List.of(
                    Files.exists(run.folder().resolve("report.html"))
                            ? "[%s](%s/report.html)".formatted(run.name(), folder)
                            : "[%s](%s)".formatted(run.name(), folder),
                    facts.path("date").asText("not recorded").replaceFirst("T.*", ""),
                    facts.path("commit").asText("not recorded").replaceFirst("^(\\p{XDigit}{8})\\p{XDigit}+$", "$1"),
                    facts.path("cpu").asText("not recorded"),
                    facts.path("cores").asText("not recorded"),
                    facts.path("jdk").asText("not recorded")));
        }
        Tables.markdown(text, 6, List.of("run", "date", "commit", "CPU", "cores", "JDK"), rows);
        return text.append('\n').append(Tables.markdown(runs, true)).toString();
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
     * @param results the run for the README's table and picture; it is added to those of {@code RESULTS.md}
     */
    static void write(Path bench, Results results) throws IOException {
        replace(bench.resolveSibling("README.md"), page -> readme(page, results));
        replace(bench.resolve("README.md"), Publication::list);
        Files.writeString(bench.resolve("results").resolve("ratios.svg"), RatioPicture.svg(headline(results)));
        Path all = bench.resolve("RESULTS.md");
        List<Results> runs = new ArrayList<>(List.of(results));
        for (String name : Files.exists(all) ? runs(Files.readString(all)) : List.<String>of()) {
            Path folder = bench.resolve("results").resolve(name);
            if (!name.equals(results.name()) && Files.isDirectory(folder)) {
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
