package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.junit.jupiter.api.Test;

class ServingTest {
    private static final int[] SIZES = {60, 50, 40, 10};
    private static final int VERSIONS = 400, ROWS = 4;

    private static Mlp network(long seed) {
        Mlp mlp = new Mlp(SIZES);
        mlp.initialize(seed);
        return mlp;
    }

    @Test
    void readersSeeTheVersionPublishedLast() {
        Mlp mlp = network(1);
        Serving serving = new Serving(mlp);
        Predictor first = serving.latest();
        assertEquals(1, serving.version());
        assertEquals(1, first.version());
        assertSame(first, serving.latest());
        float[] x = Floats.random(60, 1), before = new float[10], now = new float[10], expected = new float[10];
        first.predict(x, 0, 1, before, 0);
        mlp.initialize(2);
        first.predict(x, 0, 1, now, 0);
        assertArrayEquals(before, now);
        assertEquals(2, serving.publish(mlp));
        assertEquals(2, serving.version());
        mlp.predict(x, 0, 1, expected, 0);
        serving.latest().predict(x, 0, 1, now, 0);
        assertArrayEquals(expected, now);
        assertNotEquals(before[0], now[0]);
        first.predict(x, 0, 1, now, 0);
        assertArrayEquals(before, now);
    }

    /**
     * A trainer changes its weights all the time and publishes them, while threads verify that each answer is that of the version
     * they had, to the bit: the answers of the network itself, which the trainer has stored before it publishes.
     */
    @Test
    void noAnswerMixesVersions() throws Exception {
        Mlp mlp = network(1);
        float[] x = Floats.random(ROWS * 60, 1);
        AtomicReferenceArray<float[]> expected = new AtomicReferenceArray<>(VERSIONS + 1);
        expected.set(1, answers(mlp, x));
        Serving serving = new Serving(mlp);
        List<Future<Long>> readers = new ArrayList<>();
        AtomicBoolean ended = new AtomicBoolean();
        try (ExecutorService executor = Executors.newFixedThreadPool(8)) {
            Callable<Long> reader = () -> {
                float[] logits = new float[ROWS * 10];
                long calls = 0, last = 0;
                while (last < VERSIONS && !ended.get()) {
                    Predictor predictor = serving.latest();
                    assertTrue(predictor.version() >= last, "versions go forward");
                    last = predictor.version();
                    predictor.predict(x, 0, ROWS, logits, 0);
                    assertArrayEquals(expected.get((int) last), logits, "version " + last);
                    calls++;
                }
                return calls;
            };
            for (int i = 0; i < 8; i++) {
                readers.add(executor.submit(reader));
            }
            try {
                for (int version = 2; version <= VERSIONS; version++) {
                    mlp.initialize(version);
                    expected.set(version, answers(mlp, x));
                    assertEquals(version, serving.publish(mlp));
                    Thread.yield();
                }
            } catch (Throwable e) {
                // The readers would wait for the last version.
                ended.set(true);
                throw e;
            }
        }
        for (Future<Long> reader : readers) {
            assertTrue(reader.get() > 0);
        }
    }

    private static float[] answers(Mlp mlp, float[] x) {
        float[] answers = new float[ROWS * 10];
        mlp.predict(x, 0, ROWS, answers, 0);
        return answers;
    }

    /** The weights and biases, padded, and the objects of the predictor; and no scratch memory for the calls that follow. */
    @Test
    void aPublicationAllocatesTheWeightsAlone() {
        Mlp mlp = network(1);
        Serving serving = new Serving(mlp);
        float[] x = Floats.random(60, 1), logits = new float[10];
        Garbage.assertNone(() -> serving.latest().predict(x, 0, 1, logits, 0));
        long most = 3000;
        for (int i = 0; i + 1 < SIZES.length; i++) {
            most += 4L * (SIZES[i] + 1) * Math.ceilDiv(SIZES[i + 1], 32) * 32;
        }
        long bytes = Long.MAX_VALUE;
        // Until C2 has compiled what packs the weights, its vectors are objects.
        for (int i = 0; i < 500 && bytes > most; i++) {
            bytes = Garbage.of(() -> {
                serving.publish(mlp);
                serving.latest().predict(x, 0, 1, logits, 0);
            });
        }
        assertTrue(bytes > 0 && bytes <= most, bytes + " of at most " + most);
    }

    @Test
    void theSizesMustBeTheSame() {
        Serving serving = new Serving(network(1));
        var e = assertThrows(IllegalArgumentException.class, () -> serving.publish(new Mlp(60, 50, 10)));
        assertEquals("mlp must have the sizes " + Arrays.toString(SIZES) + ": [60, 50, 10]", e.getMessage());
        assertEquals(1, serving.version());
    }
}
