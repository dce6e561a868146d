package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs the benchmarks of a plan and writes the results; {@code bench/run} starts it. */
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

    /** What is more for the measured ones: a heap that does not change its size. */
    private static final List<String> FORK_FLAGS = List.of("-Xms2g", "-Xmx2g");

    private Main() {}

    public static void main(String[] args) throws IOException, RunnerException {
        String plan = args[0];
        if (plan.equals("readme")) {
            if (args.length != 2 || !Files.isDirectory(Path.of("results", args[1]))) {
                fail("readme needs the name of a folder in bench/results");
            }
            Tables.write(Path.of("results", args[1]));
            Tables.quote(args[1], Path.of("..", "README.md"));
            return;
        }
        String name = null;
        String only = ".*";
        String jvm = null;
        for (int i = 1; i < args.length; i += 2) {
            if (i + 1 == args.length) {
                fail(args[i] + " needs a value");
            }
            switch (args[i]) {
                case "--name" -> name = args[i + 1];
                case "--only" -> only = args[i + 1];
                case "--jvm" -> jvm = args[i + 1];
                default -> fail("unknown option " + args[i]);
            }
        }
        Environment environment = Environment.now(flags());
        Path folder = Path.of("results", name != null ? name : LocalDate.now() + "-" + environment.shortCommit());
        Files.createDirectories(folder);

        Map<String, List<RunResult>> byClass = new TreeMap<>();
        for (Plan.Part part : plan.equals("quick") ? Plan.QUICK : Plan.FULL) {
            for (RunResult result : run(part, only, jvm)) {
                String method = result.getParams().getBenchmark();
                String simple = method.replaceFirst("\\.[^.]*$", "").replaceFirst("^.*\\.", "");
                byClass.computeIfAbsent(simple, key -> new ArrayList<>()).add(result);
            }
            // After each part, so that what was measured is kept if the rest is not waited for.
            for (Map.Entry<String, List<RunResult>> entry : byClass.entrySet()) {
                String file = folder.resolve(entry.getKey() + ".json").toString();
                ResultFormatFactory.getInstance(ResultFormatType.JSON, file).writeOut(entry.getValue());
            }
        }
        if (byClass.isEmpty()) {
            fail("no benchmark fits " + only);
        }
        environment.write(folder.resolve("environment.json"));
        forgetFolder(folder);
        Tables.write(folder);
        System.out.println();
        System.out.print(Files.readString(folder.resolve("tables.md")));
        System.out.println("\nResults are in bench/" + folder);
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

    private static Collection<RunResult> run(Plan.Part part, String only, String jvm) throws RunnerException {
        OptionsBuilder options = new OptionsBuilder();
        options.include("(?=.*" + only + ").*\\." + part.benchmark() + "$")
                .forks(part.forks())
                .warmupIterations(part.effort().warmups())
                .warmupTime(part.effort().warmup())
                .measurementIterations(part.effort().iterations())
                .measurementTime(part.effort().time())
                .jvmArgs(flags().toArray(String[]::new))
                // The peers exist for few machines; the others are still worth measuring without them.
                .shouldFailOnError(false);
        part.parameters().forEach((key, values) -> options.param(key, values.toArray(String[]::new)));
        if (jvm != null) {
            options.jvm(jvm);
        }
        try {
            return new Runner(options.build()).run();
        } catch (NoBenchmarksException e) {
            return List.of();
        }
    }

    private static List<String> flags() {
        List<String> flags = new ArrayList<>(JVM_FLAGS);
        flags.addAll(FORK_FLAGS);
        return flags;
    }

    private static void fail(String message) {
        System.err.println("bench/run: " + message);
        System.exit(2);
    }
}
