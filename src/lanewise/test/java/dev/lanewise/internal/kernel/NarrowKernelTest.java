package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Products run the tile that is faster on this machine; here both have the definition's bits. */
class NarrowKernelTest {
    private static final int A_STRIDE = 25, C_STRIDE = 19, A0 = 3, C0 = 2;

    @ParameterizedTest
    @ValueSource(ints = {NarrowKernel.ROWS, NarrowKernel.HALVES_ROWS})
    void eachTileHasTheBitsOfTheDefinition(int rows) {
        assumeTrue(Kernels.lanes() == 16, "the tiles are for vectors of sixteen floats");
        Random random = new Random(rows);
        for (int columns = 1; columns <= NarrowKernel.COLUMNS; columns++) {
            for (int k = 0; k <= 20; k++) {
                // With the small factors all products underflow, and many sums are −0 before they are stored.
                for (float factor : new float[] {1, 1e-30f}) {
                    float[] a = floats(A0 + (rows - 1) * A_STRIDE + k, factor, random);
                    float[] b = floats(NarrowKernel.COLUMNS * k, factor, random);
                    // Not a float more than the columns need, so that a write beyond them is out of bounds.
                    float[] c = floats(C0 + (rows - 1) * C_STRIDE + columns, 1, random), expected = c.clone();
                    for (int i = 0; i < rows; i++) {
                        for (int j = 0; j < columns; j++) {
                            float sum = 0;
                            for (int p = 0; p < k; p++) {
                                sum = Math.fma(a[A0 + i * A_STRIDE + p], b[p * NarrowKernel.COLUMNS + j], sum);
                            }
                            expected[C0 + i * C_STRIDE + j] = sum + 0f;
                        }
                    }
                    NarrowKernel.tile(rows, columns, k, a, A0, A_STRIDE, b, c, C0, C_STRIDE);
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
