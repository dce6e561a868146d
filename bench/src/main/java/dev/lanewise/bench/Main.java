package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.report.Page;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
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
    static final Path RESULTS = Path.of("results");

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

    @Command(description = "40 minutes: every benchmark, few sizes.")
    int quick(
            @Option(names = "--name") String name,
            @Option(names = "--only", defaultValue = ".*") String only,
            @Option(names = "--jvm") String jvm,
            @Option(names = "--jvm-args", defaultValue = "") String jvmArgs,
            @Option(names = "--no-peers") boolean noPeers,
            @Option(names = "--rounds", defaultValue = "1") int rounds,
            @Option(names = "--trial") boolean trial)
            throws IOException {
        return Measurement.run(
                new Measurement.Request(Plan.QUICK, name, checked(only), jvm, words(jvmArgs), !noPeers, rounds, trial));
    }

    @Command(description = "Hours: all rules, sizes and peers, several forks.")
    int full(
            @Option(names = "--name") String name,
            @Option(names = "--only", defaultValue = ".*") String only,
            @Option(names = "--jvm") String jvm,
            @Option(names = "--jvm-args", defaultValue = "") String jvmArgs,
            @Option(names = "--no-peers") boolean noPeers,
            @Option(names = "--rounds", defaultValue = "1") int rounds,
            @Option(names = "--trial") boolean trial)
            throws IOException {
        return Measurement.run(
                new Measurement.Request(Plan.FULL, name, checked(only), jvm, words(jvmArgs), !noPeers, rounds, trial));
    }

    @Command(description = "Lists the rows of a plan and estimates its time.")
    int plan(
            @Parameters(paramLabel = "quick|full") Plan plan,
            @Option(names = "--only", defaultValue = ".*") String only,
            @Option(names = "--jvm-args", defaultValue = "") String jvmArgs,
            @Option(names = "--no-peers") boolean noPeers,
            @Option(names = "--rounds", defaultValue = "1") int rounds) {
        Pattern pattern = checked(only);
        Set<Library> libraries = Measurement.libraries(!noPeers, words(jvmArgs));
        Map<String, Integer> forks = new LinkedHashMap<>();
        for (Plan.Part part : plan.parts(rounds, pattern, libraries)) {
            Plan.rows(part, pattern, libraries).forEach(row -> forks.merge(row, part.forks(), Integer::sum));
        }
        forks.forEach((row, count) -> System.out.println(row + " × " + count));
        System.out.println(Measurement.estimate(plan, pattern, libraries, rounds));
        return 0;
    }

    @Command(name = "first-steps", description = "Minutes: each of the first steps of fresh JVMs.")
    int firstSteps(
            @Option(names = "--name") String name,
            @Option(names = "--rules", description = "Each rule, instead of AdamW, training and predictions.")
                    boolean rules,
            @Option(names = "--against") String against,
            @Option(names = "--forks", defaultValue = "3") int forks,
            @Option(names = "--jvm") String jvm,
            @Option(names = "--jvm-args", defaultValue = "") String jvmArgs)
            throws IOException {
        String caller = System.getenv("BENCH_CALLER");
        Path other = against == null
                ? null
                : caller == null ? Path.of(against) : Path.of(caller).resolve(against);
        return FirstStepsRun.run(new FirstStepsRun.Request(name, rules, other, forks, jvm, words(jvmArgs)));
    }

    @Command(description = "Minutes: L-BFGS against Breeze's and SGD, on the linear classifier of MNIST.")
    int lbfgs(
            @Parameters(paramLabel = "FOLDER") String folder,
            @Option(names = "--threads", defaultValue = "1") int threads,
            @Option(names = "--rounds", defaultValue = "3") int rounds,
            @Option(names = "--iterations", defaultValue = "500") int iterations,
            @Option(names = "--epochs", defaultValue = "10") int epochs)
            throws IOException {
        String caller = System.getenv("BENCH_CALLER");
        try (Workers workers = Workers.of(threads)) {
            new LbfgsComparison(
                            caller == null ? Path.of(folder) : Path.of(caller).resolve(folder), workers, iterations)
                    .run(rounds, epochs);
        }
        return 0;
    }

    @Command(description = "A minute: predictions from several threads beside one that trains.")
    int serve(
            @Option(names = "--readers", defaultValue = "8") int readers,
            @Option(names = "--rows", defaultValue = "1") int rows,
            @Option(names = "--seconds", defaultValue = "10") double seconds) {
        if (readers < 1 || rows < 1 || !(seconds > 0)) {
            throw new UsageException("--readers and --rows must be at least 1, and --seconds above 0: " + readers + ", "
                    + rows + ", " + seconds);
        }
        new ServeLatency(readers, rows, seconds).run();
        return 0;
    }

    @Command(description = "Writes tables.md and report.html of results anew.")
    int report(@Parameters(paramLabel = "NAME", arity = "1..*") List<String> names) throws IOException {
        List<Results> all = new ArrayList<>();
        for (String name : names) {
            all.add(Results.read(folder(name)));
        }
        for (Results results : all) {
            write(results, all);
            System.out.println("Wrote tables.md and report.html in " + results.folder());
        }
        return 0;
    }

    @Command(description = "Does that, and writes the table and the picture of README.md, and RESULTS.md.")
    int readme(@Parameters(paramLabel = "NAME", arity = "1..*") List<String> names) throws IOException {
        List<Results> all = new ArrayList<>();
        for (String name : names) {
            all.add(Results.read(RESULTS.resolve(name)));
        }
        for (Results results : all) {
            write(results, all);
        }
        Publication.write(Path.of("").toAbsolutePath(), all);
        System.out.println("Wrote README.md, bench/README.md, bench/RESULTS.md and bench/results/ratios.svg");
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

    /** Finds a result by its name, or by a path from the caller's folder. */
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

    private static Pattern checked(String only) {
        try {
            return Pattern.compile(only);
        } catch (PatternSyntaxException e) {
            throw new UsageException("--only must be a regular expression: " + only + ": " + e.getDescription());
        }
    }

    /** {@return the words of an option's value} */
    private static List<String> words(String text) {
        return text.isBlank() ? List.of() : List.of(text.strip().split("\\s+"));
    }

    /** Writes the tables and the page of a run, which shows other runs beside it. */
    static void write(Results results, List<Results> beside) throws IOException {
        Files.writeString(results.folder().resolve("tables.md"), Tables.markdown(results));
        Page page = Report.of(results, beside);
        Files.writeString(results.folder().resolve("report.html"), page.html());
    }
}
