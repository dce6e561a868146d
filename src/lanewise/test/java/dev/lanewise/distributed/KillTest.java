package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lanewise.distributed.Kill.Place;
import dev.lanewise.distributed.Kill.Way;
import dev.lanewise.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * A training on processes of MPI, one of which is killed, goes on from its checkpoint on fewer of them, and ends with the bits of
 * one that was not killed. The whole drill, with 50 kills, takes minutes and runs by
 * {@code mvn -Pexhaustive test -Dtest=KillTest -pl src/lanewise}.
 */
class KillTest {
    static final List<MpiLauncher> LAUNCHERS = MpiLauncher.ALL;

    /** The steps of the first kill and of the second, behind the one from which the training goes on. */
    private static final int FIRST = 5, SECOND = 8;

    private static final List<Way> WAYS = List.of(Way.HALT, Way.KILL, Way.STOP);

    @TempDir
    private Path folder;

    private int trainings;

    /** Trains on as many processes as there are left after each kill, or on as many as before, and then once more until the end. */
    private void train(MpiLauncher launcher, int patience, boolean fewer, List<Kill> kills) throws Exception {
        Path place = Files.createDirectory(folder.resolve("training-" + trainings++));
        Path file = place.resolve("training.safetensors"), out = folder.resolve("out");
        int count = 1 + kills.size();
        for (Kill kill : kills) {
            MpiLauncher.Run run = launcher.run(count, out, patience, file, kill);
            assertTrue(run.code() != 0 || !launcher.showsLoss(), () -> kill + ": " + run.out());
            String end = " of " + count + ": ";
            assertTrue(run.out().stream().noneMatch(line -> line.contains(end)), () -> kill + ": " + run.out());
            assertTrue(Files.exists(file), () -> kill + ": " + run.out());
            count -= fewer ? 1 : 0;
        }
        MpiLauncher.Run last = launcher.run(count, out, 60_000, file);
        String expected = "0 of " + count + ": " + expected();
        assertTrue(last.out().contains(expected), () -> kills + ": " + last.out());
        assertEquals(0, last.code());
        try (Stream<Path> files = Files.list(place)) {
            // A rank that was killed while it wrote leaves an unfinished file, and no other.
            long whole = files.filter(each -> !AtomicFile.isUnfinished(each)).count();
            assertEquals(count == 1 ? 1 : count + 1, whole, kills::toString);
        }
    }

    /** The silent rank is noticed within the patience, and the launcher ends it. */
    @ParameterizedTest
    @FieldSource("LAUNCHERS")
    void aTrainingEndsWithItsBits(MpiLauncher launcher) throws Exception {
        launcher.assumePresent();
        train(
                launcher,
                2_000,
                true,
                List.of(new Kill(Way.KILL, Place.CHECKPOINT, 0, 6), new Kill(Way.STOP, Place.EXCHANGE, 1, SECOND)));
    }

    /** Ctrl-C ends the launcher, which ends all ranks: no process is left, and the checkpoint before is whole. */
    @ParameterizedTest
    @FieldSource("LAUNCHERS")
    void anInterruptEndsAllRanks(MpiLauncher launcher) throws Exception {
        launcher.assumePresent();
        Path file = folder.resolve("training.safetensors"), out = folder.resolve("out");
        Process process = launcher.start(2, out, 60_000, file, new Kill(Way.WAIT, Place.GATHER, 1, FIRST));
        while (process.isAlive() && !Files.readString(out).contains(Kill.WAITS)) {
            Thread.sleep(20);
        }
        List<ProcessHandle> all = process.descendants().toList();
        assertTrue(all.size() >= 2, () -> all.toString());
        Kill.signal("INT", process.toHandle());
        // The code of MPICH's launcher is 0 or not.
        MpiLauncher.end(process, out);
        assertFalse(Files.readString(out).contains(" of 2: "), () -> "a rank went on");
        for (ProcessHandle each : all) {
            each.onExit().get(60, TimeUnit.SECONDS);
        }
        MpiLauncher.Run last = launcher.run(1, out, 60_000, file);
        assertTrue(last.out().contains("0 of 1: " + expected()), last.out()::toString);
    }

    private static String expected() throws IOException {
        return RankProgram.train(Collective.threads(1).getFirst(), null, Kill.NONE);
    }

    /** The kills are drawn. */
    @Test
    @Tag("exhaustive")
    void fiftyKills() throws Exception {
        List<MpiLauncher> launchers =
                LAUNCHERS.stream().filter(MpiLauncher::isPresent).toList();
        assumeFalse(launchers.isEmpty(), "no mpirun");
        Random random = new Random(50);
        for (int i = 0; i < 25; i++) {
            List<Kill> kills = new ArrayList<>();
            for (int j = 0; j < 2; j++) {
                Way way = WAYS.get(random.nextInt(WAYS.size()));
                Place place = Place.values()[random.nextInt(Place.values().length)];
                boolean saved = place == Place.CHECKPOINT || place == Place.COMMIT;
                int step = j == 0 ? saved ? 6 : FIRST : saved ? 9 : SECOND;
                kills.add(new Kill(way, place, random.nextInt(3 - j), step));
            }
            long begin = System.nanoTime();
            // Down from 3 ranks to 1, or twice in a row and then all three again.
            MpiLauncher launcher = launchers.get(i % launchers.size());
            train(launcher, 3_000, i % 4 < 3, kills);
            System.out.printf("%s %s: %.1f s%n", launcher, kills, (System.nanoTime() - begin) / 1e9);
        }
    }
}
