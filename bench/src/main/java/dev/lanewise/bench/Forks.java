package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/**
 * Runs rows in forks of JMH.
 *
 * @param jvm the java command
 * @param jvmArgs flags beside those of every run
 * @param libraries the peers to measure
 */
record Forks(String jvm, List<String> jvmArgs, Set<Library> libraries) {
    /** The flags of every JVM of the bench. */
    static final List<String> JVM_FLAGS = List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            // JMH 1.37 uses Unsafe, and JDK 25 prints a warning.
            "--sun-misc-unsafe-memory-access=allow",
            // A crash of a peer leaves its log where the build's files are.
            "-XX:ErrorFile=" + Path.of("target", "hs_err_pid%p.log").toAbsolutePath(),
            // The folder that the peers' libraries are unpacked into.
            "-Dorg.bytedeco.javacpp.cachedir=" + Path.of("target", "peers").toAbsolutePath());

    /** {@return the java command of this process} */
    static String thisJvm() {
        return Path.of(System.getProperty("java.home"), "bin", "java").toString();
    }

    /**
     * Makes a command that starts a JVM with variables of the environment, which JMH's forks inherit from no one else.
     *
     * @param folder where to write it
     */
    static String command(Path folder, String jvm, Map<String, String> variables) throws IOException {
        if (variables.isEmpty()) {
            return jvm;
        }
        Path script = Files.createDirectories(folder).resolve("java");
        StringBuilder text = new StringBuilder("#!/bin/sh\n");
        variables.forEach((name, value) ->
                text.append("export ").append(name).append('=').append(value).append('\n'));
        Files.writeString(script, text.append("exec '").append(jvm).append("' \"$@\"\n"));
        if (!script.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + script + " executable");
        }
        return script.toString();
    }

    /** {@return the flags of the measured JVMs, whose heap has a fixed size} */
    List<String> flags(String heap) {
        List<String> flags = new ArrayList<>(JVM_FLAGS);
        flags.addAll(List.of("-Xms" + heap, "-Xmx" + heap));
        flags.addAll(jvmArgs);
        return flags;
    }

    /** {@return what the forks of a part's rows took, a result for each fork; a row that failed is missing} */
    List<RunResult> run(Plan.Part part, Pattern only) {
        List<RunResult> results = new ArrayList<>();
        part.neighbors(only, libraries).forEach(neighbors -> results.addAll(runOnce(neighbors)));
        return results;
    }

    private Collection<RunResult> runOnce(Plan.Part part) {
        OptionsBuilder options = new OptionsBuilder();
        part.methods()
                .forEach(method ->
                        options.include("^" + Pattern.quote(part.benchmark().getName() + "." + method) + "$"));
        options.forks(part.forks())
                .warmupIterations(part.effort().warmups())
                .warmupTime(part.effort().warmup())
                .measurementIterations(part.effort().iterations())
                .measurementTime(part.effort().time())
                .jvmArgs(flags(part.heap()).toArray(String[]::new))
                .jvm(jvm)
                .addProfiler(CompilerQueue.class)
                // The benchmarks after a failed one are measured too.
                .shouldFailOnError(false);
        part.parameters().forEach((key, values) -> options.param(key, values.toArray(String[]::new)));
        try {
            return new Runner(options.build()).run();
        } catch (RunnerException | RuntimeException e) {
            // For example, the JVM did not start: none of the rows has been measured.
            e.printStackTrace();
            return List.of();
        }
    }

    /**
     * {@return the forks of two results of a row} If only one of the two is steady, its forks alone count, since those of the
     * other are not the times of compiled code that runs undisturbed, unless the other is faster: then the steady one ran in a
     * slow time of the machine, and both remain, in doubt.
     */
    static RunResult together(RunResult earlier, RunResult later) {
        Results.Row before = row(earlier), now = row(later);
        if (before.steady() && !now.steady() && before.best() <= now.best()) {
            return earlier;
        }
        if (now.steady() && !before.steady() && now.best() <= before.best()) {
            return later;
        }
        List<BenchmarkResult> forks = new ArrayList<>(earlier.getBenchmarkResults());
        forks.addAll(later.getBenchmarkResults());
        return new RunResult(later.getParams(), forks);
    }

    /** {@return a row as {@link Results} reads it from JMH's JSON} */
    static Results.Row row(RunResult result) {
        BenchmarkParams params = result.getParams();
        String[] names = params.getBenchmark().split("\\.");
        Map<String, String> values = new TreeMap<>();
        params.getParamsKeys().forEach(key -> values.put(key, params.getParam(key)));
        List<double[]> forks = new ArrayList<>();
        List<double[]> compiling = new ArrayList<>();
        for (BenchmarkResult fork : result.getBenchmarkResults()) {
            Collection<IterationResult> iterations = fork.getIterationResults();
            forks.add(iterations.stream()
                    .mapToDouble(one -> one.getPrimaryResult().getScore())
                    .toArray());
            compiling.add(iterations.stream()
                    .mapToDouble(one ->
                            one.getSecondaryResults().get(CompilerQueue.NAME).getScore())
                    .toArray());
        }
        return new Results.Row(
                names[names.length - 2],
                names[names.length - 1],
                values,
                result.getPrimaryResult().getScoreUnit(),
                forks,
                Doubt.of(forks, compiling));
    }
}
