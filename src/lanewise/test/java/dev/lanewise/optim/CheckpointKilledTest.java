package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Training that is killed a hundred times, and resumed each time from the checkpoint that it finds. */
class CheckpointKilledTest {
    private static final int KILLS = 100;
    private static final int LENGTH = 50_000;

    @TempDir
    Path folder;

    private static Optimizer optimizer() {
        return new Optimizer(FloatSpan.of(new float[LENGTH]), new AdamW());
    }

    /** The gradient depends on the step and on the parameters, so that nothing can be lost unseen. */
    private static void step(Optimizer optimizer) {
        float[] gradients = new float[LENGTH];
        for (int i = 0; i < LENGTH; i++) {
            gradients[i] = optimizer.parameters().get(i) - (i * 31 + optimizer.steps() * 17) % 101;
        }
        optimizer.step(FloatSpan.of(gradients));
    }

    /** Resumes the training in the checkpoint, if there is one, and saves it after each step until it is killed. */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        Optimizer optimizer = optimizer();
        Checkpoint checkpoint = new Checkpoint(optimizer);
        if (Files.exists(file)) {
            checkpoint.load(file);
        }
        for (boolean first = true; ; first = false) {
            step(optimizer);
            checkpoint.save(file);
            if (first) {
                System.out.println("saved");
            }
        }
    }

    @Test
    void theCheckpointIsWholeWheneverTheProcessIsKilled() throws Exception {
        Path file = folder.resolve("checkpoint");
        Optimizer straight = optimizer();
        Random random = new Random(1);
        int unfinished = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            Process process = Jvm.start(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"),
                    CheckpointKilledTest.class,
                    file.toString());
            assertEquals("saved", process.inputReader().readLine());
            Thread.sleep(random.nextInt(30));
            process.destroyForcibly().waitFor();

            Optimizer found = optimizer();
            new Checkpoint(found).load(file);
            assertTrue(found.steps() > straight.steps(), "from step " + straight.steps() + " to " + found.steps());
            while (straight.steps() < found.steps()) {
                step(straight);
            }
            assertArrayEquals(
                    straight.parameters().toArray(), found.parameters().toArray(), "step " + found.steps());
            for (String state : List.of("exp_avg", "exp_avg_sq")) {
                assertArrayEquals(
                        straight.state("all", state).toArray(),
                        found.state("all", state).toArray());
            }
            unfinished += removeUnfinished(file);
        }
        // Else the process was never killed where it matters.
        assertTrue(unfinished > 0, unfinished + " unfinished, " + straight.steps() + " steps");
    }

    private int removeUnfinished(Path file) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            List<Path> others = files.filter(other -> !other.equals(file)).toList();
            for (Path other : others) {
                Files.delete(other);
            }
            return others.size();
        }
    }
}
