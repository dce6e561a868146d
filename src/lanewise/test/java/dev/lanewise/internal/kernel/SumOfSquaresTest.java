package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.testing.Memory;
import dev.lanewise.testing.NastyFloats;
import dev.lanewise.testing.Place;
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
}
