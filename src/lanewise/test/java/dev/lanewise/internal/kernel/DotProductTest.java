package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.NastyFloats;
import dev.lanewise.testing.Place;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

class DotProductTest {
    /** Adds up the products in the documented order. */
    private static double definition(float[] x, float[] y, int from, int count) {
        double[] lanes = new double[16];
        for (int i = 0; i < count; i++) {
            lanes[i % 16] += (double) x[from + i] * y[from + i];
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
        return NastyFloats.summands(600);
    }

    @Provide
    Arbitrary<Place> places() {
        return Place.any();
    }

    /** The first half of the values times the second, each in a storage of its own. */
    @Property(tries = 300, edgeCases = EdgeCasesMode.NONE)
    void everyPairOfStoragesSumsInOneOrder(
            @ForAll("values") float[] values,
            @ForAll("places") Place placeOfX,
            @ForAll("places") Place placeOfY,
            @ForAll @IntRange(max = 20) int offset) {
        int n = values.length / 2, from = Math.min(offset, n);
        float[] x = new float[n], y = new float[n];
        System.arraycopy(values, 0, x, 0, n);
        System.arraycopy(values, n, y, 0, n);
        try (Memory memory = new Memory()) {
            DotProduct dot = new DotProduct(1);
            dot.bind(
                    memory.allocate(placeOfX, n).set(x).span(),
                    memory.allocate(placeOfY, n).set(y).span());
            assertEquals(definition(x, y, from, n - from), dot.sum(0, from, n - from));
        }
    }

    /** A square is that of the other sum. */
    @Property(tries = 100, edgeCases = EdgeCasesMode.NONE)
    void theProductWithItselfIsTheSumOfSquares(@ForAll("values") float[] x, @ForAll("places") Place place) {
        try (Memory memory = new Memory()) {
            FloatSpan span = memory.allocate(place, x.length).set(x).span();
            DotProduct dot = new DotProduct(1);
            dot.bind(span, span);
            SumOfSquares squares = new SumOfSquares(1);
            squares.bind(span);
            assertEquals(squares.sum(0, 0, x.length), dot.sum(0, 0, x.length));
        }
    }
}
