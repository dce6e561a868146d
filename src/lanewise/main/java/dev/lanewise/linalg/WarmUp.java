package dev.lanewise.linalg;

import java.util.Arrays;

/**
 * Runs the kernels of this package on tiny inputs, so that the JVM compiles them before a training needs them. A vector loop is
 * about a hundred times slower until C2 has compiled it, and C2 compiles a method only after about 5,000 calls.
 *
 * <p>The rounds take about a second together, in which another thread may load the data:
 *
 * <p>{@snippet :
 * WarmUp warmUp = new WarmUp();
 * for (int i = 0; i < 5_000; i++) {
 *     warmUp.round();
 * }
 * }
 *
 * <p>An instance must not be used by several threads at the same time. No method throws an exception.
 */
public final class WarmUp {
    /** Rows for panels of both heights, and columns for a whole and a partial panel on any vector width. */
    static final int ROWS = 2 * Panels.MR + Panels.MR_SPARSE, COLUMNS = 33;

    /** The number of classes, so small that the forward product is narrow and that of the gradient is computed transposed. */
    static final int CLASSES = 10;

    /** Sizes for one panel of A, most of it 0, and whole panels of B. */
    static final int SPARSE_ROWS = Panels.MR_SPARSE, SPARSE_COLUMNS = 64, SPARSE_INNER = 66;

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
    /** The terms of a product in two blocks, which take so long at first that only one round in a hundred computes it. */
    static final int LONG_INNER = GemmPlan.BLOCK_B / Panels.NR + 1;

    final Matrix longRows = matrix(Panels.MR, LONG_INNER), longColumns = matrix(LONG_INNER, COLUMNS);
    private final Matrix longTransposed = Matrix.of(longRows.array, 0, LONG_INNER, Panels.MR);
    final Matrix longProduct = matrix(Panels.MR, COLUMNS);
    private int rounds;

    private final Epilogue wideBiasRelu = Epilogue.biasRelu(matrix(1, SPARSE_COLUMNS));

    /** Creates an instance with the matrices that a round needs. */
    public WarmUp() {
        // 255 / 255 keeps the floats at 1; zeros would be skipped.
        Arrays.fill(pixels, (byte) 255);
        Arrays.fill(floats, 1);
        Arrays.fill(sparse.array, 0, 2, 1);
        Arrays.fill(longRows.array, 1);
    }

    private static Matrix matrix(int rows, int columns) {
        return Matrix.of(new float[rows * columns], 0, rows, columns);
    }

    /**
     * Calls each kernel, those of the products about ten times. Every branch of a classifier's training step is taken, because C2
     * leaves out branches that it has not seen and has to compile again when they are. A round takes microseconds once the
     * kernels are compiled, and allocates nothing after the first.
     */
    public void round() {
        gemm.multiply(x, row, biasRelu, y);
        gemm.multiply(x, classRow, bias, logits);
        Softmax.crossEntropy(logits.array, 0, labels, 0, ROWS, CLASSES);
        Reductions.columnSums(y, sums);
        gemm.multiplyTransposedA(xTransposed, row, y);
        gemm.multiplyTransposedA(xTransposed, classRow, logits);
        gemm.multiplyTransposedB(x, column, mask, y);
        if (rounds++ % 100 == 0) {
            gemm.multiply(longRows, longColumns, longProduct);
            gemm.multiplyTransposedA(longTransposed, longColumns, longProduct);
        }
        gemm.multiply(sparse, wide, wideBiasRelu, product);
        gemm.multiplyTransposedA(sparseTransposed, wide, product);
        Pixels.toFloats(pixels, 0, 255, floats, 0, ROWS);
    }
}
