package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class GemmTest {
    private static final float SENTINEL = -12345.5f;

    /** A kind of product: the factor that is transposed, and the epilogue. */
    enum Form {
        NN,
        NN_BIAS,
        NN_BIAS_RELU,
        NN_MASK,
        TN,
        TN_BIAS,
        TN_BIAS_RELU,
        TN_MASK,
        NT,
        NT_BIAS,
        NT_BIAS_RELU,
        NT_MASK;

        boolean transposedA() {
            return ordinal() / 4 == 1;
        }

        boolean transposedB() {
            return ordinal() / 4 == 2;
        }

        boolean bias() {
            return ordinal() % 4 == 1 || relu();
        }

        boolean relu() {
            return ordinal() % 4 == 2;
        }

        boolean mask() {
            return ordinal() % 4 == 3;
        }
    }

    /** A product with offsets, gaps between rows, and sentinels around C and in its gaps. */
    static final class Case {
        final Form form;
        final int rows, columns, inner, aOffset, aStride, bOffset, bStride, cOffset, cStride, mStride;
        final float[] a, b, bias, mask, c;
        final Matrix aView, bView, cView = new Matrix();
        final Epilogue epilogue;

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
            aView = Matrix.of(
                    a, aOffset, form.transposedA() ? inner : rows, form.transposedA() ? rows : inner, aStride);
            bView = Matrix.of(
                    b, bOffset, form.transposedB() ? columns : inner, form.transposedB() ? inner : columns, bStride);
            Matrix biasView = Matrix.of(bias, 3, 1, columns), maskView = Matrix.of(mask, 0, rows, columns, mStride);
            epilogue = form.relu()
                    ? Epilogue.biasRelu(biasView)
                    : form.bias() ? Epilogue.bias(biasView) : form.mask() ? Epilogue.mask(maskView) : Epilogue.NONE;
        }

        /** Allocates not a float more than the matrix needs, so that a read beyond it is out of bounds. */
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

        /** Sets elements that adjacent rows of A share to 0 of either sign, as in the margins of images. */
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

        /** Puts values into both factors whose products with 0 are NaN or −0, or whose products overflow or underflow. */
        Case withExtremes(long seed) {
            Random random = new Random(seed);
            float[] extremes = {
                Float.NaN, Float.NEGATIVE_INFINITY, Float.MAX_VALUE, -Float.MIN_VALUE, Float.MIN_VALUE, -1e-30f, -0f
            };
            for (int i = 0; i < 10; i++) {
                // One kind at a time, because a NaN hides the others.
                float extreme = extremes[(int) Math.floorMod(seed, (long) extremes.length)];
                a[random.nextInt(a.length)] = random.nextBoolean() ? extreme : 1e-30f;
                b[random.nextInt(b.length)] = extreme;
            }
            return this;
        }

        /** Multiplies all elements of both factors. */
        Case scaled(float factor) {
            for (float[] x : List.of(a, b)) {
                for (int i = 0; i < x.length; i++) {
                    x[i] *= factor;
                }
            }
            return this;
        }

        float a(int i, int p) {
            return a[aOffset + (form.transposedA() ? p * aStride + i : i * aStride + p)];
        }

        float b(int p, int j) {
            return b[bOffset + (form.transposedB() ? j * bStride + p : p * bStride + j)];
        }

        /** Computes an element by the definition. */
        float element(int i, int j) {
            float sum = 0;
            for (int p = 0; p < inner; p++) {
                sum = Math.fma(a(i, p), b(p, j), sum);
            }
            // Products that underflow may give -0.
            sum += 0f;
            if (form.bias()) {
                sum += bias[3 + j];
            }
            if (form.relu()) {
                sum = Math.max(sum, 0);
            }
            return form.mask() && !(mask[i * mStride + j] > 0) ? 0 : sum;
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

        /** Computes A·B by a packed B, or the other forms as they are. */
        float[] runPacked(Gemm gemm) {
            if (form.transposedA() || form.transposedB()) {
                return run(gemm);
            }
            float[] c = this.c.clone();
            gemm.multiply(aView, PackedMatrix.of(bView), epilogue, cView.set(c, cOffset, rows, columns, cStride));
            return c;
        }

        float[] run(Gemm gemm) {
            float[] c = this.c.clone();
            cView.set(c, cOffset, rows, columns, cStride);
            if (form.transposedA()) {
                gemm.multiplyTransposedA(aView, bView, epilogue, cView);
            } else if (form.transposedB()) {
                gemm.multiplyTransposedB(aView, bView, epilogue, cView);
            } else {
                gemm.multiply(aView, bView, epilogue, cView);
            }
            return c;
        }
    }

    /** Returns a matrix in an array of its own. */
    private static Matrix matrix(int rows, int columns) {
        return Matrix.of(new float[rows * columns], 0, rows, columns);
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
            // All products underflow, and many sums are −0 before they are stored.
            test = new Case(form, rows, columns, inner, seed).scaled(1e-30f).withZeros(share, seed);
            assertArrayEquals(test.expected(), test.run(gemm));
        }
    }

    /** A long sum is continued from block to block, from C or, at its edges, from a copy. */
    @Property(tries = 100)
    void blocksOfTermsChangeNoBit(
            @ForAll Form form,
            @ForAll @IntRange(min = 4, max = 21) int rows,
            @ForAll @IntRange(min = 1, max = 70) int columns,
            @ForAll @IntRange(min = 1, max = 3) int blocks,
            @ForAll @IntRange(min = 0, max = 40) int rest,
            @ForAll @IntRange(min = 1, max = 2) int threads,
            @ForAll long seed) {
        int inner = blocks * GemmPlan.BLOCK_B / Panels.NR + rest;
        Case test = new Case(form, rows, columns, inner, seed);
        try (Workers workers = Workers.of(threads)) {
            Gemm gemm = new Gemm(workers);
            assertArrayEquals(test.expected(), test.run(gemm));
            assertArrayEquals(test.withExtremes(seed).expected(), test.run(gemm));
        }
    }

    @ParameterizedTest
    @EnumSource(Form.class)
    void slicesThatFitIntoTheCacheChangeNoBit(Form form) {
        int inner = GemmPlan.BLOCK_B / Panels.NR, rows = 3 * GemmPlan.BLOCK_A / inner + 5;
        Case test = new Case(form, rows, Panels.NR + 3, inner, 1);
        assertArrayEquals(test.expected(), test.run(new Gemm()));
    }

    /**
     * B is read where it is, or packed because its rows are a page apart or are multiplied by many; or there are more terms than
     * a copied row has room for; or the last columns are few; or several panels of A continue sums.
     */
    @ParameterizedTest
    @CsvSource({
        "5, 1024, 260",
        "13, 1024, 260",
        "131, 67, 30",
        "259, 40, 20",
        "12, 40, 4112",
        "13, 40, 4113",
        "9, 10, 4113",
        "130, 16, 129",
        "200, 48, 130",
        "40, 80, 4113"
    })
    void packingOrNotChangesNoBit(int rows, int columns, int inner) {
        try (Workers workers = Workers.of(2)) {
            Gemm one = new Gemm(), two = new Gemm(workers);
            // One of four has no gap between the rows of B.
            for (int seed = 0; seed < 4; seed++) {
                for (Form form : List.of(Form.NN, Form.TN_BIAS, Form.NT_MASK)) {
                    Case test = new Case(form, rows, columns, inner, seed);
                    float[] expected = test.expected();
                    assertArrayEquals(expected, test.run(one));
                    assertArrayEquals(expected, test.run(two));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {255, 256, 261, 530})
    void theBeginningOfAMatrixInItsArrayChangesNoBit(int columns) {
        Case test = new Case(Form.NN, 1, columns, 5, columns);
        for (int offset = 0; offset <= 16; offset++) {
            float[] b = new float[offset + test.b.length - test.bOffset];
            System.arraycopy(test.b, test.bOffset, b, offset, b.length - offset);
            test.bView.set(b, offset, test.inner, columns, test.bStride);
            assertArrayEquals(test.expected(), test.run(new Gemm()), "offset " + offset);
        }
    }

    /** A tile of Aᵀ reads as many adjacent floats of each row of A as it has rows, so that slices of fewer would read what is before A. */
    @ParameterizedTest
    @ValueSource(ints = {12, 13, 20, 23, 24, 25, 35, 36, 47, 61})
    void slicesOfATransposedFactorReadNothingBeforeIt(int rows) {
        try (Workers two = Workers.of(2);
                Workers three = Workers.of(3)) {
            for (int columns : new int[] {31, 40, 70}) {
                // The seed determines where A begins in its array.
                for (int seed = 0; seed < 12; seed++) {
                    Case test = new Case(Form.TN, rows, columns, (1 << 19) / rows / columns + 1, seed);
                    float[] expected = test.expected();
                    assertArrayEquals(expected, test.run(new Gemm(two)));
                    assertArrayEquals(expected, test.run(new Gemm(three)));
                }
            }
        }
    }

    /**
     * The tasks of a thread share the panels of B that the first of them packs, which are all or some of the columns. Columns of A
     * are copied for many terms or pages.
     */
    @ParameterizedTest
    @CsvSource({
        "NT, 100, 40, 130",
        "NN, 203, 70, 130",
        "TN, 203, 70, 130",
        "NT, 13, 75, 600",
        "NT, 14, 107, 400",
        "NT, 50, 200, 140",
        "TN, 40, 200, 200",
        "TN_MASK, 61, 195, 192",
        "TN, 1024, 135, 20",
        "TN_BIAS, 1021, 161, 20"
    })
    void whatTasksKeepChangesNoBit(Form form, int rows, int columns, int inner) {
        try (Workers two = Workers.of(2);
                Workers four = Workers.of(4)) {
            Gemm[] gemms = {new Gemm(), new Gemm(two), new Gemm(four)};
            // Each product has another B, and which thread has which tasks differs from one to the next.
            for (int seed = 0; seed < 8; seed++) {
                Case test = new Case(form, rows, columns, inner, seed);
                float[] expected = test.expected();
                for (Gemm gemm : gemms) {
                    assertArrayEquals(expected, test.run(gemm));
                }
            }
        }
    }

    /**
     * Products that are just large enough for several tasks, with slices of rows and parts of columns of all remainders, and sums
     * of up to 32,769 terms.
     */
    @ParameterizedTest
    @EnumSource(names = {"NN_BIAS_RELU", "TN", "NT_MASK"})
    void tasksOfEveryShapeChangeNoBit(Form form) {
        try (Workers two = Workers.of(2);
                Workers four = Workers.of(4)) {
            Gemm[] gemms = {new Gemm(two), new Gemm(four)};
            int seed = 0;
            for (int rows : new int[] {1, 4, 13, 25, 97}) {
                for (int columns : new int[] {16, 33, 131}) {
                    Case test = new Case(form, rows, columns, (1 << 19) / rows / columns + 1, seed++);
                    float[] expected = test.expected();
                    for (Gemm gemm : gemms) {
                        assertArrayEquals(expected, test.run(gemm), () -> rows + " x " + columns);
                    }
                }
            }
        }
    }

    @Test
    void zerosTimesInfinityAreNotLeftOut() {
        Matrix a = matrix(8, 100), b = matrix(100, 64), c = matrix(8, 64);
        Arrays.fill(b.array(), 1);
        b.array()[50 * 64 + 3] = Float.POSITIVE_INFINITY;
        new Gemm().multiply(a, b, c);
        for (int i = 0; i < 8 * 64; i++) {
            assertEquals(i % 64 == 3 ? Float.NaN : 0f, c.array()[i]);
        }
    }

    /** If the zeros after it were skipped, the -0 would remain. */
    @Test
    void aSumThatUnderflowsIsPositiveZero() {
        Matrix a = matrix(8, 100), b = matrix(100, 64), c = matrix(8, 64);
        Arrays.fill(b.array(), -Float.MIN_VALUE);
        for (int i = 0; i < 8; i++) {
            a.array()[i * 100 + 99] = 0.25f;
        }
        new Gemm().multiply(a, b, c);
        assertArrayEquals(new float[8 * 64], c.array());
        Arrays.fill(a.array(), 0.25f);
        new Gemm().multiply(a, b, c);
        assertArrayEquals(new float[8 * 64], c.array());
        c.set(new float[64], 0, 1, 64);
        new Gemm().multiply(a.set(a.array(), 0, 1, 100), b, c);
        assertArrayEquals(new float[64], c.array());
    }

    @Property(tries = 100)
    void isCloseToTheSumInDouble(
            @ForAll("sizes") int rows, @ForAll("sizes") int columns, @ForAll("sizes") int inner, @ForAll long seed) {
        Case test = new Case(Form.NN, rows, columns, inner, seed);
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
                // The JVM's count of all threads has been seen to be too low once.
                long copies = Math.max(Garbage.of(() -> test.c.clone()), Garbage.of(() -> test.c.clone())),
                        product = -1;
                // C2 takes longer if the machine is busy.
                for (int i = 0; i < 50 && product != copies; i++) {
                    for (int j = 0; j < 200; j++) {
                        test.run(gemm);
                    }
                    product = Garbage.of(() -> test.run(gemm));
                }
                assertEquals(copies, product);
            }
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        NN | 2 | 4 | 3 | 3 | 2 | 3 | rows of b must be 4 (columns of a): 3
        NN | 2 | 4 | 4 | 3 | 1 | 3 | rows of c must be 2 (rows of a): 1
        NN | 2 | 4 | 4 | 3 | 2 | 4 | columns of c must be 3 (columns of b): 4
        TN | 4 | 2 | 3 | 3 | 2 | 3 | rows of b must be 4 (rows of a): 3
        TN | 4 | 2 | 4 | 3 | 4 | 3 | rows of c must be 2 (columns of a): 4
        NT | 2 | 4 | 3 | 3 | 2 | 3 | columns of b must be 4 (columns of a): 3
        NT | 2 | 4 | 3 | 4 | 2 | 4 | columns of c must be 3 (rows of b): 4
        NN_BIAS | 2 | 4 | 4 | 2 | 2 | 2 | columns of bias must be 2 (columns of c): 3
        NN_BIAS_RELU | 2 | 4 | 4 | 2 | 2 | 2 | columns of bias must be 2 (columns of c): 3
        NN_MASK | 1 | 4 | 4 | 3 | 1 | 3 | rows of mask must be 1 (rows of c): 2
        NN_MASK | 2 | 4 | 4 | 2 | 2 | 2 | columns of mask must be 2 (columns of c): 3
        """)
    void shapesAreCheckedBeforeAnythingIsWritten(
            Form form, int aRows, int aColumns, int bRows, int bColumns, int cRows, int cColumns, String message) {
        Case test = new Case(form, 2, 3, 4, 1);
        test.aView.set(new float[16], 0, aRows, aColumns);
        test.bView.set(new float[16], 0, bRows, bColumns);
        float[] c = new float[16];
        Arrays.fill(c, SENTINEL);
        float[] before = c.clone();
        Matrix product = Matrix.of(c, 0, cRows, cColumns);
        Gemm gemm = new Gemm();
        var e = assertThrows(IllegalArgumentException.class, () -> {
            if (form.transposedA()) {
                gemm.multiplyTransposedA(test.aView, test.bView, test.epilogue, product);
            } else if (form.transposedB()) {
                gemm.multiplyTransposedB(test.aView, test.bView, test.epilogue, product);
            } else {
                gemm.multiply(test.aView, test.bView, test.epilogue, product);
            }
        });
        assertEquals(message, e.getMessage());
        assertArrayEquals(before, c);
    }

    @Test
    void aBiasIsOneRow() {
        Epilogue bias = Epilogue.bias(matrix(2, 3));
        var e = assertThrows(
                IllegalArgumentException.class,
                () -> new Gemm().multiply(matrix(2, 4), matrix(4, 3), bias, matrix(2, 3)));
        assertEquals("rows of bias must be 1 (one for all rows of c): 2", e.getMessage());
    }

    @Test
    void cMayShareAnArrayButNoFloat() {
        float[] all = new float[12];
        Arrays.fill(all, 0, 8, 2);
        Matrix a = Matrix.of(all, 0, 2, 2), b = Matrix.of(all, 4, 2, 2), c = Matrix.of(all, 7, 2, 2);
        Gemm gemm = new Gemm();
        var e = assertThrows(IllegalArgumentException.class, () -> gemm.multiply(a, b, c));
        assertEquals("c must not overlap b: indices 7..10 and 4..7 of one array", e.getMessage());
        for (Epilogue epilogue : List.of(
                Epilogue.bias(Matrix.of(all, 10, 1, 2)),
                Epilogue.biasRelu(Matrix.of(all, 7, 1, 2)),
                Epilogue.mask(Matrix.of(all, 8, 2, 2)))) {
            c.set(all, 8, 2, 2);
            var input = assertThrows(IllegalArgumentException.class, () -> gemm.multiply(a, b, epilogue, c));
            assertTrue(input.getMessage().matches("c must not overlap (bias|mask): .*"), input.getMessage());
        }
        gemm.multiply(a, b, c);
        assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2, 2, 2, 8, 8, 8, 8}, all);
    }

    @Test
    void anEpilogueReadsWhatItsMatrixIsPointedAt() {
        Matrix one = Matrix.of(new float[] {1}, 0, 1, 1),
                c = matrix(1, 1),
                bias = Matrix.of(new float[] {5, 7}, 0, 1, 1);
        Epilogue epilogue = Epilogue.bias(bias);
        new Gemm().multiply(one, one, epilogue, c);
        assertEquals(6, c.array()[0]);
        bias.set(bias.array(), 1, 1, 1);
        new Gemm().multiply(one, one, epilogue, c);
        assertEquals(8, c.array()[0]);
    }

    @Test
    void notANumberPassesTheRectifierAndNotTheMask() {
        Matrix nan = Matrix.of(new float[] {Float.NaN}, 0, 1, 1), one = Matrix.of(new float[] {1}, 0, 1, 1);
        Matrix c = matrix(1, 1);
        new Gemm().multiply(nan, one, Epilogue.biasRelu(one), c);
        assertTrue(Float.isNaN(c.array()[0]));
        new Gemm().multiplyTransposedB(one, one, Epilogue.mask(nan), c);
        assertEquals(0, c.array()[0]);
    }

    /** The executor is called in the middle of a product, by its thread, and lets another thread multiply meanwhile. */
    @Test
    void refusesASecondThreadWithinAProduct() {
        int n = 256;
        Matrix a = Matrix.of(Floats.random(n * n, 1), 0, n, n), b = Matrix.of(Floats.random(n * n, 2), 0, n, n);
        Matrix c = Matrix.of(new float[n * n], 0, n, n), expected = Matrix.of(new float[n * n], 0, n, n);
        Gemm[] gemm = new Gemm[1];
        List<String> messages = new ArrayList<>();
        gemm[0] = new Gemm(Workers.on(
                helper -> {
                    Executable call = () -> gemm[0].multiply(a, b, Matrix.of(new float[n * n], 0, n, n));
                    messages.add(assertThrows(IllegalStateException.class, call).getMessage());
                    Thread other = Thread.ofVirtual()
                            .start(() -> messages.add(assertThrows(IllegalStateException.class, call)
                                    .getMessage()));
                    try {
                        other.join();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                },
                2));
        gemm[0].multiply(a, b, c);
        new Gemm().multiply(a, b, expected);
        assertArrayEquals(expected.array(), c.array());
        assertEquals(
                "this thread is in a product of this instance already, whose callbacks must not call it again",
                messages.get(0));
        assertEquals("another thread is in a product of this instance", messages.get(1));
    }
}
