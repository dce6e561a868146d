package dev.lanewise.linalg;

import dev.lanewise.internal.Check;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PixelsKernel;
import dev.lanewise.internal.kernel.Readiness;

/** Converts pixels from unsigned bytes, as image files store them, to floats, the inputs of a network. */
public final class Pixels {
    /** The smallest number of lanes for which a vector of as many bytes exists: no vector is shorter than 64 bits. */
    private static final int MIN_LANES = 8;

    private static final Readiness TO_FLOATS = new Readiness("Pixels", MIN_LANES, vectors -> {
        int count = vectors * Kernels.lanes();
        PixelsKernel.toFloats(new byte[count], 0, 1, new float[count], 0, count);
        return count;
    });

    private Pixels() {}

    /**
     * Divides unsigned bytes by a float, with one rounding each: {@code y = (x & 0xff) / divisor}.
     *
     * @param x the bytes, from {@code from} on
     * @param from the index of the first byte
     * @param divisor the divisor, such as 255 for results in [0, 1]
     * @param y receives the quotients, from {@code to} on
     * @param to the index of the first quotient
     * @param count the number of bytes, at least 0
     * @throws IllegalArgumentException if {@code count} is negative
     * @throws IndexOutOfBoundsException if an index is negative or an array too short; nothing has been written then
     */
    public static void toFloats(byte[] x, int from, float divisor, float[] y, int to, int count) {
        Check.atLeast(0, "count", count);
        Check.range("x", x.length, "from", from, count);
        Check.range("y", y.length, "to", to, count);
        if (TO_FLOATS.isReady()) {
            int vectors = count - count % Kernels.lanes();
            PixelsKernel.toFloats(x, from, divisor, y, to, vectors);
            define(x, from + vectors, divisor, y, to + vectors, count - vectors);
        } else if (count > 0) {
            long start = TO_FLOATS.start();
            define(x, from, divisor, y, to, count);
            TO_FLOATS.end(start, count);
        }
    }

    private static void define(byte[] x, int from, float divisor, float[] y, int to, int count) {
        for (int i = 0; i < count; i++) {
            y[to + i] = (x[from + i] & 0xff) / divisor;
        }
    }
}
