package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.NastyFloats;
import dev.lanewise.testing.Place;
import java.lang.foreign.Arena;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class SumOfSquaresTest {
    /** Adds up the squares, or the floats themselves, in the documented order. */
    private static double definition(float[] x, int from, int count, boolean squared) {
        double[] lanes = new double[16];
        for (int i = 0; i < count; i++) {
            double value = x[from + i];
            lanes[i % 16] += squared ? value * value : value;
        }
        for (int half = 8; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[0];
    }

    @Provide
    Arbitrary<float[]> values() {
        return NastyFloats.summands(300);
    }

    @Provide
    Arbitrary<Place> places() {
        return Place.any();
    }

    @Property(tries = 600, edgeCases = EdgeCasesMode.NONE)
    void everyStorageSumsInOneOrder(
            @ForAll("values") float[] x,
            @ForAll("places") Place place,
            @ForAll @IntRange(max = 20) int offset,
            @ForAll boolean squared) {
        int from = Math.min(offset, x.length);
        try (Memory memory = new Memory()) {
            SumOfSquares sum = new SumOfSquares(1, squared);
            sum.bind(memory.allocate(place, x.length).set(x).span());
            assertEquals(definition(x, from, x.length - from, squared), sum.sum(0, from, x.length - from));
        }
    }

    /** Floats are loaded half a vector at a time, and bf16 a whole one. */
    @Property(tries = 200, edgeCases = EdgeCasesMode.NONE)
    void bf16IsSummedAsFloatsAre(
            @ForAll("values") float[] x,
            @ForAll @IntRange(max = 20) int offset,
            @ForAll boolean inArray,
            @ForAll boolean squared) {
        int from = Math.min(offset, x.length);
        try (Arena arena = Arena.ofConfined()) {
            Bf16Span halves = inArray
                    ? Bf16Span.of(new short[x.length])
                    : Bf16Span.of(arena.allocate((long) Short.BYTES * x.length, Short.BYTES));
            halves.copyFrom(FloatSpan.of(x));
            float[] rounded = new float[x.length];
            for (int i = 0; i < x.length; i++) {
                rounded[i] = Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(x[i]));
            }
            FloatSource source = new FloatSource();
            source.set(halves);
            SumOfSquares sum = new SumOfSquares(1, squared);
            sum.bind(source);
            assertEquals(definition(rounded, from, x.length - from, squared), sum.sum(0, from, x.length - from));
        }
    }

    /** A range is divided into blocks, whose sums are those of each block alone. */
    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void sumsTheBlocksOfARange(
            @ForAll @IntRange(max = 13 * SumOfSquares.BLOCK) int count,
            @ForAll @IntRange(max = 20) int from,
            @ForAll("places") Place place,
            @ForAll boolean squared,
            @ForAll long seed) {
        Random random = new Random(seed);
        float[] x = new float[from + count];
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.scalb(random.nextFloat() - 0.5f, random.nextInt(60) - 30);
        }
        int blocks = Math.ceilDiv(count, SumOfSquares.BLOCK);
        double[] sums = new double[blocks + 2], expected = sums.clone();
        for (int i = 0; i < blocks; i++) {
            int done = i * SumOfSquares.BLOCK;
            expected[1 + i] = definition(x, from + done, Math.min(SumOfSquares.BLOCK, count - done), squared);
        }
        try (Memory memory = new Memory()) {
            SumOfSquares sum = new SumOfSquares(2, squared);
            sum.bind(memory.allocate(place, x.length).set(x).span());
            sum.sums(0, 2, from, from + count, sums, 1);
            sum.sums(1, 2, from, from + count, sums, 1);
        }
        assertArrayEquals(expected, sums);
    }
}
