package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A checkpoint is loaded if it can be continued from, whatever its numbers are, and one that is saved can be loaded. */
class CheckpointBoundsTest {
    private static final long[] WHOLE = {
        Long.MIN_VALUE, -1, 0, 1, 3, Integer.MAX_VALUE, 1L << 40, (1L << 53) + 1, Long.MAX_VALUE - 1, Long.MAX_VALUE
    };

    private static final double[] REAL = {
        Double.NEGATIVE_INFINITY,
        -1e300,
        -1,
        0,
        Double.MIN_VALUE,
        1e-300,
        0x1p-126,
        0.5,
        1,
        Math.nextUp(1.0),
        2,
        1e39,
        1e300,
        Double.POSITIVE_INFINITY,
        Double.NaN
    };

    @TempDir
    private Path folder;

    private static final FloatSpan GRADIENTS = FloatSpan.of(new float[] {1, -2, 0.5f, 3});

    private static Optimizer optimizer() {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[] {1, 2, 3, 4}),
                List.of(new ParameterGroup("a", 0, 2, new AdamW()), new ParameterGroup("n", 2, 2, new NAdam())),
                StepOptions.DEFAULT.withLossScale(new LossScale(1)));
        for (int step = 0; step < 3; step++) {
            optimizer.step(GRADIENTS);
        }
        return optimizer;
    }

    /** All that a step changes; skipped steps count too. */
    private static String describe(Optimizer optimizer) {
        StringBuilder text = new StringBuilder();
        for (FloatSpan each : List.of(
                optimizer.parameters(),
                optimizer.state("a", "exp_avg"),
                optimizer.state("n", "exp_avg_sq"),
                optimizer.state("a", "exp_avg_sq"),
                optimizer.state("n", "exp_avg"))) {
            for (float x : each.toArray()) {
                text.append(x).append(' ');
            }
        }
        LossScale scale = optimizer.options().lossScale();
        return text + " " + optimizer.steps() + " " + optimizer.steps(0) + " " + optimizer.steps(1) + " "
                + optimizer.scalars(1)[0] + " " + optimizer.report().skipped() + " " + scale.scale() + " "
                + scale.goodSteps();
    }

    static Stream<Arguments> numbers() throws IOException {
        List<Arguments> all = new ArrayList<>();
        for (String name :
                List.of("optimizer.step", "optimizer.skipped", "loss_scale._growth_tracker", "a.step", "n.step")) {
            for (long value : WHOLE) {
                all.add(Arguments.of(List.of(name), value));
            }
        }
        for (long value : WHOLE) {
            all.add(Arguments.of(List.of("optimizer.step", "a.step", "n.step"), value));
        }
        for (String name : List.of("n.mu_product", "loss_scale.scale")) {
            for (double value : REAL) {
                all.add(Arguments.of(List.of(name), value));
            }
        }
        return all.stream();
    }

    @ParameterizedTest
    @MethodSource("numbers")
    void isRefusedOrContinued(List<String> names, Number value) throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = optimizer();
        new Checkpoint(optimizer).save(file);
        String before = describe(optimizer);
        rewrite(file, names, value);
        try {
            new Checkpoint(optimizer).load(file);
        } catch (IllegalArgumentException e) {
            assertTrue(e.getMessage().contains(": expected a "), e.getMessage());
            assertEquals(before, describe(optimizer));
            return;
        }
        long steps = optimizer.steps();
        float[] parameters = optimizer.parameters().toArray();
        optimizer.step(FloatSpan.of(new float[] {Float.NaN, 0, 0, 0}));
        assertEquals(steps, optimizer.steps());
        assertTrue(optimizer.report().skipped() > 0);
        assertArrayEquals(parameters, optimizer.parameters().toArray());
        optimizer.step(GRADIENTS);
        assertEquals(steps + 1, optimizer.steps());
        for (int i = 0; i < 4; i++) {
            assertEquals(parameters[i], optimizer.parameters().get(i), 0.1, "parameter " + i);
        }
        Optimizer other = optimizer();
        new Checkpoint(optimizer).save(file);
        new Checkpoint(other).load(file);
        assertEquals(describe(optimizer), describe(other));
    }

    @Test
    void aScalarBeyondItsRangeIsRefused() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = optimizer();
        for (double value : new double[] {-Double.MIN_VALUE, Math.nextUp(1.0)}) {
            new Checkpoint(optimizer).save(file);
            rewrite(file, List.of("n.mu_product"), value);
            assertEquals(
                    file + ": checkpoint does not match the optimizer:\n"
                            + "  n.mu_product: expected a number from 0.0 to 1.0, found " + value,
                    assertThrows(IllegalArgumentException.class, () -> new Checkpoint(optimizer).load(file))
                            .getMessage());
        }
    }

    @Test
    void aSnapshotHasAllThatAStepChanges() {
        Optimizer optimizer = optimizer();
        OptimizerSnapshot snapshot = optimizer.snapshot();
        String before = describe(optimizer);
        for (int round = 0; round < 2; round++) {
            optimizer.step(GRADIENTS);
            optimizer.step(FloatSpan.of(new float[] {Float.NaN, 0, 0, 0}));
            assertEquals(1, optimizer.report().skipped());
            assertEquals(0.5, optimizer.options().lossScale().scale());
            snapshot.restore();
            assertEquals(before, describe(optimizer));
        }
    }

    private void rewrite(Path file, List<String> names, Number value) throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            for (String name : saved.names()) {
                Tensor tensor = saved.tensor(name);
                byte[] bytes = tensor.bytes().toArray(ValueLayout.JAVA_BYTE);
                MemorySegment memory = MemorySegment.ofArray(bytes);
                if (names.contains(name) && tensor.dtype() == DType.I64) {
                    memory.set(ValueLayout.JAVA_LONG_UNALIGNED, 0, value.longValue());
                } else if (names.contains(name)) {
                    memory.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, value.doubleValue());
                }
                tensors.add(new Tensor(name, tensor.dtype(), tensor.shape(), memory));
            }
            Safetensors.write(file, tensors, saved.metadata());
        }
    }

    /** Another thread that steps while the texts are written, which calls the rule, is the one that is refused. */
    @Test
    void nobodyStepsWhileTextsAreWritten() throws IOException {
        AtomicReference<Throwable> refused = new AtomicReference<>();
        Optimizer[] optimizer = new Optimizer[1];
        boolean[] saving = new boolean[1];
        optimizer[0] = new Optimizer(FloatSpan.of(new float[4]), UpdateRule.scheduled(step -> {
            if (saving[0]) {
                saving[0] = false;
                inAnotherThread(() -> optimizer[0].step(GRADIENTS), refused);
            }
            return new Sgd(1.0 / (1 + step));
        }));
        Checkpoint checkpoint = new Checkpoint(optimizer[0]);
        Path file = folder.resolve("checkpoint");
        for (Executable use : List.<Executable>of(
                () -> checkpoint.save(file), checkpoint::metadata, () -> optimizer[0].setLearningRate(0.1))) {
            optimizer[0].step(GRADIENTS);
            optimizer[0].step(GRADIENTS);
            long steps = optimizer[0].steps();
            refused.set(null);
            saving[0] = true;
            try {
                use.execute();
            } catch (Throwable e) {
                throw new AssertionError(e);
            }
            assertEquals(
                    "another thread is in a step of this optimizer",
                    refused.get().getMessage());
            assertEquals(steps, optimizer[0].steps());
        }
        Optimizer other =
                new Optimizer(FloatSpan.of(new float[4]), UpdateRule.scheduled(step -> new Sgd(1.0 / (1 + step))));
        new Checkpoint(other).load(file);
        assertEquals(2, other.steps());
    }

    /** Each method of a row checkpoint calls the rule too. */
    @Test
    void nobodyStepsWhileRowsAreWrittenOrRead() {
        Path file = folder.resolve("checkpoint");
        int[] rows = {1, 0};
        AtomicReference<Throwable> refused = new AtomicReference<>();
        RowOptimizer[] optimizer = new RowOptimizer[1];
        boolean[] calling = new boolean[1];
        UpdateRule rule = UpdateRule.scheduled(step -> {
            if (calling[0]) {
                calling[0] = false;
                inAnotherThread(() -> optimizer[0].step(rows, GRADIENTS), refused);
            }
            return new Sgd(1.0 / (1 + step));
        });
        optimizer[0] = new RowOptimizer("t", FloatSpan.of(new float[4]), 2, rule, StepOptions.DEFAULT);
        optimizer[0].step(rows, GRADIENTS);
        optimizer[0].step(rows, GRADIENTS);
        RowCheckpoint checkpoint = new RowCheckpoint(optimizer[0]);
        for (Executable use :
                List.<Executable>of(checkpoint::metadata, () -> checkpoint.save(file), () -> checkpoint.load(file))) {
            refused.set(null);
            calling[0] = true;
            assertDoesNotThrow(use);
            assertNotNull(refused.get());
            assertEquals(
                    "another thread is in a step of this optimizer",
                    refused.get().getMessage());
            assertEquals(2, optimizer[0].steps());
        }
    }

    private static void inAnotherThread(Executable work, AtomicReference<Throwable> thrown) {
        try {
            Thread.ofPlatform()
                    .start(() -> thrown.set(assertThrows(IllegalStateException.class, work)))
                    .join();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
