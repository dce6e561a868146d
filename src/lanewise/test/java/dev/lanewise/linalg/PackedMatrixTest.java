package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A product by a packed matrix has the bits of the product by the matrix, whose own tests compare it with the definition. */
class PackedMatrixTest {
    @Provide
    Arbitrary<Integer> sizes() {
        return Arbitraries.oneOf(Arbitraries.integers().between(0, 40), Arbitraries.of(1, 10, 64, 97, 128, 256, 700));
    }

    private static float[] product(Matrix a, Matrix b, boolean packed, int epilogue, Gemm gemm, Random random) {
        int rows = a.rows(), columns = b.columns(), stride = columns + random.nextInt(4), offset = random.nextInt(5);
        float[] c = new float[offset + rows * stride + 7];
        Matrix view = Matrix.of(c, offset, rows, columns, stride);
        Matrix bias = Matrix.of(Floats.random(columns, 5), 0, 1, columns);
        Matrix mask = Matrix.of(Floats.random(rows * columns, 6), 0, rows, columns);
        Epilogue last = switch (epilogue) {
            case 0 -> Epilogue.NONE;
            case 1 -> Epilogue.bias(bias);
            case 2 -> Epilogue.biasRelu(bias);
            default -> Epilogue.mask(mask);
        };
        if (packed) {
            gemm.multiply(a, PackedMatrix.of(b), last, view);
        } else {
            gemm.multiply(a, b, last, view);
        }
        return c;
    }

    @Property(tries = 400)
    void packingChangesNoBit(
            @ForAll("sizes") int rows,
            @ForAll("sizes") int columns,
            @ForAll("sizes") int inner,
            @ForAll @IntRange(min = 0, max = 3) int epilogue,
            @ForAll @IntRange(min = 1, max = 3) int threads,
            @ForAll @IntRange(min = 0, max = 2) int kind,
            @ForAll long seed) {
        Random random = new Random(seed);
        int aStride = inner + random.nextInt(3), bStride = columns + random.nextInt(3), offset = random.nextInt(9);
        float[] a = Floats.random(offset + rows * aStride, random), b = Floats.random(offset + inner * bStride, random);
        if (kind > 0) {
            // Columns of zeros, which products leave out, and then also what must not be left out.
            for (int i = 0; i < a.length; i++) {
                a[i] = (i - offset) % Math.max(aStride, 1) % 5 > 1 ? 0 : a[i];
            }
        }
        if (kind > 1 && b.length > 0 && a.length > 0) {
            b[random.nextInt(b.length)] = random.nextBoolean() ? Float.NaN : Float.NEGATIVE_INFINITY;
            a[random.nextInt(a.length)] = random.nextBoolean() ? Float.NaN : Float.MAX_VALUE;
        }
        Matrix x = Matrix.of(a, offset, rows, inner, aStride), y = Matrix.of(b, offset, inner, columns, bStride);
        try (Workers workers = Workers.of(threads)) {
            assertArrayEquals(
                    product(x, y, false, epilogue, new Gemm(), new Random(seed)),
                    product(x, y, true, epilogue, new Gemm(workers), new Random(seed)));
        }
    }

    @Test
    void theCopyDoesNotChangeWithTheMatrix() {
        float[] b = Floats.random(50 * 40, 1), a = Floats.random(8 * 50, 2);
        PackedMatrix packed = PackedMatrix.of(Matrix.of(b, 0, 50, 40));
        assertEquals("50 40", packed.rows() + " " + packed.columns());
        Matrix x = Matrix.of(a, 0, 8, 50);
        Matrix before = Matrix.of(new float[320], 0, 8, 40), after = Matrix.of(new float[320], 0, 8, 40);
        new Gemm().multiply(x, packed, Epilogue.NONE, before);
        Arrays.fill(b, 7);
        new Gemm().multiply(x, packed, Epilogue.NONE, after);
        assertArrayEquals(before.array(), after.array());
    }

    @Test
    void shapesAreChecked() {
        PackedMatrix b = PackedMatrix.of(Matrix.of(new float[20], 0, 5, 4));
        Matrix a = Matrix.of(new float[10], 0, 2, 5), c = Matrix.of(new float[8], 0, 2, 4);
        var inner = assertThrows(
                IllegalArgumentException.class,
                () -> new Gemm().multiply(Matrix.of(new float[8], 0, 2, 4), b, Epilogue.NONE, c));
        assertEquals("rows of b must be 4 (columns of a): 5", inner.getMessage());
        var columns = assertThrows(
                IllegalArgumentException.class,
                () -> new Gemm().multiply(a, b, Epilogue.NONE, Matrix.of(new float[6], 0, 2, 3)));
        assertEquals("columns of c must be 4 (columns of b): 3", columns.getMessage());
        var rows = assertThrows(
                IllegalArgumentException.class,
                () -> new Gemm().multiply(a, b, Epilogue.NONE, Matrix.of(new float[12], 0, 3, 4)));
        assertEquals("rows of c must be 2 (rows of a): 3", rows.getMessage());
        var overlap = assertThrows(
                IllegalArgumentException.class,
                () -> new Gemm().multiply(a, b, Epilogue.NONE, Matrix.of(a.array(), 1, 2, 4)));
        assertEquals("c must not overlap a: indices 1..8 and 0..9 of one array", overlap.getMessage());
    }

    @Test
    void aProductAllocatesNothingOnceItIsWarm() {
        assumeTrue(Kernels.lanes() != 2, "C2 has no compare and no mask of 64 bits");
        PackedMatrix b = PackedMatrix.of(Matrix.of(Floats.random(100 * 90, 1), 0, 100, 90));
        Epilogue last = Epilogue.biasRelu(Matrix.of(Floats.random(90, 2), 0, 1, 90));
        for (int rows : new int[] {1, 2, 5, 8, 40}) {
            Matrix a = Matrix.of(Floats.random(rows * 100, 3), 0, rows, 100);
            Matrix c = Matrix.of(new float[rows * 90], 0, rows, 90);
            Gemm gemm = new Gemm();
            Garbage.assertNone(() -> gemm.multiply(a, b, last, c));
        }
    }
}
