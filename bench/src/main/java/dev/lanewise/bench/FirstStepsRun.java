package dev.lanewise.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateType;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Measures the first steps of fresh JVMs, which are started without flags for their compilers. The settings follow each other in
 * each round, so that a change of the machine's load meets all of them.
 */
final class FirstStepsRun {
    static final String FILE = "first-steps.json";

    /** What is measured. The order is that of the report. */
    private static final List<FirstStepsWork> WORK = List.of(
            FirstStepsWork.update(1_000),
            FirstStepsWork.update(10_000),
            FirstStepsWork.update(100_000),
            FirstStepsWork.training(32),
            FirstStepsWork.training(128),
            FirstStepsWork.prediction(8),
            FirstStepsWork.prediction(128));

    /** The elements of the steps of each rule. */
    private static final int ELEMENTS = 10_000;

    /** How a JVM is started. */
    enum Setting {
        KERNELS("default", "--add-modules", "jdk.incubator.vector"),
        /** {@code Lanewise.warmUp} comes before the first step. */
        WARMED_UP("warmed up", "--add-modules", "jdk.incubator.vector"),
        SCALAR("vectorBits=0", "--add-modules", "jdk.incubator.vector", "-Dlanewise.vectorBits=0"),
        NO_MODULE("without the module");

        final String label;
        final List<String> flags;

        Setting(String label, String... flags) {
            this.label = label;
            this.flags = List.of(flags);
        }
    }

    /** The cores that a JVM may use. */
    enum Cores {
        ONE("1"),
        TWO("2"),
        /** Another thread computes all the time. */
        ONE_OF_TWO_BUSY("2, one busy");

        final String label;

        Cores(String label) {
            this.label = label;
        }
    }

    /**
     * What to measure.
     *
     * @param name of the result; null for the date and the commit
     * @param rules whether to measure each rule, compared with its scalar definition alone, in place of {@link #WORK}
     * @param against the jar or the classes of another build of the library; null for none
     * @param forks how many JVMs of each setting
     * @param jvm the java command; null for that of this process
     * @param jvmArgs further flags
     */
    record Request(String name, boolean rules, Path against, int forks, String jvm, List<String> jvmArgs) {}

    /** The settings of {@link #rules()}. */
    private static final List<Setting> COMPARED = List.of(Setting.KERNELS, Setting.SCALAR);

    private FirstStepsRun() {}

    /** {@return steps of each rule, and of some with state in fewer bits} */
    static List<FirstStepsWork> rules() {
        List<FirstStepsWork> work = new ArrayList<>();
        for (String rule : BenchRules.NAMES) {
            work.add(FirstStepsWork.rule(rule, StateType.F32, ELEMENTS));
        }
        for (String rule : List.of("AdamW", "Lion")) {
            work.add(FirstStepsWork.rule(rule, StateType.BF16, ELEMENTS));
            work.add(FirstStepsWork.rule(rule, StateType.INT8, ELEMENTS));
        }
        return work;
    }

