package dev.lanewise.linalg;

import dev.lanewise.internal.Check;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.PanelKernel;
import dev.lanewise.internal.kernel.Readiness;
import java.util.Arrays;

/** Computes sums over a matrix. */
public final class Reductions {
    private static final Readiness COLUMN_SUMS = new Readiness("ColumnSums", vectors -> {
        int columns = vectors == 0 ? 0 : Kernels.lanes() + 1;
        PanelKernel.columnSums(vectors, columns, new float[vectors * columns], 0, columns, new float[columns], 0);
        return (long) vectors * columns;
    });

    private Reductions() {}

    /**
     * Sums each column, from 0 and from the first row to the last. If {@code x} is the gradient of a layer's output, the sums are
     * the gradient of its bias.
     *
     * @param x m × n
     * @param sums 1 × n, receives the sums
     * @throws IllegalArgumentException if the shapes do not agree or {@code sums} overlaps {@code x}; nothing has been written then
     */
    public static void columnSums(Matrix x, Matrix sums) {
        Check.equal("rows of sums", sums.rows, 1, "one for all rows of x");
        Check.equal("columns of sums", sums.columns, x.columns, "columns of x");
        sums.checkNoOverlap("sums", x, "x");
        if (COLUMN_SUMS.isReady()) {
            PanelKernel.columnSums(x.rows, x.columns, x.array, x.offset, x.stride, sums.array, sums.offset);
            return;
        }
        long start = COLUMN_SUMS.start();
        Arrays.fill(sums.array, sums.offset, sums.offset + x.columns, 0);
        for (int i = 0; i < x.rows; i++) {
            for (int j = 0; j < x.columns; j++) {
                sums.array[sums.offset + j] += x.array[x.offset + i * x.stride + j];
            }
        }
        COLUMN_SUMS.end(start, 1 + (long) x.rows * x.columns);
    }
}
