package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class GemmTest {
    private static final float SENTINEL = -12345.5f;

    enum Form {
        PLAIN,
        BIAS,
        BIAS_RELU,
        TRANSPOSED_A,
        TRANSPOSED_B,
        MASKED;

        boolean transposedA() {
            return this == TRANSPOSED_A;
        }

        boolean transposedB() {
            return this == TRANSPOSED_B || this == MASKED;
        }
    }

    /** A product with everything around it: offsets, gaps between rows, sentinels where C is not. */
    private static final class Case {
        final Form form;
        final int rows, columns, inner, aOffset, aStride, bOffset, bStride, cOffset, cStride, mStride;
        final float[] a, b, bias, mask, c;

        Case(Form form, int rows, int columns, int inner, long seed) {
            Random random = new Random(seed);
            this.form = form;
            this.rows = rows;
            this.columns = columns;
            this.inner = inner;
            aOffset = random.nextInt(9);
            bOffset = random.nextInt(9);
            cOffset = random.nextInt(9);
            aStride = (form.transposedA() ? rows : inner) + random.nextInt(4);
            bStride = (form.transposedB() ? inner : columns) + random.nextInt(4);
            cStride = columns + random.nextInt(4);
            mStride = columns + random.nextInt(4);
            a = floats(
                    random,
                    exact(aOffset, form.transposedA() ? inner : rows, form.transposedA() ? rows : inner, aStride));
            b = floats(
                    random,
                    exact(
                            bOffset,
                            form.transposedB() ? columns : inner,
                            form.transposedB() ? inner : columns,
                            bStride));
            bias = floats(random, columns + 3);
            mask = floats(random, exact(0, rows, columns, mStride));
            c = new float[exact(cOffset, rows, columns, cStride) + 40];
            Arrays.fill(c, SENTINEL);
        }

        /** No float more than the matrix needs, so that a read too far is out of bounds. */
        static int exact(int offset, int rows, int columns, int stride) {
            return rows == 0 || columns == 0 ? offset : offset + (rows - 1) * stride + columns;
        }

        static float[] floats(Random random, int length) {
            float[] x = new float[length];
            for (int i = 0; i < length; i++) {
                x[i] = random.nextInt(20) == 0 ? 0 : (float) random.nextGaussian();
            }
            return x;
        }

        /** Sets to 0, of either sign, what some rows of A have in common, as the margins of images. */
        Case withZeros(double share, long seed) {
            Random random = new Random(seed);
            for (int p = 0; p < inner; p++) {
                int together = 1 + random.nextInt(12);
                boolean zero = false;
                for (int i = 0; i < rows; i++) {
                    zero = i % together == 0 ? random.nextDouble() < share : zero;
                    if (zero) {
                        a[aOffset + (form.transposedA() ? p * aStride + i : i * aStride + p)] =
                                random.nextBoolean() ? 0 : -0f;
                    }
                }
            }
            return this;
        }

        /** Puts values into both factors for which 0 times them, or their product, is not what it is for others. */
        Case withExtremes(long seed) {
            Random random = new Random(seed);
            float[] extremes = {
                Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MIN_VALUE, Float.MIN_VALUE, -1e-30f, -0f
            };
            for (int i = 0; i < 10; i++) {
                // One kind of them at a time: a NaN hides the others.
                float extreme = extremes[(int) Math.floorMod(seed, (long) extremes.length)];
                a[random.nextInt(a.length)] = random.nextBoolean() ? extreme : 1e-30f;
                b[random.nextInt(b.length)] = extreme;
            }
            return this;
        }

        float a(int i, int p) {
            return a[aOffset + (form.transposedA() ? p * aStride + i : i * aStride + p)];
        }

        float b(int p, int j) {
            return b[bOffset + (form.transposedB() ? j * bStride + p : p * bStride + j)];
        }

        /** The definition. */
        float element(int i, int j) {
            float sum = 0;
            for (int p = 0; p < inner; p++) {
                sum = Math.fma(a(i, p), b(p, j), sum);
            }
            return switch (form) {
                // Products that underflow may make it -0.
                case PLAIN, TRANSPOSED_A, TRANSPOSED_B -> sum + 0f;
                case BIAS -> sum + 0f + bias[3 + j];
                case BIAS_RELU -> Math.max(sum + 0f + bias[3 + j], 0);
                case MASKED -> mask[i * mStride + j] > 0 ? sum + 0f : 0;
            };
        }

        float[] expected() {
            float[] expected = c.clone();
            for (int i = 0; i < rows; i++) {
                for (int j = 0; j < columns; j++) {
                    expected[cOffset + i * cStride + j] = element(i, j);
                }
            }
            return expected;
        }

        float[] run(Gemm gemm) {
            float[] c = this.c.clone();
            switch (form) {
                case PLAIN ->
                    gemm.multiply(rows, columns, inner, a, aOffset, aStride, b, bOffset, bStride, c, cOffset, cStride);
                case BIAS, BIAS_RELU ->
                    gemm.multiplyAddBias(
                            rows,
                            columns,
                            inner,
                            a,
                            aOffset,
                            aStride,
                            b,
                            bOffset,
                            bStride,
                            bias,
                            3,
                            form == Form.BIAS_RELU,
                            c,
                            cOffset,
                            cStride);
                case TRANSPOSED_A ->
                    gemm.multiplyTransposedA(
                            rows, columns, inner, a, aOffset, aStride, b, bOffset, bStride, c, cOffset, cStride);
                case TRANSPOSED_B ->
                    gemm.multiplyTransposedB(
                            rows, columns, inner, a, aOffset, aStride, b, bOffset, bStride, c, cOffset, cStride);
                case MASKED ->
                    gemm.multiplyTransposedBMasked(
                            rows, columns, inner, a, aOffset, aStride, b, bOffset, bStride, mask, 0, mStride, c,
                            cOffset, cStride);
            }
            return c;
        }
    }

    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.oneOf(Arbitraries.integers().between(0, 40), Arbitraries.of(1, 10, 61, 64, 97, 128, 131));
    }

    @Property(tries = 400)
    void equalsTheDefinitionBitForBit(
            @ForAll Form form,
            @ForAll("sizes") int rows,
            @ForAll("sizes") int columns,
            @ForAll("sizes") int inner,
            @ForAll long seed) {
        Case test = new Case(form, rows, columns, inner, seed);
        assertArrayEquals(test.expected(), test.run(new Gemm()));
    }

    @Property(tries = 400)
    void zerosThatAreLeftOutChangeNoBit(
            @ForAll Form form,
            @ForAll("sizes") int rows,
            @ForAll("sizes") int columns,
            @ForAll("sizes") int inner,
            @ForAll @DoubleRange(min = 0.2, max = 1) double share,
            @ForAll @IntRange(min = 1, max = 3) int threads,
            @ForAll long seed) {
        Case test = new Case(form, rows, columns, inner, seed).withZeros(share, seed);
        try (Workers workers = Workers.of(threads)) {
            Gemm gemm = new Gemm(workers);
            assertArrayEquals(test.expected(), test.run(gemm));
            if (test.a.length > 0 && test.b.length > 0) {
                test.withExtremes(seed);
                assertArrayEquals(test.expected(), test.run(gemm));
            }
        }
    }

    @Test
    void zerosTimesInfinityAreNotLeftOut() {
        float[] a = new float[8 * 100], b = new float[100 * 64], c = new float[8 * 64];
        Arrays.fill(b, 1);
        b[50 * 64 + 3] = Float.POSITIVE_INFINITY;
        new Gemm().multiply(8, 64, 100, a, 0, 100, b, 0, 64, c, 0, 64);
        for (int i = 0; i < c.length; i++) {
            assertEquals(i % 64 == 3 ? Float.NaN : 0f, c[i]);
        }
    }

    /** Left out, the zeros after it would leave the -0 as it is. */
    @Test
    void aSumThatUnderflowsIsPositiveZero() {
        float[] a = new float[8 * 100], b = new float[100 * 64], c = new float[8 * 64];
        Arrays.fill(b, -Float.MIN_VALUE);
        for (int i = 0; i < 8; i++) {
            a[i * 100 + 99] = 0.25f;
        }
        new Gemm().multiply(8, 64, 100, a, 0, 100, b, 0, 64, c, 0, 64);
        assertArrayEquals(new float[c.length], c);
        Arrays.fill(a, 0.25f);
        new Gemm().multiply(8, 64, 100, a, 0, 100, b, 0, 64, c, 0, 64);
        assertArrayEquals(new float[c.length], c);
        float[] row = new float[64];
        new Gemm().multiply(1, 64, 100, a, 0, 100, b, 0, 64, row, 0, 64);
        assertArrayEquals(new float[row.length], row);
    }

    @Property(tries = 100)
    void isCloseToTheSumInDouble(
            @ForAll("sizes") int rows, @ForAll("sizes") int columns, @ForAll("sizes") int inner, @ForAll long seed) {
        Case test = new Case(Form.PLAIN, rows, columns, inner, seed);
        float[] c = test.run(new Gemm());
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                double sum = 0, magnitude = 0;
                for (int p = 0; p < inner; p++) {
                    sum += (double) test.a(i, p) * test.b(p, j);
                    magnitude += Math.abs((double) test.a(i, p) * test.b(p, j));
                }
                assertEquals(sum, c[test.cOffset + i * test.cStride + j], inner * 0x1p-24 * magnitude);
            }
        }
    }

    @Property(tries = 60)
    void threadsChangeNoBit(@ForAll Form form, @ForAll @IntRange(min = 2, max = 4) int threads, @ForAll long seed) {
        Random random = new Random(seed);
        Case test = new Case(form, 60 + random.nextInt(100), 10 + random.nextInt(150), 300 + random.nextInt(200), seed);
        try (Workers workers = Workers.of(threads)) {
            assertArrayEquals(test.run(new Gemm()), test.run(new Gemm(workers)));
        }
    }

    @Test
    void oneInstanceTakesOneShapeAfterAnother() {
        Gemm gemm = new Gemm();
        int[] sizes = {97, 3, 41, 0, 16, 14, 8, 33, 1};
        for (int i = 0; i + 2 < sizes.length; i++) {
            for (Form form : Form.values()) {
                Case test = new Case(form, sizes[i], sizes[i + 1], sizes[i + 2], i);
                assertArrayEquals(test.expected(), test.run(gemm));
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void allocatesNothingOnceItIsWarm(Form form) {
        assumeTrue(Kernels.lanes() != 2, "C2 has no compare and no mask of 64 bits");
        allocatesNothing(new Case(form, 75, 100, 100, 1));
        allocatesNothing(new Case(form, 75, 125, 130, 1).withZeros(0.5, 1));
    }

    private static void allocatesNothing(Case test) {
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Gemm gemm = new Gemm(workers);
                long copies = allocated(() -> test.c.clone()), product = -1;
                // C2 takes longer where the machine has other work.
                for (int i = 0; i < 50 && product != copies; i++) {
                    for (int j = 0; j < 200; j++) {
                        test.run(gemm);
                    }
                    product = allocated(() -> test.run(gemm));
                }
                assertEquals(copies, product);
            }
        }
    }

    /** The least of several runs: now and then the JVM allocates for itself. */
    private static long allocated(Runnable run) {
        var bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long before = bean.getTotalThreadAllocatedBytes();
            run.run();
            least = Math.min(least, bean.getTotalThreadAllocatedBytes() - before);
        }
        return least;
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        -1 | 3 | 4 | 4 | 3 | 3 | rows must be at least 0: -1
        2 | -3 | 4 | 4 | 3 | 3 | columns must be at least 0: -3
        2 | 3 | -4 | 4 | 3 | 3 | inner must be at least 0: -4
        2 | 3 | 4 | 3 | 3 | 3 | aStride must be at least the columns of a, 4: 3
        2 | 3 | 4 | 4 | 2 | 3 | bStride must be at least the columns of b, 3: 2
        2 | 3 | 4 | 4 | 3 | 2 | cStride must be at least the columns of c, 3: 2
        """)
    void countsAndStridesAreChecked(
            int rows, int columns, int inner, int aStride, int bStride, int cStride, String message) {
        var e = assertThrows(
                IllegalArgumentException.class,
                () -> new Gemm()
                        .multiply(
                                rows,
                                columns,
                                inner,
                                new float[9],
                                0,
                                aStride,
                                new float[12],
                                0,
                                bStride,
                                new float[6],
                                0,
                                cStride));
        assertEquals(message, e.getMessage());
    }

    @Test
    void arraysAreCheckedBeforeAnythingIsWritten() {
        float[] c = {SENTINEL, SENTINEL, SENTINEL, SENTINEL};
        Gemm gemm = new Gemm();
        var a = assertThrows(
                IndexOutOfBoundsException.class,
                () -> gemm.multiply(2, 2, 2, new float[4], 1, 2, new float[4], 0, 2, c, 0, 2));
        assertEquals("a needs the floats 1 to 4, but its array has a length of 4", a.getMessage());
        var b = assertThrows(
                IndexOutOfBoundsException.class,
                () -> gemm.multiply(2, 2, 2, new float[4], 0, 2, new float[4], -1, 2, c, 0, 2));
        assertEquals("b needs the floats -1 to 2, but its array has a length of 4", b.getMessage());
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> gemm.multiply(2, 2, 2, new float[4], 0, 2, new float[4], 0, 2, c, 0, Integer.MAX_VALUE));
        var bias = assertThrows(
                IndexOutOfBoundsException.class,
                () -> gemm.multiplyAddBias(
                        2, 2, 2, new float[4], 0, 2, new float[4], 0, 2, new float[2], 1, false, c, 0, 2));
        assertEquals("bias needs the floats 1 to 2, but its array has a length of 2", bias.getMessage());
        var mask = assertThrows(
                IndexOutOfBoundsException.class,
                () -> gemm.multiplyTransposedBMasked(
                        2, 2, 2, new float[4], 0, 2, new float[4], 0, 2, new float[3], 0, 2, c, 0, 2));
        assertEquals("mask needs the floats 0 to 3, but its array has a length of 3", mask.getMessage());
        assertArrayEquals(new float[] {SENTINEL, SENTINEL, SENTINEL, SENTINEL}, c);
    }

    @Test
    void cMayShareAnArrayButNoFloat() {
        float[] all = new float[12];
        Arrays.fill(all, 0, 8, 2);
        Gemm gemm = new Gemm();
        var e = assertThrows(
                IllegalArgumentException.class, () -> gemm.multiply(2, 2, 2, all, 0, 2, all, 4, 2, all, 7, 2));
        assertEquals("c must not overlap b, but both are in one array, from 7 to 10 and from 4 to 7", e.getMessage());
        gemm.multiply(2, 2, 2, all, 0, 2, all, 4, 2, all, 8, 2);
        assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2, 2, 2, 8, 8, 8, 8}, all);
    }

    @Test
    void notANumberPassesTheRectifierAndNotTheMask() {
        float[] nan = {Float.NaN}, one = {1}, c = new float[1];
        new Gemm().multiplyAddBias(1, 1, 1, nan, 0, 1, one, 0, 1, one, 0, true, c, 0, 1);
        assertTrue(Float.isNaN(c[0]));
        new Gemm().multiplyTransposedBMasked(1, 1, 1, one, 0, 1, one, 0, 1, nan, 0, 1, c, 0, 1);
        assertEquals(0, c[0]);
    }
}