    /**
     * Measures and writes the results beside others of the same name.
     *
     * @return the exit code
     */
    static int run(Request request) throws IOException {
        Measurement.checkName(request.name);
        if (request.forks < 1) {
            throw new UsageException("--forks must be at least 1: " + request.forks);
        }
        Map<String, Path> libraries = new LinkedHashMap<>();
        libraries.put("this", library());
        if (request.against != null) {
            if (!Files.exists(request.against)) {
                throw new UsageException("--against must be a jar or a folder of classes: " + request.against);
            }
            libraries.put("other", request.against.toAbsolutePath());
        }
        String jvm = request.jvm == null ? Forks.thisJvm() : request.jvm;
        List<String> flags = new ArrayList<>(List.of("--add-modules", "jdk.incubator.vector"));
        flags.addAll(request.jvmArgs);
        Environment environment = Environment.now(
                jvm, flags, request.jvmArgs, InstructionSet.of(request.jvmArgs).variables(Processor.now()));
        Map<List<Object>, List<FirstStepsCurve.Fork>> forks = new LinkedHashMap<>();
        for (int fork = 0; fork < request.forks; fork++) {
            System.out.println("Round " + (fork + 1) + " of " + request.forks);
            for (FirstStepsWork work : request.rules ? rules() : WORK) {
                for (Cores cores : Cores.values()) {
                    for (Setting setting : request.rules ? COMPARED : List.of(Setting.values())) {
                        for (Map.Entry<String, Path> library : libraries.entrySet()) {
                            List<Object> key = List.of(library.getKey(), work, cores, setting);
                            measure(jvm, request.jvmArgs, library.getValue(), work, cores, setting)
                                    .ifPresent(one -> forks.computeIfAbsent(key, k -> new ArrayList<>())
                                            .add(one));
                        }
                    }
                }
            }
        }
        List<FirstStepsCurve> curves = new ArrayList<>();
        forks.forEach((key, times) -> curves.add(FirstStepsCurve.of(
                (String) key.get(0),
                (FirstStepsWork) key.get(1),
                ((Cores) key.get(2)).label,
                ((Setting) key.get(3)).label,
                times)));
        Path folder =
                Files.createDirectories(Main.RESULTS.resolve(request.name != null ? request.name : environment.name()));
        new ObjectMapper().writeValue(folder.resolve(FILE).toFile(), curves);
        if (!hasOtherResults(folder)) {
            environment.write(folder.resolve(Results.ENVIRONMENT), List.of(), List.of());
        }
        Main.write(Results.read(folder), List.of());
        System.out.print(FirstStepsReport.markdown(List.of(Results.read(folder)), false));
        System.out.println("\nResults are in bench/" + folder + "; see report.html there");
        return 0;
    }

    /** {@return whether the environment in a folder is that of other benchmarks, rather than none or that of earlier first steps} */
    static boolean hasOtherResults(Path folder) throws IOException {
        return !Results.files(folder).isEmpty();
    }

    /** {@return where the library is that this process uses} */
    private static Path library() {
        return Path.of(URI.create(Optimizer.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString()));
    }

    /** {@return what one JVM measured; empty if its library lacks the warm-up} */
    private static Optional<FirstStepsCurve.Fork> measure(
            String jvm, List<String> jvmArgs, Path library, FirstStepsWork work, Cores cores, Setting setting)
            throws IOException {
        Path file = Files.createTempFile("first-steps", ".bin");
        List<String> command = new ArrayList<>();
        if (cores == Cores.ONE && Files.isExecutable(Path.of("/usr/bin/taskset"))) {
            command.addAll(List.of("/usr/bin/taskset", "--cpu-list", "0"));
        }
        command.add(jvm);
        if (cores == Cores.ONE) {
            command.add("-XX:ActiveProcessorCount=1");
        }
        command.addAll(setting.flags);
        command.addAll(jvmArgs);
        command.addAll(List.of(
                "-cp",
                library + ":" + Path.of("target", "classes").toAbsolutePath(),
                FirstSteps.class.getName(),
                work.argument(),
                Integer.toString(work.steps()),
                Boolean.toString(setting == Setting.WARMED_UP),
                file.toString()));
        Thread busy =
                cores == Cores.ONE_OF_TWO_BUSY ? Thread.ofPlatform().daemon().start(BusyCore::compute) : null;
        try {
            Process process = new ProcessBuilder(command)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .redirectError(ProcessBuilder.Redirect.appendTo(
                            Path.of("target", "first-steps.log").toFile()))
                    .start();
            int exit = process.waitFor();
            if (exit == FirstSteps.NO_WARM_UP) {
                return Optional.empty();
            }
            if (exit != 0) {
                throw new UsageException(String.join(" ", command) + " failed; see bench/target/first-steps.log");
            }
            LongBuffer longs = ByteBuffer.wrap(Files.readAllBytes(file)).asLongBuffer();
            long warmUp = longs.get();
            long[] nanos = new long[work.steps()];
            longs.get(nanos);
            return Optional.of(new FirstStepsCurve.Fork(warmUp, nanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UsageException("interrupted");
        } finally {
            if (busy != null) {
                busy.interrupt();
            }
            Files.delete(file);
        }
    }
}
