package dev.lanewise.mnist;

import dev.lanewise.Lanewise;
import dev.lanewise.linalg.Bytes;
import dev.lanewise.linalg.Columns;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.UpdateRule;
import java.util.Arrays;

/**
 * Has the JVM compile the kernels before a training needs them. Until C2 has compiled it, a vector loop runs a hundred
 * times slower, and C2 begins when a method has been called a few thousand times: here with next to nothing to do,
 * instead of with whole batches. Every branch that a training takes is taken, or C2 would leave it out and have to
 * compile again.
 */
final class WarmUp {
    /** C2 counts to 5,000 calls, of which a round makes ten to the tiles; it compiles in a thread of its own, so more follow. */
    private static final int MOST_ROUNDS = 5_000, SOME_ROUNDS = 100;

    /** When {@link #SOME_ROUNDS} take less than this, they are compiled; interpreted, one round takes longer. */
    private static final long COMPILED_NANOS = 5_000_000;

    /** As few as make panels of both heights, and in the columns a whole and a partial one. */
    private static final int ROWS = 22, COLUMNS = 33, CLASSES = 10;

    /** As few as make a panel without zeros: its rows and columns, and of what they sum up, most of it 0. */
    private static final int SPARSE_ROWS = 4, SPARSE_COLUMNS = 64, SPARSE_INNER = 66;

    private final UpdateRule rule;
    private volatile boolean needed = Lanewise.runtime().vectorBits() > 0;

    /**
     * Does nothing yet.
     *
     * @param rule the rule that will be trained with
     */
    WarmUp(UpdateRule rule) {
        this.rule = rule;
    }

    /** Ends {@link #run()}, on whichever thread that is, or keeps it from beginning. */
    void cancel() {
        needed = false;
    }

    /** Calls what a training step calls. */
    void run() {
        float[] a = new float[ROWS], b = new float[COLUMNS], bias = new float[COLUMNS], sums = new float[COLUMNS];
        float[] mask = new float[ROWS * COLUMNS], c = new float[ROWS * COLUMNS], logits = new float[ROWS * CLASSES];
        byte[] pixels = new byte[ROWS];
        int[] labels = new int[ROWS];
        FloatSpan gradients = FloatSpan.of(c);
        Arrays.fill(a, 1);
        float[] sparse = new float[SPARSE_ROWS * SPARSE_INNER], wide = new float[SPARSE_COLUMNS * SPARSE_INNER];
        Arrays.fill(sparse, 0, 2, 1);
        Gemm gemm = new Gemm();
        Optimizer optimizer = new Optimizer(FloatSpan.of(mask.clone()), rule);
        long start = System.nanoTime();
        for (int i = 1; i <= MOST_ROUNDS && needed; i++) {
            gemm.multiplyAddBias(ROWS, COLUMNS, 1, a, 0, 1, b, 0, COLUMNS, bias, 0, true, c, 0, COLUMNS);
            gemm.multiplyAddBias(ROWS, CLASSES, 1, a, 0, 1, b, 0, CLASSES, bias, 0, false, logits, 0, CLASSES);
            Softmax.crossEntropy(logits, 0, labels, 0, ROWS, CLASSES);
            Columns.sum(ROWS, COLUMNS, c, 0, COLUMNS, sums, 0);
            gemm.multiplyTransposedA(ROWS, COLUMNS, 1, a, 0, ROWS, b, 0, COLUMNS, c, 0, COLUMNS);
            gemm.multiplyTransposedA(ROWS, CLASSES, 1, a, 0, ROWS, b, 0, CLASSES, logits, 0, CLASSES);
            gemm.multiplyTransposedBMasked(ROWS, COLUMNS, 1, a, 0, 1, b, 0, 1, mask, 0, COLUMNS, c, 0, COLUMNS);
            gemm.multiplyAddBias(
                    SPARSE_ROWS,
                    SPARSE_COLUMNS,
                    SPARSE_INNER,
                    sparse,
                    0,
                    SPARSE_INNER,
                    wide,
                    0,
                    SPARSE_COLUMNS,
                    wide,
                    0,
                    true,
                    c,
                    0,
                    SPARSE_COLUMNS);
            gemm.multiplyTransposedA(
                    SPARSE_ROWS,
                    SPARSE_COLUMNS,
                    SPARSE_INNER,
                    sparse,
                    0,
                    SPARSE_ROWS,
                    wide,
                    0,
                    SPARSE_COLUMNS,
                    c,
                    0,
                    SPARSE_COLUMNS);
            Bytes.divide(pixels, 0, 255, a, 0, ROWS);
            optimizer.step(gradients);
            if (i % SOME_ROUNDS == 0) {
                long now = System.nanoTime();
                if (now - start < COMPILED_NANOS) {
                    return;
                }
                start = now;
            }
        }
    }
}
