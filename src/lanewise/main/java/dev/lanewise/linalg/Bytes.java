package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.BytesKernel;
import dev.lanewise.internal.kernel.Kernels;
import java.util.Objects;

/** Unsigned bytes as floats: pixels on their way into a network. */
public final class Bytes {
    /** A vector of as many bytes has at least 64 bits. */
    private static final int FEWEST_LANES = 8;

    private static final int LANES = Kernels.lanes();

    private Bytes() {}

    /**
     * The quotients of unsigned bytes and a divisor, each rounded once: {@code y = (x & 0xff) / divisor}.
     *
     * @param x the bytes, from {@code from} on
     * @param from index of the first byte
     * @param divisor what each is divided by
     * @param y where the quotients go, from {@code to} on
     * @param to index of the first quotient
     * @param count how many, from 0
     * @throws IllegalArgumentException if {@code count} is negative
     * @throws IndexOutOfBoundsException if an array is too short; nothing has been written then
     */
    public static void divide(byte[] x, int from, float divisor, float[] y, int to, int count) {
        Checks.atLeast(0, "count", count);
        Objects.checkFromIndexSize(from, count, x.length);
        Checks.matrix("y", y, to, 1, count, count);
        int i = 0;
        if (LANES >= FEWEST_LANES) {
            i = count - count % LANES;
            BytesKernel.divide(x, from, divisor, y, to, i);
        }
        for (; i < count; i++) {
            y[to + i] = (x[from + i] & 0xff) / divisor;
        }
    }
}
