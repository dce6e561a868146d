package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.Memory.Room;
import dev.lanewise.testing.NastyFloats;
import dev.lanewise.testing.Place;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class FlatVectorsTest {
    @Provide
    Arbitrary<float[]> values() {
        return NastyFloats.any().array(float[].class).ofMaxSize(300);
    }

    @Provide
    Arbitrary<Float> finite() {
        return NastyFloats.finite();
    }

    @Provide
    Arbitrary<Place> writable() {
        return Place.writable();
    }

    @Provide
    Arbitrary<Place> places() {
        return Place.any();
    }

    private static float[] combined(float a, float[] x, float b, float[] y) {
        float[] w = new float[x.length];
        for (int i = 0; i < w.length; i++) {
            w[i] = x[i] * a + y[i] * b;
        }
        return w;
    }

    private static float[] shifted(float[] x) {
        float[] y = x.clone();
        for (int i = 0; i < y.length; i++) {
            y[i] = x[x.length - 1 - i];
        }
        return y;
    }

    /** w = a·x + b·y has the bits of the plain loop in all storages, where w is x too, and writes nothing else. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void everyStorageHasTheBitsOfTheLoop(
            @ForAll("values") float[] x,
            @ForAll("finite") float a,
            @ForAll("finite") float b,
            @ForAll("writable") Place placeOfW,
            @ForAll("places") Place placeOfY) {
        float[] y = shifted(x), expected = combined(a, x, b, y);
        try (Memory memory = new Memory()) {
            Place writableY = new Place(placeOfY.storage(), placeOfY.before(), placeOfY.shift(), false);
            FlatVectors vectors = new FlatVectors(x.length, Workers.caller());
            Room w = memory.allocate(placeOfW, x.length),
                    right = memory.allocate(writableY, x.length).set(y);
            vectors.combine(
                    w.span(), a, memory.allocate(placeOfY, x.length).set(x).span(), b, right.span());
            assertArrayEquals(expected, w.span().toArray());
            Room inPlace = memory.allocate(placeOfW, x.length).set(x);
            vectors.combine(inPlace.span(), a, inPlace.span(), b, right.span());
            assertArrayEquals(expected, inPlace.span().toArray());
            Room moved = memory.allocate(placeOfW, x.length);
            vectors.move(moved.span(), FloatSpan.of(x), b, FloatSpan.of(y));
            assertArrayEquals(combined(1, x, b, y), moved.span().toArray());
            assertArrayEquals(y, right.span().toArray());
            w.assertUntouchedAround("w");
            inPlace.assertUntouchedAround("x and w");
            moved.assertUntouchedAround("the parameters");
        }
    }

    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void theLargestMagnitudeIsThatOfTheLoop(@ForAll("values") float[] x, @ForAll("places") Place place) {
        float expected = 0;
        for (float each : x) {
            expected = Math.max(expected, Math.abs(each));
        }
        try (Memory memory = new Memory()) {
            FlatVectors vectors = new FlatVectors(x.length, Workers.caller());
            assertEquals(
                    expected,
                    vectors.largest(memory.allocate(place, x.length).set(x).span()));
        }
    }

    /** Threads divide what the caller computes alone, with the same bits. */
    @Test
    void threadsHaveTheBitsOfOne() {
        int n = (1 << 17) + 4_099;
        float[] x = Floats.nasty(n, new Random(1), true), y = shifted(x);
        FlatVectors alone = new FlatVectors(n, Workers.caller());
        FloatSpan expected = FloatSpan.of(new float[n]), w = FloatSpan.of(new float[n]);
        alone.combine(expected, 0.3, FloatSpan.of(x), -1.7, FloatSpan.of(y));
        double sum = 0;
        for (float each : x) {
            sum += Math.abs(each);
        }
        assertEquals(sum, alone.sumOfMagnitudes(FloatSpan.of(x)));
        for (int threads = 2; threads <= 5; threads++) {
            try (Workers workers = Workers.of(threads)) {
                FlatVectors vectors = new FlatVectors(n, workers);
                vectors.combine(w, 0.3, FloatSpan.of(x), -1.7, FloatSpan.of(y));
                assertArrayEquals(expected.toArray(), w.toArray());
                assertEquals(
                        alone.dot(FloatSpan.of(x), FloatSpan.of(y)), vectors.dot(FloatSpan.of(x), FloatSpan.of(y)));
                assertEquals(alone.largest(FloatSpan.of(x)), vectors.largest(FloatSpan.of(x)));
                w.set(n - 1, Float.NaN);
                assertEquals(Double.NaN, vectors.largest(w));
            }
        }
    }
}
