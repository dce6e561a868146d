package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.results.format.ResultFormatFactory;
import org.openjdk.jmh.results.format.ResultFormatType;

/** Runs the benchmarks of a plan in forks of JMH, and writes what they measured. */
final class Measurement {
    private Measurement() {}

    /**
     * What to measure and how.
     *
     * @param name of the result; null for the date and the commit
     * @param only finds the names to measure
     * @param jvm the java command; null for that of this process
     * @param jvmArgs flags of the measured JVMs beside the usual ones
     * @param peers whether to measure other libraries
     * @param rounds how often all rows are measured, one after the other
     * @param trial whether to run just long enough to fail
     */
    record Request(
            Plan plan,
            String name,
            Pattern only,
            String jvm,
            List<String> jvmArgs,
            boolean peers,
            int rounds,
            boolean trial) {
        Request {
            if (rounds < 1) {
                throw new UsageException("--rounds must be at least 1: " + rounds);
            }
        }

        Set<Library> libraries() {
            return Measurement.libraries(peers, jvmArgs);
        }
    }

    /**
     * Measures a plan and writes its results.
     *
     * @return the exit code
     */
    static int run(Request request) throws IOException {
        Plan plan = request.plan;
        Pattern only = request.only;
        String name = request.name;
        boolean trial = request.trial;
        Set<Library> libraries = request.libraries();
        checkName(name);
        System.out.println(trial ? "One short iteration of each row" : estimate(plan, only, libraries, request.rounds));
        if (request.jvm != null && !Files.isExecutable(Path.of(request.jvm))) {
            throw new UsageException("--jvm must be a java command: " + request.jvm + " cannot be run");
        }
        Map<String, String> variables = InstructionSet.of(request.jvmArgs).variables(Processor.now());
        String jvm = Forks.command(
                Path.of("target", "limited"), request.jvm == null ? Forks.thisJvm() : request.jvm, variables);
        Forks forks = new Forks(jvm, request.jvmArgs, libraries);
        Environment environment = Environment.now(jvm, forks.flags("2g"), request.jvmArgs, variables);
        Path folder =
                trial ? Path.of("target", "trial") : Main.RESULTS.resolve(name != null ? name : environment.name());
        if (trial && name != null) {
            throw new UsageException("a trial has no --name: its results go to bench/" + folder);
        }
        Set<String> leftOut = request.peers ? leftOut(plan, only, libraries) : Set.of();
        Map<String, Map<String, RunResult>> byClass = new TreeMap<>();
        Map<String, Plan.Part> partOf = new HashMap<>();
        Set<String> failed = new LinkedHashSet<>();
        // A busy minute then spoils one fork of a row at most, where it would spoil all forks in a row.
        for (Plan.Part part : trial ? plan.parts() : plan.parts(request.rounds, only, libraries)) {
            Set<String> missing = new LinkedHashSet<>(Plan.rows(part, only, libraries));
            if (!missing.isEmpty()) {
                environment.noteCores();
            }
            for (RunResult result : forks.run(trial ? part.trial() : part, only)) {
                if (byClass.isEmpty()) {
                    clear(folder);
                }
                Results.Row row = put(byClass, result);
                missing.remove(row.key());
                partOf.put(row.key(), part);
            }
            failed.addAll(missing);
            // Written after each part, so that an interrupted run keeps what it has measured.
            if (!byClass.isEmpty()) {
                write(folder, byClass);
                environment.write(folder.resolve(Results.ENVIRONMENT), failed, leftOut);
            }
        }
        List<Results.Row> doubtful =
                rows(byClass).filter(row -> !trial && !row.steady()).toList();
        // At the end, because what disturbed a row may be over then.
        if (!doubtful.isEmpty()) {
            System.out.println("In doubt, so measured again with a longer warm-up: " + doubtful.size() + " rows");
            for (Results.Row row : doubtful) {
                environment.noteRepetition(row);
                Plan.Part again = partOf.get(row.key()).alone(row).warmer();
                forks.run(again, Pattern.compile(".*")).forEach(result -> put(byClass, result));
                write(folder, byClass);
            }
            environment.write(folder.resolve(Results.ENVIRONMENT), failed, leftOut);
        }
        if (byClass.isEmpty() && failed.isEmpty()) {
            throw new UsageException("no benchmark fits --only " + only);
        }
        if (!byClass.isEmpty()) {
            removePaths(folder);
            Main.write(Results.read(folder), List.of());
            System.out.println();
            System.out.print(Files.readString(folder.resolve("tables.md")));
            System.out.println("\nResults are in bench/" + folder + "; see report.html there");
        }
        List<String> remaining = rows(byClass)
                .filter(Results.Row::doubtful)
                .map(row -> row.key() + ": " + Doubt.reasons(row.doubts()))
                .toList();
        if (!trial && !remaining.isEmpty()) {
            System.out.println("\n" + remaining.size() + " in doubt and marked, although measured again:");
            remaining.forEach(row -> System.out.println("  " + row));
        }
        if (!failed.isEmpty()) {
            System.err.println("\n" + failed.size() + " failed; JMH's output above shows why:");
            failed.forEach(row -> System.err.println("  " + row));
            return 1;
        }
        return 0;
    }

