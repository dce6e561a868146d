package dev.lanewise.nn;

import dev.lanewise.internal.SumTree;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.linalg.Reductions;

/** The micro-batches of a batch, whose gradients are added up in the order of {@link SumTree}. */
final class MicroBatches {
    private final SumTree tree = new SumTree(this::add);
    private final Matrix rows = new Matrix(), block = new Matrix();

    /** Where the rows of each micro-batch begin, and their end. */
    private int[] cuts = {};

    private int count;

    /** The blocks of the tree, for a bias. */
    private float[] sums = {};

    private int columns;

    /** Sets the number of micro-batches; then {@link #cut} sets where each begins. */
    void divide(int count) {
        if (cuts.length <= count) {
            cuts = new int[count + 1];
        }
        this.count = count;
    }

    /** Sets where the rows of a micro-batch begin, or where those of the last one end. */
    void cut(int index, int row) {
        cuts[index] = row;
    }

    /** Computes the gradient of a weight. */
    void multiply(Gemm gemm, Matrix x, Matrix dz, Matrix gradient) {
        gemm.multiplyTransposedA(x, dz, cuts, count, gradient);
    }

    /** Computes the gradient of a bias. */
    void sumColumns(Matrix dz, Matrix gradient) {
        columns = dz.columns();
        int most = (Integer.SIZE - Integer.numberOfLeadingZeros(count) + 1) * columns;
        sums = sums.length < most ? new float[most] : sums;
        tree.clear();
        for (int i = 0; i < count; i++) {
            int at = dz.offset() + cuts[i] * dz.stride(), to = tree.depth();
            rows.set(dz.array(), at, cuts[i + 1] - cuts[i], columns, dz.stride());
            block.set(sums, to * columns, 1, columns);
            Reductions.columnSums(rows, block);
            tree.push(i, 1, to);
        }
        System.arraycopy(sums, tree.fold() * columns, gradient.array(), gradient.offset(), columns);
    }

    private void add(int left, int right) {
        for (int i = 0; i < columns; i++) {
            sums[left * columns + i] += sums[right * columns + i];
        }
    }
}
