package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.Workers;
import dev.lanewise.distributed.Replicas;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MlpTest {
    private static float[] inputs(int length, long seed) {
        return Floats.random(length, seed);
    }

    private static int[] labels(int length, int classes, long seed) {
        return new Random(seed).ints(length, 0, classes).toArray();
    }

    @ParameterizedTest
    @ValueSource(strings = {"5,3", "7,6,4", "9,16,11,3", "4,1,1,2"})
    void gradientsAreThoseOfFiniteDifferences(String shape) {
        int[] sizes =
                Arrays.stream(shape.split(",")).mapToInt(Integer::parseInt).toArray();
        int batch = 13;
        Mlp mlp = new Mlp(sizes);
        mlp.initialize(3);
        // The biases must not stay 0, or their use in the forward pass would not be tested.
        float[] p = mlp.parameters().array();
        for (int i = 0; i < p.length; i++) {
            p[i] += 0.1f * (i % 7 - 3);
        }
        float[] x = inputs(batch * sizes[0], 1);
        int[] labels = labels(batch, sizes[sizes.length - 1], 2);
        double loss = mlp.forwardBackward(x, 0, labels, 0, batch);
        double[] parameters = new double[p.length];
        for (int i = 0; i < p.length; i++) {
            parameters[i] = p[i];
        }
        float[] targets = new float[batch];
        for (int i = 0; i < batch; i++) {
            targets[i] = labels[i];
        }
        DoubleMlp oracle = new DoubleMlp(mlp, x, batch, DoubleMlp.Loss.CLASSES, targets, null);
        assertEquals(oracle.loss(parameters), loss, 1e-5);
        for (int i = 0; i < p.length; i++) {
            double h = 1e-6;
            parameters[i] = p[i] + h;
            double above = oracle.loss(parameters);
            parameters[i] = p[i] - h;
            double below = oracle.loss(parameters);
            parameters[i] = p[i];
            assertEquals((above - below) / (2 * h), mlp.gradients().get(i), 1e-5, "parameter " + i);
        }
    }

    @Test
    void rangesFollowOneAnother() {
        assertEquals(
                List.of(
                        new Mlp.Parameter("layers.0.weight", 0, 12, 4, 3),
                        new Mlp.Parameter("layers.0.bias", 12, 3, 1, 3),
                        new Mlp.Parameter("layers.1.weight", 15, 6, 3, 2),
                        new Mlp.Parameter("layers.1.bias", 21, 2, 1, 2)),
                new Mlp(4, 3, 2).parameterRanges());
        assertEquals(23, new Mlp(4, 3, 2).parameters().length());
        assertEquals(23, new Mlp(4, 3, 2).gradients().length());
    }

    @Test
    void gradientsAreOverwrittenAndBatchesMayShrinkAndGrow() {
        Mlp mlp = new Mlp(6, 5, 3), fresh = new Mlp(6, 5, 3);
        mlp.initialize(1);
        fresh.initialize(1);
        float[] x = inputs(40 * 6, 5);
        int[] labels = labels(40, 3, 6);
        mlp.forwardBackward(x, 0, labels, 0, 17);
        mlp.forwardBackward(x, 6, labels, 1, 39);
        mlp.gradients().set(0, Float.NaN);
        double loss = mlp.forwardBackward(x, 12, labels, 2, 5);
        assertEquals(fresh.forwardBackward(x, 12, labels, 2, 5), loss);
        assertArrayEquals(fresh.gradients().toArray(), mlp.gradients().toArray());
    }

    @Test
    void threadsChangeNoBit() {
        float[] x = inputs(128 * 100, 5);
        int[] labels = labels(128, 10, 6);
        Mlp one = new Mlp(100, 90, 80, 10);
        one.initialize(1);
        double loss = one.forwardBackward(x, 0, labels, 0, 128);
        for (int threads = 2; threads <= 4; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Mlp several = new Mlp(workers, 100, 90, 80, 10);
                several.initialize(1);
                assertEquals(loss, several.forwardBackward(x, 0, labels, 0, 128));
                assertArrayEquals(one.gradients().toArray(), several.gradients().toArray());
            }
        }
    }

    @Test
    void aPredictionDoesNotDependOnTheRowsBesideIt() {
        Mlp mlp = new Mlp(20, 17, 10);
        mlp.initialize(8);
        int rows = 1100;
        float[] x = inputs(2 + rows * 20, 3), all = new float[3 + rows * 10], one = new float[10];
        mlp.predict(x, 2, rows, all, 3);
        for (int row = 0; row < rows; row++) {
            mlp.predict(x, 2 + row * 20, 1, one, 0);
            assertArrayEquals(one, Arrays.copyOfRange(all, 3 + row * 10, 3 + row * 10 + 10));
        }
    }

    @Test
    void aPredictionIsWhatTheLossIsMadeOf() {
        Mlp mlp = new Mlp(20, 17, 10);
        mlp.initialize(8);
        float[] x = inputs(31 * 20, 3), logits = new float[31 * 10];
        int[] labels = labels(31, 10, 4);
        mlp.predict(x, 0, 31, logits, 0);
        assertEquals(
                mlp.forwardBackward(x, 0, labels, 0, 31), Softmax.totalLoss(logits, 0, labels, 0, 31, 10) / 31, 1e-12);
    }

    @Test
    void aStepAllocatesNothingOnceItIsWarm() {
        assumeTrue(Kernels.lanes() != 2, "C2 has no compare and no mask of 64 bits");
        float[] x = inputs(64 * 100, 5);
        int[] labels = labels(64, 10, 6);
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Mlp mlp = new Mlp(workers, 100, 90, 80, 10);
                mlp.initialize(1);
                int[] step = {0};
                Garbage.assertNoneInAnyThread(() -> mlp.forwardBackward(x, 0, labels, 0, 64 - step[0]++ % 2));
                Replicas replicas = new Replicas(4, 0, 1);
                double[] losses = new double[4];
                Targets targets = Targets.classes(labels);
                Garbage.assertNoneInAnyThread(
                        () -> mlp.forwardBackward(x, 0, targets, 0, replicas, 0, 4, 64 - step[0]++ % 2, 64, losses));
            }
        }
    }

    @Test
    void weightsAreNormalWithTheVarianceOfHe() {
        Mlp mlp = new Mlp(200, 300, 10);
        mlp.parameters().set(200 * 300, 5);
        mlp.initialize(12);
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            float[] w = mlp.parameters().slice(range.from(), range.length()).toArray();
            if (range.name().endsWith("bias")) {
                assertArrayEquals(new float[w.length], w);
                continue;
            }
            double deviation = Math.sqrt(2.0 / range.rows()), mean = 0, square = 0, fourth = 0, product = 0;
            for (int i = 0; i < w.length; i++) {
                double z = w[i] / deviation;
                mean += z / w.length;
                square += z * z / w.length;
                fourth += z * z * z * z / w.length;
                product += z * w[(i + 1) % w.length] / deviation / w.length;
            }
            // The tolerances are five standard errors.
            double error = 5 / Math.sqrt(w.length);
            assertEquals(0, mean, error);
            assertEquals(1, square, error * Math.sqrt(2));
            assertEquals(3, fourth, error * Math.sqrt(96));
            assertEquals(0, product, error);
        }
    }

    @Test
    void aSeedDeterminesTheWeights() {
        Mlp one = new Mlp(31, 17, 10), other = new Mlp(31, 17, 10);
        one.initialize(7);
        other.initialize(8);
        assertTrue(!Arrays.equals(one.parameters().toArray(), other.parameters().toArray()));
        other.initialize(7);
        assertArrayEquals(one.parameters().toArray(), other.parameters().toArray());
    }

    @Test
    void sizesAreChecked() {
        var few = assertThrows(IllegalArgumentException.class, () -> new Mlp(784));
        assertEquals("sizes must have at least 2 elements (inputs and classes): [784]", few.getMessage());
        var zero = assertThrows(IllegalArgumentException.class, () -> new Mlp(784, 0, 10));
        assertEquals("sizes[1] must be at least 1: 0", zero.getMessage());
        var many = assertThrows(IllegalArgumentException.class, () -> new Mlp(1 << 16, 1 << 16));
        assertEquals("sizes must give at most 2³¹ − 17 parameters: [65536, 65536]", many.getMessage());
    }

    @Test
    void argumentsAreCheckedBeforeAnythingIsWritten() {
        Mlp mlp = new Mlp(4, 3, 2);
        mlp.initialize(1);
        float[] x = inputs(8, 1), logits = new float[4];
        int[] labels = {0, 1};
        var batch = assertThrows(IllegalArgumentException.class, () -> mlp.forwardBackward(x, 0, labels, 0, 0));
        assertEquals("batch must be at least 1: 0", batch.getMessage());
        var inputs = assertThrows(IndexOutOfBoundsException.class, () -> mlp.forwardBackward(x, 1, labels, 0, 2));
        assertEquals("x too short: need indices 1..8, length is 8", inputs.getMessage());
        var few = assertThrows(IndexOutOfBoundsException.class, () -> mlp.forwardBackward(x, 0, labels, 1, 2));
        assertEquals("labels too short: need indices 1..2, length is 2", few.getMessage());
        var label =
                assertThrows(IllegalArgumentException.class, () -> mlp.forwardBackward(x, 0, new int[] {1, 2}, 0, 2));
        assertEquals("labels[1] must be a class in [0, 1]: 2", label.getMessage());
        var negative = assertThrows(IllegalArgumentException.class, () -> mlp.predict(x, 0, -1, logits, 0));
        assertEquals("batch must be at least 0: -1", negative.getMessage());
        var out = assertThrows(IndexOutOfBoundsException.class, () -> mlp.predict(x, 0, 2, logits, 1));
        assertEquals("logits too short: need indices 1..4, length is 4", out.getMessage());
        assertArrayEquals(new float[4], logits);
        assertArrayEquals(new float[23], mlp.gradients().toArray());
    }

    /** The executor is called in the middle of a call, by its thread, and lets another thread call meanwhile. */
    @Test
    void refusesASecondThreadWithinACall() throws InterruptedException {
        int batch = 512;
        float[] x = inputs(batch * 64, 1), logits = new float[batch * 10];
        int[] labels = labels(batch, 10, 2);
        Mlp[] mlp = new Mlp[1];
        List<String> messages = new ArrayList<>();
        Executor executor = helper -> {
            Executable[] calls = {
                () -> mlp[0].forwardBackward(x, 0, labels, 0, 1), () -> mlp[0].predict(x, 0, 1, new float[10], 0)
            };
            for (Executable call : calls) {
                messages.add(assertThrows(IllegalStateException.class, call).getMessage());
                Thread other = Thread.ofVirtual()
                        .start(() -> messages.add(
                                assertThrows(IllegalStateException.class, call).getMessage()));
                try {
                    other.join();
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
            }
        };
        mlp[0] = new Mlp(Workers.on(executor, 2), 64, 128, 10);
        Mlp alone = new Mlp(64, 128, 10);
        mlp[0].initialize(3);
        alone.initialize(3);
        assertEquals(alone.forwardBackward(x, 0, labels, 0, batch), mlp[0].forwardBackward(x, 0, labels, 0, batch));
        assertArrayEquals(alone.gradients().toArray(), mlp[0].gradients().toArray());
        mlp[0].predict(x, 0, batch, logits, 0);
        assertFalse(messages.isEmpty());
        for (int i = 0; i < messages.size(); i++) {
            assertEquals(
                    i % 2 == 0
                            ? "this thread is in a call of this network already, whose callbacks must not call it again"
                            : "another thread is in a call of this network",
                    messages.get(i));
        }
    }
}