    /** Adds a result to those of its class, together with earlier ones of the same row. */
    private static Results.Row put(Map<String, Map<String, RunResult>> byClass, RunResult result) {
        Results.Row row = Forks.row(result);
        byClass.computeIfAbsent(row.benchmark(), key -> new LinkedHashMap<>())
                .merge(row.key(), result, Forks::together);
        return row;
    }

    private static Stream<Results.Row> rows(Map<String, Map<String, RunResult>> byClass) {
        return byClass.values().stream()
                .flatMap(results -> results.values().stream())
                .map(Forks::row);
    }

    private static void write(Path folder, Map<String, Map<String, RunResult>> byClass) {
        byClass.forEach((name, results) -> {
            String file = folder.resolve(name + ".json").toString();
            ResultFormatFactory.getInstance(ResultFormatType.JSON, file).writeOut(results.values());
        });
    }

    static void checkName(String name) {
        if (name != null && !name.matches("[\\w.-]+")) {
            throw new UsageException("--name must consist of letters, digits, dots and dashes: " + name);
        }
    }

    /** {@return the peers to measure: those that this processor can run within the limit of the flags, or none} */
    static Set<Library> libraries(boolean peers, List<String> jvmArgs) {
        return peers ? Library.runnable(InstructionSet.of(jvmArgs)) : Set.of();
    }

    /** Lists the rows of the peers that this processor cannot run, and prints why they are left out. */
    private static Set<String> leftOut(Plan plan, Pattern only, Set<Library> libraries) {
        Set<String> rows = new LinkedHashSet<>();
        for (Library library : EnumSet.complementOf(EnumSet.copyOf(libraries))) {
            int before = rows.size();
            for (Plan.Part part : plan.parts()) {
                Set<String> with = new LinkedHashSet<>(Plan.rows(part, only, Set.of(library)));
                Plan.rows(part, only, Set.of()).forEach(with::remove);
                rows.addAll(with);
            }
            if (rows.size() > before) {
                System.out.println("Left out: " + library.label + ", whose machine code needs " + library.needs
                        + ", which this processor lacks or the JVM's flags exclude");
            }
        }
        return rows;
    }

    static String estimate(Plan plan, Pattern only, Set<Library> libraries, int rounds) {
        Set<String> names = new HashSet<>();
        int forks = 0;
        double seconds = 0;
        for (Plan.Part part : plan.parts(rounds, only, libraries)) {
            List<String> measured = Plan.rows(part, only, libraries);
            names.addAll(measured);
            forks += measured.size() * part.forks();
            seconds += measured.size() * part.forks() * part.effort().seconds();
        }
        int rows = names.size();
        return seconds < 5_400
                ? String.format(Locale.ROOT, "%d rows, %d forks: about %.1f minutes", rows, forks, seconds / 60)
                : String.format(Locale.ROOT, "%d rows, %d forks: about %.1f hours", rows, forks, seconds / 3_600);
    }

    /** Deletes the results of an earlier run. */
    private static void clear(Path folder) throws IOException {
        Files.createDirectories(folder);
        for (Path file : Results.files(folder)) {
            Files.delete(file);
        }
    }

    /** Removes the project's path on this machine, which is private and differs from the next machine's. */
    private static void removePaths(Path folder) throws IOException {
        String here = Path.of("").toAbsolutePath() + "/";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*.json")) {
            for (Path file : files) {
                Files.writeString(file, Files.readString(file).replace(here, ""));
            }
        }
    }
}
