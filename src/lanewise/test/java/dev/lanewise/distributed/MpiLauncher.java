package dev.lanewise.distributed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * A launcher of MPI, which starts {@link RankProgram}.
 *
 * @param command its name and options
 */
record MpiLauncher(List<String> command) {
    static final List<MpiLauncher> ALL = List.of(
            new MpiLauncher(List.of("mpirun.openmpi", "--allow-run-as-root", "--oversubscribe")),
            new MpiLauncher(List.of("mpirun.mpich")));

    /** The exit code, and what was printed, errors among the rest. */
    record Run(int code, List<String> out) {}

    boolean isPresent() {
        return Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(each -> Files.isExecutable(Path.of(each, command.getFirst())));
    }

    /** {@return whether its exit code shows that a rank was lost; that of MPICH 4.2.1 is often 0 then} */
    boolean showsLoss() {
        return command.getFirst().equals("mpirun.openmpi");
    }

    void assumePresent() {
        if (!isPresent()) {
            System.out.println("no " + command.getFirst() + " on this machine, its tests are skipped");
        }
        Assumptions.assumeTrue(isPresent(), "no " + command.getFirst());
    }

    /** Starts processes, which print to a file. */
    Process start(int count, Path out, Object... arguments) throws IOException {
        List<String> line = new ArrayList<>(command);
        line.addAll(List.of("-n", Integer.toString(count)));
        line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // The definitions of the kernels have their bits, and the JVM is as short of cores as the ranks are.
        line.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        line.addAll(List.of("-cp", System.getProperty("java.class.path"), RankProgram.class.getName()));
        Stream.of(arguments).map(Object::toString).forEach(line::add);
        Process process = new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        process.getOutputStream().close();
        return process;
    }

    /** Runs processes until they have ended. */
    Run run(int count, Path out, Object... arguments) throws IOException, InterruptedException {
        Process process = start(count, out, arguments);
        return new Run(end(process, out), Files.readAllLines(out));
    }

    /** {@return the exit code of a launcher that ends} */
    static int end(Process process, Path out) throws IOException, InterruptedException {
        if (!process.waitFor(100, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("still running: " + process.info().commandLine() + "\n" + Files.readString(out));
        }
        return process.exitValue();
    }

    @Override
    public String toString() {
        return command.getFirst();
    }
}
