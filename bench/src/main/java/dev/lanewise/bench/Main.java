package dev.lanewise.bench;

import dev.lanewise.report.Page;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Runs the benchmarks of a plan, writes and compares results; {@code bench/run} and {@code bench/compare} start it. Exits with
 * 0 if all is well, 1 if a benchmark failed or something got slower, 2 if it was called wrongly.
 */
@Command(name = "bench/run", sortOptions = false, description = "Runs the benchmarks and reports on them.")
public final class Main {
    /** What every JVM here runs with. */
    static final List<String> JVM_FLAGS = List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            // JMH 1.37 uses Unsafe, which JDK 25 warns of.
            "--sun-misc-unsafe-memory-access=allow",
            // Where the peers' libraries are unpacked.
            "-Dorg.bytedeco.javacpp.cachedir=" + Path.of("target", "peers").toAbsolutePath());

    private static final Path RESULTS = Path.of("results");

    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main())
                .setExecutionExceptionHandler((e, line, parsed) -> {
                    if (e instanceof UsageException) {
                        line.getErr().println("bench: " + e.getMessage());
                        return 2;
                    }
                    throw e;
                })
                .setCaseInsensitiveEnumValuesAllowed(true)
                .execute(args));
    }

    @Command(description = "Under 10 minutes: every benchmark, few sizes.")
    int quick(
            @Option(names = "--name") String name,
            @Option(names = "--only", defaultValue = ".*") String only,
            @Option(names = "--jvm") String jvm,
            @Option(names = "--no-peers") boolean noPeers,
            @Option(names = "--trial") boolean trial)
            throws IOException {
        return run(Plan.QUICK, name, only, jvm, !noPeers, trial);
    }

    @Command(description = "Hours: all rules, sizes and peers, several forks.")
    int full(
            @Option(names = "--name") String name,
            @Option(names = "--only", defaultValue = ".*") String only,
            @Option(names = "--jvm") String jvm,
            @Option(names = "--no-peers") boolean noPeers,
            @Option(names = "--trial") boolean trial)
            throws IOException {
        return run(Plan.FULL, name, only, jvm, !noPeers, trial);
    }

    @Command(description = "Lists the rows of a plan and estimates its time.")
    int plan(
            @Parameters(paramLabel = "quick|full") Plan plan,
            @Option(names = "--only", defaultValue = ".*") String only,
            @Option(names = "--no-peers") boolean noPeers) {
        for (Plan.Part part : plan.parts()) {
            Plan.rows(part, checked(only), !noPeers).forEach(row -> System.out.println(row + " × " + part.forks()));
        }
        System.out.println(estimate(plan, only, !noPeers));
        return 0;
    }

    @Command(description = "Writes tables.md and report.html of a result anew.")
    int report(@Parameters(paramLabel = "NAME") String name) throws IOException {
        Results results = Results.read(folder(name));
        write(results);
        System.out.println("Wrote tables.md and report.html in " + results.folder());
        return 0;
    }

    @Command(description = "Does that, and puts the tables into README.md.")
    int readme(@Parameters(paramLabel = "NAME") String name) throws IOException {
        Results results = Results.read(RESULTS.resolve(name));
        write(results);
        Tables.quote(results, Path.of("..", "README.md"));
        return 0;
    }

    @Command(description = "Compares two results: what got slower or faster from A to B.")
    int compare(
            @Parameters(paramLabel = "A") String a,
            @Parameters(paramLabel = "B") String b,
            @Option(names = "--tolerance", defaultValue = "0.05") double tolerance,
            @Option(names = "--confidence", defaultValue = "0.99") double confidence)
            throws IOException {
        if (!(tolerance >= 0 && tolerance < Double.POSITIVE_INFINITY)) {
            throw new UsageException("--tolerance must be at least 0: " + tolerance);
        }
        if (!(confidence > 0 && confidence < 1)) {
            throw new UsageException("--confidence must be between 0 and 1: " + confidence);
        }
        Comparison comparison = new Comparison(Results.read(folder(a)), Results.read(folder(b)), tolerance, confidence);
        System.out.print(comparison.text());
        return comparison.anySlower() ? 1 : 0;
    }

    /** By the name of a result, or by a path from where the caller is. */
    private static Path folder(String name) {
        String caller = System.getenv("BENCH_CALLER");
        Path named = RESULTS.resolve(name);
        Path path = caller == null ? Path.of(name) : Path.of(caller).resolve(name);
        if (Files.isDirectory(named)) {
            return named;
        }
        if (Files.isDirectory(path)) {
            return path.normalize();
        }
        throw new UsageException(
                "there is no result " + name + ": neither bench/" + named + " nor " + path + " is a folder");
    }

    private static String checked(String only) {
        try {
            Pattern.compile(only);
            return only;
        } catch (PatternSyntaxException e) {
            throw new UsageException("--only must be a regular expression: " + only + ": " + e.getDescription());
        }
    }

    private static String estimate(Plan plan, String only, boolean peers) {
        int rows = 0;
        int forks = 0;
        double seconds = 0;
        for (Plan.Part part : plan.parts()) {
            int count = Plan.rows(part, only, peers).size();
            rows += count;
            forks += count * part.forks();
            seconds += count * part.forks() * part.effort().seconds();
        }
        return seconds < 5_400
                ? String.format(Locale.ROOT, "%d rows, %d forks: about %.1f minutes", rows, forks, seconds / 60)
                : String.format(Locale.ROOT, "%d rows, %d forks: about %.1f hours", rows, forks, seconds / 3_600);
    }

    private static int run(Plan plan, String name, String only, String jvm, boolean peers, boolean trial)
            throws IOException {
        checked(only);
        if (name != null && !name.matches("[\\w.-]+")) {
            throw new UsageException("--name must consist of letters, digits, dots and dashes: " + name);
        }
        System.out.println(trial ? "One short iteration of each row" : estimate(plan, only, peers));
        if (jvm != null && !Files.isExecutable(Path.of(jvm))) {
            throw new UsageException("--jvm must be a java command: " + jvm + " cannot be run");
        }
        Environment environment = Environment.now(flags("2g"));
        String today = LocalDate.now() + "-" + environment.shortCommit();
        Path folder = trial ? Path.of("target", "trial") : RESULTS.resolve(name != null ? name : today);
        if (trial && name != null) {
            throw new UsageException("a trial has no --name: its results go to bench/" + folder);
        }
        Map<String, List<RunResult>> byClass = new TreeMap<>();
        Set<String> failed = new LinkedHashSet<>();
        boolean begun = false;
        for (Plan.Part part : plan.parts()) {
            List<String> rows = Plan.rows(part, only, peers);
            failed.addAll(rows);
            if (!rows.isEmpty()) {
                environment.noteCores();
            }
            for (RunResult result : run(trial ? part.trial() : part, only, jvm, peers)) {
                BenchmarkParams params = result.getParams();
                String[] names = params.getBenchmark().split("\\.");
                String simple = names[names.length - 2];
                byClass.computeIfAbsent(simple, key -> new ArrayList<>()).add(result);
                Map<String, String> values = new TreeMap<>();
                params.getParamsKeys().forEach(key -> values.put(key, params.getParam(key)));
                failed.remove(simple + "." + names[names.length - 1] + " " + values);
            }
            // After each part, so that what was measured is kept if the rest is not waited for.
            if (!byClass.isEmpty()) {
                if (!begun) {
                    clear(folder);
                    begun = true;
                }
                for (Map.Entry<String, List<RunResult>> entry : byClass.entrySet()) {
                    String file = folder.resolve(entry.getKey() + ".json").toString();
                    ResultFormatFactory.getInstance(ResultFormatType.JSON, file).writeOut(entry.getValue());
                }
                environment.write(folder.resolve(Results.ENVIRONMENT), List.copyOf(failed));
            }
        }
        if (byClass.isEmpty() && failed.isEmpty()) {
            throw new UsageException("no benchmark fits --only " + only);
        }
        if (!byClass.isEmpty()) {
            forgetFolder(folder);
            write(Results.read(folder));
            System.out.println();
            System.out.print(Files.readString(folder.resolve("tables.md")));
            System.out.println("\nResults are in bench/" + folder + "; see report.html there");
        }
        if (!failed.isEmpty()) {
            System.err.println("\n" + failed.size() + " failed; JMH's output above says why:");
            failed.forEach(row -> System.err.println("  " + row));
            return 1;
        }
        return 0;
    }

    /** A folder has the results of one run. */
    private static void clear(Path folder) throws IOException {
        Files.createDirectories(folder);
        try (DirectoryStream<Path> old = Files.newDirectoryStream(folder, "*Benchmark.json")) {
            for (Path file : old) {
                Files.delete(file);
            }
        }
    }

    private static void write(Results results) throws IOException {
        Files.writeString(results.folder().resolve("tables.md"), Tables.markdown(results));
        Page page = Report.of(results);
        Files.writeString(results.folder().resolve("report.html"), page.html());
    }

    /** Where the project lies on this machine is nobody's business, and differs from the next. */
    private static void forgetFolder(Path folder) throws IOException {
        String here = Path.of("").toAbsolutePath() + "/";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                Files.writeString(file, Files.readString(file).replace(here, ""));
            }
        }
    }

    private static Collection<RunResult> run(Plan.Part part, String only, String jvm, boolean peers) {
        OptionsBuilder options = new OptionsBuilder();
        options.include(part.include(only))
                .forks(part.forks())
                .warmupIterations(part.effort().warmups())
                .warmupTime(part.effort().warmup())
                .measurementIterations(part.effort().iterations())
                .measurementTime(part.effort().time())
                .jvmArgs(flags(part.heap()).toArray(String[]::new))
                // The others are still worth measuring.
                .shouldFailOnError(false);
        if (!peers) {
            options.exclude(Plan.PEERS);
        }
        part.parameters().forEach((key, values) -> options.param(key, values.toArray(String[]::new)));
        if (jvm != null) {
            options.jvm(jvm);
        }
        try {
            return new Runner(options.build()).run();
        } catch (NoBenchmarksException e) {
            return List.of();
        } catch (RunnerException | RuntimeException e) {
            // Such as a JVM that does not start: none of the rows has been measured.
            e.printStackTrace();
            return List.of();
        }
    }

    /** Those of the measured JVMs, which have a heap that does not change its size. */
    private static List<String> flags(String heap) {
        List<String> flags = new ArrayList<>(JVM_FLAGS);
        flags.addAll(List.of("-Xms" + heap, "-Xmx" + heap));
        return flags;
    }
}
