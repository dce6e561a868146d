package dev.lanewise.linalg;

import java.util.Arrays;

/**
 * Calls the kernels of this package on next to nothing, so that the JVM compiles them before a training needs them. Until C2 has
 * compiled it, a vector loop runs a hundred times slower, and C2 begins when a method has been called a few thousand times. Every
 * branch that a training step of a classifier takes is taken, or C2 would leave it out and have to compile again.
 */
public final class WarmUp {
    /** Rows that make panels of both heights; columns that make a whole and a partial panel on any vector width. */
    static final int ROWS = 2 * Panels.MR + Panels.MR_TAIL, COLUMNS = 33;

    /** Classes, so few that the products are narrow, and that of the gradient is computed transposed. */
    static final int CLASSES = 10;

    /** Sizes that make one panel of A and whole panels of B; most of A is 0. */
    static final int SPARSE_ROWS = Panels.MR_TAIL, SPARSE_COLUMNS = 64, SPARSE_INNER = 66;

    private final Gemm gemm = new Gemm();
    private final byte[] pixels = new byte[ROWS];
    private final float[] floats = new float[ROWS];
    private final int[] labels = new int[ROWS];

    final Matrix x = Matrix.of(floats, 0, ROWS, 1), xTransposed = Matrix.of(floats, 0, 1, ROWS);
    final Matrix y = matrix(ROWS, COLUMNS), logits = matrix(ROWS, CLASSES), sums = matrix(1, COLUMNS);
    final Matrix row = matrix(1, COLUMNS), column = matrix(COLUMNS, 1), classRow = matrix(1, CLASSES);
    private final Epilogue biasRelu = Epilogue.biasRelu(matrix(1, COLUMNS));
    private final Epilogue bias = Epilogue.bias(matrix(1, CLASSES)), mask = Epilogue.mask(matrix(ROWS, COLUMNS));

    final Matrix sparse = matrix(SPARSE_ROWS, SPARSE_INNER);
    private final Matrix sparseTransposed = Matrix.of(sparse.array, 0, SPARSE_INNER, SPARSE_ROWS);
    final Matrix wide = matrix(SPARSE_INNER, SPARSE_COLUMNS), product = matrix(SPARSE_ROWS, SPARSE_COLUMNS);
    private final Epilogue wideBiasRelu = Epilogue.biasRelu(matrix(1, SPARSE_COLUMNS));

    /** Allocates what a round needs. */
    public WarmUp() {
        // 1 after the division, too: zeros would be skipped.
        Arrays.fill(pixels, (byte) 255);
        Arrays.fill(floats, 1);
        Arrays.fill(sparse.array, 0, 2, 1);
    }

    private static Matrix matrix(int rows, int columns) {
        return Matrix.of(new float[rows * columns], 0, rows, columns);
    }

    /** Calls each kernel, those of the products about ten times. It takes microseconds once they are compiled. */
    public void round() {
        gemm.multiply(x, row, biasRelu, y);
        gemm.multiply(x, classRow, bias, logits);
        Softmax.crossEntropy(logits.array, 0, labels, 0, ROWS, CLASSES);
        Reductions.columnSums(y, sums);
        gemm.multiplyTransposedA(xTransposed, row, y);
        gemm.multiplyTransposedA(xTransposed, classRow, logits);
        gemm.multiplyTransposedB(x, column, mask, y);
        gemm.multiply(sparse, wide, wideBiasRelu, product);
        gemm.multiplyTransposedA(sparseTransposed, wide, product);
        Pixels.toFloats(pixels, 0, 255, floats, 0, ROWS);
    }
}
