package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Processes of MPI have the bits of one rank in this process. Each launcher that this machine has is tried. */
class MpiTest {
    static final List<List<String>> LAUNCHERS =
            List.of(List.of("mpirun.openmpi", "--allow-run-as-root", "--oversubscribe"), List.of("mpirun.mpich"));

    @TempDir
    private Path folder;

    private static void assumePresent(List<String> launcher) {
        boolean present = Stream.of(System.getenv("PATH").split(":"))
                .anyMatch(each -> Files.isExecutable(Path.of(each, launcher.getFirst())));
        if (!present) {
            System.out.println("MpiTest: no " + launcher.getFirst() + " on this machine, its tests are skipped");
        }
        Assumptions.assumeTrue(present, "no " + launcher.getFirst());
    }

    /** The exit code, and what was printed, errors after the rest. */
    private record Run(int code, List<String> out) {}

    private Run run(List<String> launcher, int count, Object... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(launcher);
        command.addAll(List.of("-n", Integer.toString(count)));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // The definitions of the kernels have their bits, and the JVM is as short of cores as the ranks are.
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), RankProgram.class.getName()));
        Stream.of(arguments).map(Object::toString).forEach(command::add);
        Path out = folder.resolve("out");
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(out.toFile())
                .start();
        process.getOutputStream().close();
        if (!process.waitFor(100, TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            throw new AssertionError("still running: " + command + "\n" + Files.readString(out));
        }
        return new Run(process.exitValue(), Files.readAllLines(out));
    }

    private static List<String> hashes(int count, Run run) {
        List<String> lines =
                run.out.stream().filter(line -> line.contains(" of ")).sorted().toList();
        assertEquals(0, run.code, run.out.toString());
        assertEquals(count, lines.size(), run.out.toString());
        return lines;
    }

    private static String one() throws IOException {
        return RankProgram.train(Collective.threads(1).getFirst(), null, () -> {});
    }

    @ParameterizedTest
    @FieldSource("LAUNCHERS")
    void anyNumberOfProcessesHasTheBitsOfOne(List<String> launcher) throws Exception {
        assumePresent(launcher);
        String one = one();
        for (int count = 1; count <= 4; count++) {
            int world = count;
            assertEquals(
                    IntStream.range(0, count)
                            .mapToObj(rank -> rank + " of " + world + ": " + one)
                            .toList(),
                    hashes(count, run(launcher, count, -1)));
        }
    }

    @ParameterizedTest
    @FieldSource("LAUNCHERS")
    void aTrainingGoesOnAfterAProcessWasKilled(List<String> launcher) throws Exception {
        assumePresent(launcher);
        Path file = folder.resolve("training.safetensors");
        assertNotEquals(0, run(launcher, 3, 1, file).code);
        assertTrue(Files.exists(file));
        assertEquals("0 of 2: " + one(), hashes(2, run(launcher, 2, -1, file)).getFirst());
    }

    @Test
    void aProcessWithoutALauncherIsRefused() {
        assertEquals(
                "the process must have been started by mpirun, of Open MPI or MPICH, which sets [OMPI_COMM_WORLD_SIZE]"
                        + " or [PMI_SIZE, PMI_RANK] in its environment",
                assertThrows(IllegalStateException.class, Collective::mpi).getMessage());
    }
}
