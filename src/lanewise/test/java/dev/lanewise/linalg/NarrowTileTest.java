package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.NarrowKernel;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Products run the tile that is faster on this machine; here both have the definition's bits. */
class NarrowTileTest {
    private static final int A_STRIDE = 25, B_STRIDE = 37, C_STRIDE = 19, A0 = 3, B0 = 5, C0 = 2, COLUMN = 4;

    @ParameterizedTest
    @CsvSource({
        NarrowKernel.ROWS + ", false",
        NarrowKernel.ROWS + ", true",
        NarrowKernel.HALVES_ROWS + ", false",
        NarrowKernel.HALVES_ROWS + ", true"
    })
    void eachTileHasTheBitsOfTheDefinition(int rows, boolean transposed) {
        assumeTrue(Kernels.lanes() == 16, "the tiles are for vectors of sixteen floats");
        Random random = new Random(rows);
        float[] panel = new float[20 * Panels.NR_NARROW], tile = new float[Panels.MR_NARROW * Panels.NR_NARROW];
        int least = rows == NarrowKernel.ROWS ? 1 : NarrowKernel.HALF + 1;
        for (int columns = least; columns <= Panels.NR_NARROW; columns++) {
            for (int k = 0; k <= 20; k++) {
                // With the small factors all products underflow, and many sums are −0 before they are stored.
                for (float factor : new float[] {1, 1e-30f}) {
                    // No array has a float more than it needs, so that what passes its end is out of bounds.
                    float[] a = floats(A0 + (rows - 1) * A_STRIDE + k, factor, random);
                    int all = COLUMN + columns, bRows = transposed ? all : k, bColumns = transposed ? k : all;
                    float[] b = floats(Math.max(B0, B0 + (bRows - 1) * B_STRIDE + bColumns), factor, random);
                    float[] c = floats(C0 + (rows - 1) * C_STRIDE + columns, 1, random), expected = c.clone();
                    for (int i = 0; i < rows; i++) {
                        for (int j = 0; j < columns; j++) {
                            float sum = 0;
                            for (int p = 0; p < k; p++) {
                                int row = transposed ? COLUMN + j : p, column = transposed ? p : COLUMN + j;
                                sum = Math.fma(a[A0 + i * A_STRIDE + p], b[B0 + row * B_STRIDE + column], sum);
                            }
                            expected[C0 + i * C_STRIDE + j] = sum + 0f;
                        }
                    }
                    Matrix matrix = Matrix.of(b, B0, bRows, bColumns, B_STRIDE);
                    Packing.packNarrow(rows, matrix, transposed, COLUMN, columns, panel);
                    Panels.multiplyNarrow(rows, columns, k, a, A0, A_STRIDE, panel, tile, c, C0, C_STRIDE);
                    assertArrayEquals(expected, c);
                }
            }
        }
    }

    private static float[] floats(int length, float factor, Random random) {
        float[] x = new float[length];
        for (int i = 0; i < length; i++) {
            x[i] = factor * (float) random.nextGaussian();
        }
        return x;
    }
}
