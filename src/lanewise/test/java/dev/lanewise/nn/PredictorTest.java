package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PredictorTest {
    private static final int[] SIZES = {50, 40, 30, 10};

    private static Mlp network(long seed, int... sizes) {
        Mlp mlp = new Mlp(sizes);
        mlp.initialize(seed);
        float[] parameters = mlp.parameters().array();
        for (int i = 0; i < parameters.length; i++) {
            // The biases must not stay 0, or their use would not be tested.
            parameters[i] += 0.1f * (i % 7 - 3);
        }
        return mlp;
    }

    @Provide
    Arbitrary<int[]> networks() {
        return Arbitraries.integers()
                .between(1, 70)
                .array(int[].class)
                .ofMinSize(2)
                .ofMaxSize(5);
    }

    @Property(tries = 300)
    void hasTheBitsOfTheNetwork(
            @ForAll("networks") int[] sizes,
            @ForAll @IntRange(min = 0, max = 300) int batch,
            @ForAll @IntRange(min = 0, max = 9) int xOffset,
            @ForAll @IntRange(min = 0, max = 9) int logitsOffset,
            @ForAll boolean nasty,
            @ForAll long seed) {
        Mlp mlp = network(seed, sizes);
        int length = xOffset + batch * sizes[0];
        float[] x = nasty ? Floats.nasty(length, new Random(seed), false) : Floats.random(length, seed);
        float[] expected = new float[logitsOffset + batch * sizes[sizes.length - 1] + 3], logits = expected.clone();
        mlp.predict(x, xOffset, batch, expected, logitsOffset);
        Predictor predictor = mlp.predictor();
        predictor.predict(x, xOffset, batch, logits, logitsOffset);
        assertArrayEquals(expected, logits);
    }

    /** Zeros that rows share are left out where the weights are finite. */
    @Property(tries = 60)
    void zerosChangeNoBit(@ForAll @IntRange(min = 1, max = 40) int batch, @ForAll boolean finite, @ForAll long seed) {
        Mlp mlp = network(seed, 128, 128, 64, 10);
        if (!finite) {
            mlp.parameters().set(127 * 128 + 5, Float.POSITIVE_INFINITY);
        }
        float[] x = Floats.random(batch * 128, seed), expected = new float[batch * 10], logits = expected.clone();
        for (int i = 0; i < x.length; i++) {
            x[i] = i % 128 % 16 > 3 ? 0 : x[i];
        }
        mlp.predict(x, 0, batch, expected, 0);
        mlp.predictor().predict(x, 0, batch, logits, 0);
        assertArrayEquals(expected, logits);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 8, 40, 129, 1000})
    void threadsChangeNoBit(int batch) {
        Mlp mlp = network(3, 300, 256, 20);
        float[] x = Floats.random(2 + batch * 300, 1), expected = new float[3 + batch * 20];
        mlp.predict(x, 2, batch, expected, 3);
        for (int threads = 1; threads <= 4; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Predictor predictor = mlp.predictor().withWorkers(workers);
                float[] logits = new float[expected.length];
                predictor.predict(x, 2, batch, logits, 3);
                assertArrayEquals(expected, logits);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 5, 300})
    void takesAnyMemory(int batch) {
        Mlp mlp = network(4, SIZES);
        Predictor predictor = mlp.predictor();
        float[] x = Floats.random(batch * 50, 2), expected = new float[batch * 10];
        mlp.predict(x, 0, batch, expected, 0);
        try (Arena arena = Arena.ofConfined();
                Workers workers = Workers.of(2)) {
            FloatSpan native_ = FloatSpan.of(arena.allocate(4L * x.length, 4)), array = FloatSpan.of(x);
            native_.copyFrom(array);
            FloatSpan readOnly = FloatSpan.of(native_.segment().asReadOnly());
            FloatSpan bytes = FloatSpan.of(
                    MemorySegment.ofArray(new byte[4 * expected.length + 3]).asSlice(3, 4L * expected.length));
            for (FloatSpan in : List.of(array, native_, readOnly)) {
                for (FloatSpan out : List.of(
                        FloatSpan.of(new float[expected.length + 4], 4, expected.length),
                        FloatSpan.of(arena.allocate(4L * expected.length, 4)),
                        bytes)) {
                    out.zero(0, out.length());
                    predictor.predict(in, out);
                    assertArrayEquals(expected, out.toArray());
                    out.zero(0, out.length());
                    predictor.withWorkers(workers).predict(in, out);
                    assertArrayEquals(expected, out.toArray());
                }
            }
        }
    }

    @Test
    void keepsItsWeightsWhileTheNetworkIsTrained() {
        Mlp mlp = network(5, SIZES);
        float[] x = Floats.random(8 * 50, 2), expected = new float[80], logits = new float[80];
        Predictor predictor = mlp.predictor();
        predictor.predict(x, 0, 8, expected, 0);
        Arrays.fill(mlp.parameters().array(), Float.NaN);
        predictor.predict(x, 0, 8, logits, 0);
        assertArrayEquals(expected, logits);
        assertEquals("50 10 0", predictor.inputs() + " " + predictor.classes() + " " + predictor.version());
    }

    /** Each task makes a few calls of its own and compares every answer. */
    private static int wrong(ExecutorService executor, int tasks, int calls) throws Exception {
        Mlp mlp = network(6, SIZES);
        int rows = 64;
        float[] x = Floats.random(rows * 50, 2), expected = new float[rows * 10];
        mlp.predict(x, 0, rows, expected, 0);
        Predictor predictor = mlp.predictor();
        List<Future<Integer>> results = new ArrayList<>();
        try (executor) {
            for (int task = 0; task < tasks; task++) {
                Random random = new Random(task);
                results.add(executor.submit(() -> {
                    int wrong = 0;
                    for (int call = 0; call < calls; call++) {
                        int batch = 1 + random.nextInt(9), row = random.nextInt(rows - batch);
                        float[] logits = new float[batch * 10];
                        predictor.predict(x, row * 50, batch, logits, 0);
                        int from = row * 10;
                        wrong += Arrays.equals(logits, 0, batch * 10, expected, from, from + batch * 10) ? 0 : 1;
                        if (call % 3 == 0) {
                            Thread.yield();
                        }
                    }
                    return wrong;
                }));
            }
        }
        int wrong = 0;
        for (Future<Integer> result : results) {
            wrong += result.get();
        }
        return wrong;
    }

    @Test
    void tenThousandVirtualThreadsGetTheirAnswers() throws Exception {
        assertEquals(0, wrong(Executors.newVirtualThreadPerTaskExecutor(), 10_000, 10));
    }

    @Test
    void eightThreadsGetTheirAnswers() throws Exception {
        assertEquals(0, wrong(Executors.newFixedThreadPool(8), 8, 10_000));
    }

    @Test
    void aCallAllocatesNothingOnceItIsWarm() {
        assumeTrue(Kernels.lanes() != 2, "C2 has no compare and no mask of 64 bits");
        Mlp mlp = network(7, SIZES);
        float[] x = Floats.random(300 * 50, 2), logits = new float[300 * 10];
        Predictor predictor = mlp.predictor();
        for (int batch : new int[] {300, 1, 8}) {
            Garbage.assertNone(() -> predictor.predict(x, 0, batch, logits, 0));
        }
        try (Arena arena = Arena.ofConfined();
                Workers workers = Workers.of(2)) {
            FloatSpan in = FloatSpan.of(arena.allocate(4L * x.length, 4));
            FloatSpan out = FloatSpan.of(arena.allocate(4L * logits.length, 4));
            Garbage.assertNone(() -> predictor.predict(in, out));
            Predictor divided = predictor.withWorkers(workers);
            Garbage.assertNoneInAnyThread(() -> divided.predict(x, 0, 300, logits, 0));
        }
    }

    /** What threads have used at the same time is kept only up to a bound, which does not depend on their number. */
    @Test
    void thePoolIsBounded() {
        ForwardPasses passes = new ForwardPasses(1);
        List<ForwardPass> all = new ArrayList<>();
        int many = 20 * Runtime.getRuntime().availableProcessors();
        for (int i = 0; i < many; i++) {
            all.add(passes.take());
        }
        assertEquals(many, all.stream().distinct().count());
        all.forEach(passes::give);
        int kept = 0;
        for (int i = 0; i < many; i++) {
            kept += all.contains(passes.take()) ? 1 : 0;
        }
        int processors = Runtime.getRuntime().availableProcessors();
        assertEquals(Math.clamp(kept, 2 * processors, 4 * processors), kept);
    }

    @Test
    void argumentsAreCheckedBeforeAnythingIsWritten() {
        Predictor predictor = network(1, 4, 3, 2).predictor();
        float[] x = Floats.random(8, 1), logits = new float[4];
        var negative = assertThrows(IllegalArgumentException.class, () -> predictor.predict(x, 0, -1, logits, 0));
        assertEquals("batch must be at least 0: -1", negative.getMessage());
        var in = assertThrows(IndexOutOfBoundsException.class, () -> predictor.predict(x, 1, 2, logits, 0));
        assertEquals("x too short: need indices 1..8, length is 8", in.getMessage());
        var before = assertThrows(IndexOutOfBoundsException.class, () -> predictor.predict(x, -1, 1, logits, 0));
        assertEquals("xOffset must be in [0, 8]: -1", before.getMessage());
        var out = assertThrows(IndexOutOfBoundsException.class, () -> predictor.predict(x, 0, 2, logits, 1));
        assertEquals("logits too short: need indices 1..4, length is 4", out.getMessage());
        var many = assertThrows(
                IndexOutOfBoundsException.class, () -> predictor.predict(x, 0, Integer.MAX_VALUE, logits, 0));
        assertEquals("x too short: need indices 0..8589934587, length is 8", many.getMessage());
        var overlap = assertThrows(IllegalArgumentException.class, () -> predictor.predict(x, 0, 1, x, 3));
        assertEquals("logits must not overlap x: indices 3..4 and 0..3 of one array", overlap.getMessage());
        assertArrayEquals(Floats.random(8, 1), x);
        assertArrayEquals(new float[4], logits);
        predictor.predict(x, 0, 1, x, 4);
    }

    @Test
    void spansAreCheckedBeforeAnythingIsWritten() {
        Predictor predictor = network(1, 4, 3, 2).predictor();
        FloatSpan x = FloatSpan.of(new float[8]), logits = FloatSpan.of(new float[4]);
        var in = assertThrows(IllegalArgumentException.class, () -> predictor.predict(x.slice(0, 7), logits));
        assertEquals("the length of x must be a multiple of 4 with fewer than 2³¹ rows: 7", in.getMessage());
        var out = assertThrows(IllegalArgumentException.class, () -> predictor.predict(x, logits.slice(0, 3)));
        assertEquals("the length of logits must be 4 (2 rows × 2 classes): 3", out.getMessage());
        FloatSpan readOnly = FloatSpan.of(logits.segment().asReadOnly());
        var written = assertThrows(IllegalArgumentException.class, () -> predictor.predict(x, readOnly));
        assertEquals("logits must be writable: " + readOnly, written.getMessage());
        FloatSpan closed;
        try (Arena arena = Arena.ofConfined()) {
            FloatSpan both = FloatSpan.of(arena.allocate(4 * 8, 4));
            var overlap = assertThrows(IllegalArgumentException.class, () -> predictor.predict(both, both.slice(4, 4)));
            assertEquals("logits must not overlap x: " + both.slice(4, 4) + " and " + both, overlap.getMessage());
            closed = both;
        }
        assertThrows(IllegalStateException.class, () -> predictor.predict(closed, logits));
        assertArrayEquals(new float[4], logits.toArray());
        float[] expected = new float[4];
        predictor.predict(new float[8], 0, 2, expected, 0);
        predictor.predict(x, logits);
        assertArrayEquals(expected, logits.toArray());
    }
}
