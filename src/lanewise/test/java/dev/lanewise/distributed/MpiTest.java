package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Processes of MPI have the bits of one rank in this process. Each launcher that this machine has is tried. */
class MpiTest {
    static final List<MpiLauncher> LAUNCHERS = MpiLauncher.ALL;
    private static final int PATIENCE = 60_000;

    @TempDir
    private Path folder;

    private static List<String> hashes(int count, MpiLauncher.Run run) {
        List<String> lines = run.out().stream()
                .filter(line -> line.contains(" of "))
                .sorted()
                .toList();
        assertEquals(0, run.code(), run.out().toString());
        assertEquals(count, lines.size(), run.out().toString());
        return lines;
    }

    private static String one() throws IOException {
        return RankProgram.train(Collective.threads(1).getFirst(), null, Kill.NONE);
    }

    @ParameterizedTest
    @FieldSource("LAUNCHERS")
    void anyNumberOfProcessesHasTheBitsOfOne(MpiLauncher launcher) throws Exception {
        launcher.assumePresent();
        String one = one();
        for (int count = 1; count <= 4; count++) {
            int world = count;
            assertEquals(
                    IntStream.range(0, count)
                            .mapToObj(rank -> rank + " of " + world + ": " + one)
                            .toList(),
                    hashes(count, launcher.run(count, folder.resolve("out"), PATIENCE)));
        }
    }

    @Test
    void aProcessWithoutALauncherIsRefused() {
        assertEquals(
                "the process must have been started by mpirun, of Open MPI or MPICH, which sets [OMPI_COMM_WORLD_SIZE]"
                        + " or [PMI_SIZE, PMI_RANK] in its environment",
                assertThrows(IllegalStateException.class, Collective::mpi).getMessage());
    }
}
