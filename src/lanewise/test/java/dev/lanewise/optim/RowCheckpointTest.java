package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class RowCheckpointTest {
    private static final int ROWS = 400, COLUMNS = 5;

    static final List<UpdateRule> RULES = RowParityTest.RULES;

    @TempDir
    Path folder;

    private static RowOptimizer optimizer(UpdateRule rule) {
        return new RowOptimizer(
                "user.weight", FloatSpan.of(random(ROWS * COLUMNS, 1)), COLUMNS, rule, StepOptions.DEFAULT);
    }

    /** The rows and gradients depend on the step and the table, so that nothing can be lost unseen. */
    private static void step(RowOptimizer optimizer) {
        int[] rows = new Random(optimizer.steps()).ints(50, 0, ROWS).toArray();
        float[] gradients = random(rows.length * COLUMNS, 7 + optimizer.steps());
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] += optimizer.table().get((long) rows[i / COLUMNS] * COLUMNS + i % COLUMNS);
        }
        optimizer.step(rows, FloatSpan.of(gradients));
    }

    private byte[] bytes(RowOptimizer optimizer) throws IOException {
        return bytes(optimizer, folder);
    }

    /** All that makes up an optimizer, as the bytes of its checkpoint. */
    static byte[] bytes(RowOptimizer optimizer, Path folder) throws IOException {
        Path file = folder.resolve("bytes");
        new RowCheckpoint(optimizer).save(file);
        return Files.readAllBytes(file);
    }

    @ParameterizedTest
    @FieldSource("RULES")
    void trainingGoesOnWithTheSameBits(UpdateRule rule) throws IOException {
        Path file = folder.resolve("checkpoint");
        RowOptimizer straight = optimizer(rule.withLearningRate(new Cosine(0.1, 20)));
        for (int i = 0; i < 9; i++) {
            step(straight);
        }
        new RowCheckpoint(straight).save(file);
        RowOptimizer resumed = optimizer(rule);
        Map<String, String> texts = new RowCheckpoint(resumed).load(file);
        assertEquals(new RowCheckpoint(straight).metadata(), texts);
        assertEquals(straight.rule(), resumed.rule());
        for (int i = 0; i < 5; i++) {
            step(straight);
            step(resumed);
        }
        assertArrayEquals(bytes(straight), bytes(resumed));
        assertEquals(14, resumed.steps());
    }

    @Test
    void hasTheNamesAndShapesOfPyTorch() throws IOException {
        Path file = folder.resolve("checkpoint");
        new RowCheckpoint(optimizer(new SparseAdam())).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            List<Long> shape = List.of((long) ROWS, (long) COLUMNS);
            assertEquals(shape, saved.tensor("user.weight").shape());
            assertEquals(shape, saved.tensor("user.weight.exp_avg").shape());
            assertEquals(shape, saved.tensor("user.weight.exp_avg_sq").shape());
            assertEquals(DType.I64, saved.tensor("user.weight.step").dtype());
            assertEquals(
                    "SparseAdam[learningRate=0.001, beta1=0.9, beta2=0.999, epsilon=1.0E-8]"
                            .replace("0.001", "Constant[value=0.001]"),
                    saved.metadata().get("user.weight.rule"));
        }
        for (UpdateRule rule : List.of(new RowWiseAdagrad(), UpdateRule.scheduled(number -> new RowWiseAdagrad()))) {
            new RowCheckpoint(optimizer(rule)).save(file);
            try (Arena arena = Arena.ofConfined()) {
                assertEquals(
                        List.of((long) ROWS),
                        Safetensors.map(file, arena).tensor("user.weight.sum").shape());
            }
        }
    }

    /** An optimizer over all parameters and one over rows read each other's files; NAdam has a product too. */
    @Test
    void isTheCheckpointOfAnOptimizerToo() throws IOException {
        Path file = folder.resolve("checkpoint"), back = folder.resolve("back");
        for (UpdateRule rule : List.of(new Adagrad(), new SparseAdam(), new Sgd(), new NAdam())) {
            RowOptimizer rows = optimizer(rule);
            step(rows);
            step(rows);
            new RowCheckpoint(rows).save(file);
            FloatSpan parameters = FloatSpan.of(new float[ROWS * COLUMNS]);
            Optimizer dense = new Optimizer(
                    parameters,
                    List.of(new ParameterGroup("user.weight", 0, parameters.length(), rule)),
                    StepOptions.DEFAULT);
            Checkpoint checkpoint = new Checkpoint(dense, List.of(Checkpoint.Part.of("user.weight", 0, ROWS, COLUMNS)));
            checkpoint.load(file);
            assertArrayEquals(rows.table().toArray(), parameters.toArray());
            assertEquals(2, dense.steps());
            checkpoint.save(back);
            RowOptimizer again = optimizer(rule);
            new RowCheckpoint(again).load(back);
            assertArrayEquals(bytes(rows), bytes(again));
        }
    }

    private void rewrite(Path file, Tensor replacement) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            List<Tensor> tensors = new ArrayList<>();
            for (String name : saved.names()) {
                tensors.add(name.equals(replacement.name()) ? replacement : saved.tensor(name));
            }
            if (!saved.names().contains(replacement.name())) {
                tensors.add(replacement);
            }
            Safetensors.write(file.resolveSibling("rewritten"), tensors, saved.metadata());
        }
    }

    /** torchrec's accumulator has two dimensions. */
    @Test
    void stateOfRowsMayHaveAnotherShape() throws IOException {
        Path file = folder.resolve("checkpoint");
        new RowCheckpoint(optimizer(new RowWiseAdagrad())).save(file);
        rewrite(file, Tensor.of("user.weight.sum", FloatSpan.of(random(ROWS, 5)), ROWS, 1));
        RowOptimizer loaded = optimizer(new RowWiseAdagrad());
        new RowCheckpoint(loaded).load(folder.resolve("rewritten"));
        assertArrayEquals(random(ROWS, 5), loaded.state("sum").toArray());
    }

    @Test
    void refusesAnotherFileBeforeAnythingIsChanged() throws IOException {
        Path file = folder.resolve("checkpoint"), rewritten = folder.resolve("rewritten");
        RowOptimizer saved = optimizer(new SparseAdam());
        step(saved);
        new RowCheckpoint(saved).save(file);
        RowOptimizer other = optimizer(new Adagrad());
        byte[] before = bytes(other);
        assertRefused(
                file,
                other,
                "unexpected: user.weight.exp_avg, F32 [400, 5]",
                "unexpected: user.weight.exp_avg_sq, F32 [400, 5]",
                "missing: user.weight.sum, F32 [400, 5]",
                "rule of user.weight: expected Adagrad, found SparseAdam[learningRate=Constant[value=0.001], beta1=0.9,"
                        + " beta2=0.999, epsilon=1.0E-8]");
        assertArrayEquals(before, bytes(other));
        RowOptimizer same = optimizer(new SparseAdam());
        rewrite(file, Tensor.of("user.weight.exp_avg", FloatSpan.of(random(ROWS * COLUMNS, 5)), COLUMNS, ROWS));
        assertRefused(rewritten, same, "user.weight.exp_avg: expected F32 [400, 5], found F32 [5, 400]");
        rewrite(file, Tensor.of("user.weight.step", -1));
        assertRefused(
                rewritten, same, "user.weight.step: expected a whole number from 0 to 9007199254740992, found -1");
        rewrite(file, Tensor.of("user.weight.step", FloatSpan.of(new float[] {0.5f, 1}), 2));
        assertRefused(rewritten, same, "user.weight.step: expected I64 [] or F32 [], found F32 [2]");
        assertEquals(0, same.steps());
        Files.write(rewritten, new byte[] {1, 2, 3});
        assertThrows(IOException.class, () -> new RowCheckpoint(same).load(rewritten));
    }

    @Test
    void refusesTextsThatTheOptimizerCannotFollow() throws IOException {
        Path file = folder.resolve("checkpoint"), rewritten = folder.resolve("rewritten");
        RowOptimizer optimizer = optimizer(new SparseAdam());
        new RowCheckpoint(optimizer).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            List<Tensor> tensors = saved.names().stream().map(saved::tensor).toList();
            Map<String, String> texts = new HashMap<>(saved.metadata());
            assertEquals("pt", texts.get("format"));
            texts.put("user.weight.frozen", "true");
            Safetensors.write(rewritten, tensors, texts);
            assertRefused(rewritten, optimizer, "frozen of user.weight: expected false, found true");
            texts.put("lanewise.format", "1000");
            Safetensors.write(rewritten, tensors, texts);
        }
        String message = assertThrows(
                        IllegalArgumentException.class, () -> new RowCheckpoint(optimizer).load(rewritten))
                .getMessage();
        assertTrue(message.contains(": lanewise.format must be at most "), message);
    }

    /** The schedules' position, the steps of the rule and the skipped steps are numbers of their own. */
    @Test
    void theCountsAreLoaded() throws IOException {
        Path file = folder.resolve("checkpoint"), rewritten = folder.resolve("rewritten");
        RowOptimizer saved = optimizer(new SparseAdam());
        step(saved);
        new RowCheckpoint(saved).save(file);
        rewrite(file, Tensor.of("optimizer.step", 7));
        Files.move(rewritten, file, StandardCopyOption.REPLACE_EXISTING);
        rewrite(file, Tensor.of("optimizer.skipped", 5));
        RowOptimizer loaded = optimizer(new SparseAdam());
        new RowCheckpoint(loaded).load(rewritten);
        assertEquals(7, loaded.steps());
        assertEquals(1, loaded.constants().steps());
        assertEquals(5, loaded.report().skipped());
    }

    @Test
    void aPlateauIsResumed() throws IOException {
        Path file = folder.resolve("checkpoint");
        ReduceOnPlateau first = new ReduceOnPlateau(0.1), second = new ReduceOnPlateau(0.2);
        for (int i = 0; i < 15; i++) {
            first.observe(3 + i);
        }
        new RowCheckpoint(optimizer(new SparseAdam(first))).save(file);
        new RowCheckpoint(optimizer(new SparseAdam(second))).load(file);
        assertEquals(first.state(), second.state());
        assertEquals(0.01, second.at(0), 1e-15);
    }

    private static void assertRefused(Path file, RowOptimizer optimizer, String... problems) {
        assertEquals(
                file + ": checkpoint does not match the optimizer:\n  " + String.join("\n  ", problems),
                assertThrows(IllegalArgumentException.class, () -> new RowCheckpoint(optimizer).load(file))
                        .getMessage());
    }

    /** Resumes the training in the checkpoint, if there is one, and saves it after each step until it is killed. */
    public static void main(String[] arguments) throws IOException {
        Path file = Path.of(arguments[0]);
        RowOptimizer optimizer = optimizer(new RowWiseAdagrad());
        RowCheckpoint checkpoint = new RowCheckpoint(optimizer);
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

    /** A save that is killed leaves the old file or the new one. */
    @Test
    void theCheckpointIsWholeWheneverTheProcessIsKilled() throws Exception {
        Path file = folder.resolve("killed");
        RowOptimizer straight = optimizer(new RowWiseAdagrad());
        Random random = new Random(1);
        for (int kill = 0; kill < 20; kill++) {
            Process process = Jvm.start(
                    List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"), RowCheckpointTest.class, file.toString());
            assertEquals("saved", process.inputReader().readLine());
            Thread.sleep(random.nextInt(30));
            process.destroyForcibly().waitFor();
            RowOptimizer found = optimizer(new RowWiseAdagrad());
            new RowCheckpoint(found).load(file);
            assertTrue(found.steps() > straight.steps());
            while (straight.steps() < found.steps()) {
                step(straight);
            }
            assertArrayEquals(bytes(straight), bytes(found));
        }
    }
}
