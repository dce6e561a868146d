package dev.lanewise.fuzz;

import dev.lanewise.mnist.cli.CommandLineFuzz;
import dev.lanewise.mnist.cli.ScheduleOptionFuzz;
import dev.lanewise.mnist.data.IdxFuzz;
import dev.lanewise.nn.MlpFuzz;
import dev.lanewise.optim.CheckpointFuzz;
import dev.lanewise.optim.LbfgsFuzz;
import dev.lanewise.optim.RuleTextFuzz;
import dev.lanewise.safetensors.SafetensorsFuzz;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Runs Jazzer on one target after the other, each in a JVM of its own, and prints a line for each. Inputs that reach new code are kept in
 * the folder {@code corpus}, from which the next run goes on. A finding is kept beside the log, which has its stack trace.
 */
public final class Fuzzing {
    private static final Pattern COUNT = Pattern.compile("stat::number_of_executed_units: (\\d+)");
    private static final Pattern COVERED = Pattern.compile("cov: (\\d+)");

    /** Sanitizers that take any file name, or any regular expression, for an attack. The targets replace slashes instead. */
    private static final String UNWANTED = "com.code_intelligence.jazzer.sanitizers.FilePathTraversal";

    private Fuzzing() {}

    /** Makes the first inputs of a target. */
    @FunctionalInterface
    private interface Seeds {
        List<byte[]> make() throws IOException;
    }

    /**
     * A class that tests an input.
     *
     * @param type the class
     * @param longest the bytes of the longest input
     * @param seeds the first inputs
     * @param instrumented patterns of the classes whose branches guide the fuzzer
     * @param words texts that are put into inputs
     * @param flags for its JVM
     */
    private record Target(
            Class<?> type, int longest, Seeds seeds, String instrumented, List<String> words, List<String> flags) {
        Target(Class<?> type, int longest, Seeds seeds, String instrumented) {
            this(type, longest, seeds, instrumented, List.of(), List.of(VECTORS));
        }
    }

    private static final String VECTORS = "--add-modules=jdk.incubator.vector";

    private static final String FILES = "dev.lanewise.safetensors.*";
    private static final List<Target> TARGETS = List.of(
            new Target(SafetensorsFuzz.class, 8192, SafetensorsFuzz::seeds, FILES),
            new Target(CheckpointFuzz.class, 8192, CheckpointFuzz::seeds, FILES + ":dev.lanewise.optim.**"),
            new Target(LbfgsFuzz.class, 8192, LbfgsFuzz::seeds, FILES + ":dev.lanewise.optim.Lbfgs*"),
            new Target(
                    RuleTextFuzz.class,
                    2000,
                    RuleTextFuzz::seeds,
                    "dev.lanewise.optim.**:dev.lanewise.schedule.*:dev.lanewise.internal.Check"),
            new Target(MlpFuzz.class, 8192, MlpFuzz::seeds, FILES + ":dev.lanewise.nn.**"),
            new Target(IdxFuzz.class, 4096, IdxFuzz::seeds, "dev.lanewise.mnist.data.*"),
            new Target(
                    ScheduleOptionFuzz.class,
                    400,
                    ScheduleOptionFuzz::seeds,
                    "dev.lanewise.mnist.cli.*:dev.lanewise.schedule.*:dev.lanewise.internal.Check"),
            // A training that is about to begin would wait for compiled kernels, and by default has a thread for each
            // processor.
            new Target(
                    CommandLineFuzz.class,
                    1000,
                    CommandLineFuzz::seeds,
                    "dev.lanewise.mnist.**",
                    CommandLineFuzz.words(),
                    List.of("-XX:ActiveProcessorCount=1")));

    /**
     * Runs the targets.
     *
     * @param arguments the folder for all files, the seconds for each target, and the names of the targets; all if none is named
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        Path folder = Path.of(arguments[0]);
        long seconds = Long.parseLong(arguments[1]);
        List<String> names = Arrays.asList(arguments).subList(2, arguments.length);
        int failed = 0;
        for (Target target : TARGETS) {
            if (names.isEmpty() || names.contains(target.type.getSimpleName())) {
                failed += run(target, folder, seconds) ? 0 : 1;
            }
        }
        System.exit(failed);
    }

    private static boolean run(Target target, Path folder, long seconds) throws IOException, InterruptedException {
        String name = target.type.getSimpleName();
        Path corpus = Files.createDirectories(folder.resolve("corpus").resolve(name));
        int number = 0;
        for (byte[] seed : target.seeds.make()) {
            Files.write(corpus.resolve("seed-" + number++), seed);
        }
        // A target that writes files does it there.
        Path work = Files.createDirectories(folder.resolve("work").resolve(name));
        Path log = folder.resolve(name + ".log");
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin/java").toString()));
        command.addAll(target.flags);
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-XX:+EnableDynamicAgentLoading", "-XX:+UseSerialGC", "-Xmx512m", "-Xss1m"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.add("com.code_intelligence.jazzer.Jazzer");
        command.add("--target_class=" + target.type.getName());
        command.add("--instrumentation_includes=" + target.instrumented);
        // Without this, every class of the dependencies is rewritten too.
        command.add("--custom_hook_includes=" + target.instrumented);
        command.add("--disabled_hooks=" + UNWANTED);
        command.add("--reproducer_path=" + work);
        command.addAll(List.of("-max_total_time=" + seconds, "-max_len=" + target.longest, "-print_final_stats=1"));
        command.addAll(List.of("-rss_limit_mb=3000", "-timeout=100", "-artifact_prefix=" + folder + "/" + name + "-"));
        if (!target.words.isEmpty()) {
            List<String> lines = target.words.stream()
                    .map(word -> '"' + word.replace("\n", "\\x0a") + '"')
                    .toList();
            command.add("-dict=" + Files.write(folder.resolve(name + ".words"), lines));
        }
        command.add(corpus.toString());
        ProcessBuilder process = new ProcessBuilder(command).directory(work.toFile());
        // Names of files may have all letters.
        process.environment().put("LC_ALL", "C.UTF-8");
        int code = process.redirectErrorStream(true)
                .redirectOutput(Redirect.to(log.toFile()))
                .start()
                .waitFor();
        String text = Files.readString(log);
        System.out.printf(
                "%-20s %12s inputs, %6s edges, %s%n",
                name,
                last(COUNT, text),
                last(COVERED, text),
                code == 0 ? "no finding" : "exit code " + code + ": " + log);
        return code == 0;
    }

    private static String last(Pattern pattern, String text) {
        return pattern.matcher(text)
                .results()
                .map(MatchResult::group)
                .map(found -> found.replaceAll("\\D+", ""))
                .reduce("0", (before, next) -> next);
    }
}
