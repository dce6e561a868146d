package dev.lanewise.testing;

import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Arbitrary floats for properties: ordinary magnitudes, and all values at which float arithmetic is error-prone. They shrink towards 0. */
public final class NastyFloats {
    /**
     * The threshold of the flush, the smallest normal float, the root of the threshold, 1, the root of the largest float, and the
     * largest.
     */
    private static final int[] EDGES = {
        Float.floatToIntBits(0x1p-100f),
        Float.floatToIntBits(Float.MIN_NORMAL),
        Float.floatToIntBits(0x1p-50f),
        Float.floatToIntBits(1f),
        Float.floatToIntBits(0x1.fffffep63f),
        Float.floatToIntBits(Float.MAX_VALUE)
    };

    private NastyFloats() {}

    /** {@return every kind of float: finite ones, infinities, and NaN of either sign with any payload} */
    public static Arbitrary<Float> any() {
        Arbitrary<Float> infinite = Arbitraries.of(Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY);
        return Arbitraries.frequencyOf(
                Tuple.of(20, finite()), Tuple.of(1, infinite), Tuple.of(1, signed(bits(0x7F800001, 0x7FFFFFFF))));
    }

    /** {@return floats of all magnitudes: zeros of either sign, subnormals, numbers beside the edges, ordinary numbers} */
    public static Arbitrary<Float> finite() {
        Arbitrary<Float> ordinary = Combinators.combine(
                        Arbitraries.integers().between(-(1 << 24) + 1, (1 << 24) - 1),
                        Arbitraries.integers().between(-60, 20))
                .as((significand, exponent) -> Math.scalb((float) significand, exponent - 23));
        Arbitrary<Float> beside = Combinators.combine(
                        Arbitraries.of(0, 1, 2, 3, 4, 5), Arbitraries.integers().between(-2, 2))
                .as((edge, ulps) -> Float.intBitsToFloat(Math.min(EDGES[edge] + ulps, EDGES[5])));
        return Arbitraries.frequencyOf(
                        Tuple.of(12, ordinary),
                        Tuple.of(2, Arbitraries.of(0f, -0f, 1f, -1f)),
                        Tuple.of(2, signed(beside)),
                        Tuple.of(1, signed(bits(0, 0x7FFFFF))),
                        Tuple.of(2, signed(bits(0, 0x7F7FFFFF))))
                .withoutEdgeCases();
    }

    /**
     * {@return floats to add up, at most {@code most}; in most cases none of them is so large that it hides the others, and all
     * are finite}
     */
    public static Arbitrary<float[]> summands(int most) {
        Arbitrary<Float> alike = Arbitraries.integers()
                .between(-(1 << 24) + 1, (1 << 24) - 1)
                .withoutEdgeCases()
                .map(x -> x * 0x1p-20f);
        return Arbitraries.frequencyOf(
                Tuple.of(3, alike.array(float[].class).ofMaxSize(most)),
                Tuple.of(1, any().array(float[].class).ofMaxSize(most)));
    }

    private static Arbitrary<Float> bits(int from, int to) {
        return Arbitraries.integers().between(from, to).map(Float::intBitsToFloat);
    }

    /** Gives floats either sign by the sign bit, because the JVM may change the bits of a NaN when it negates it. */
    private static Arbitrary<Float> signed(Arbitrary<Float> magnitudes) {
        return Combinators.combine(magnitudes, Arbitraries.of(0, Integer.MIN_VALUE))
                .as((x, sign) -> Float.intBitsToFloat(Float.floatToRawIntBits(x) | sign));
    }
}
