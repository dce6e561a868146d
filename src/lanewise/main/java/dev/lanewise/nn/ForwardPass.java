package dev.lanewise.nn;

import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.memory.FloatSpan;
import java.util.function.IntConsumer;

/**
 * The memory of one thread within {@link Predictor#predict}: the outputs of the hidden layers for a block of rows, and the operands of
 * the call. It grows with the rows, up to a block, and is kept in a {@link ForwardPasses pool}.
 */
final class ForwardPass {
    /** The rows that are computed at a time, which bounds the memory. */
    static final int BLOCK = 128;

    private final Gemm gemm = new Gemm();

    /** The input of each layer, and the output of the last. */
    private final Matrix[] values;

    private final float[][] hidden;

    /** Copies of a block of the inputs and the logits, if they are not in arrays; null until they are needed. */
    private float[] staged, stagedLogits;

    private int capacity;

    /** Computes a share of the rows, for {@link dev.lanewise.Workers}. */
    final IntConsumer share = this::share;

    /** Computes all rows, for workers that do not divide them. */
    private final Runnable undivided = this::undivided;

    private Predictor predictor;
    private float[] x, logits;
    private int xOffset, logitsOffset, batch, rowsOfShare;

    ForwardPass(int layers) {
        values = new Matrix[layers + 1];
        for (int i = 0; i <= layers; i++) {
            values[i] = new Matrix();
        }
        hidden = new float[layers][];
    }

    /** Computes the logits of some rows on the caller's thread. */
    void run(Predictor predictor, float[] x, int xOffset, int rows, float[] logits, int logitsOffset) {
        int layers = predictor.layers();
        try {
            for (int row = 0; row < rows; row += BLOCK) {
                int count = Math.min(BLOCK, rows - row);
                reserve(predictor, count);
                values[0].set(x, xOffset + row * predictor.inputs(), count, predictor.inputs());
                for (int i = 1; i < layers; i++) {
                    values[i].set(hidden[i], 0, count, predictor.weight(i).rows());
                }
                values[layers].set(logits, logitsOffset + row * predictor.classes(), count, predictor.classes());
                for (int i = 0; i < layers; i++) {
                    gemm.multiply(values[i], predictor.weight(i), predictor.activation(i), values[i + 1]);
                }
            }
        } finally {
            // The caller's arrays can then be collected.
            values[0].clear();
            values[layers].clear();
        }
    }

    private void reserve(Predictor predictor, int rows) {
        if (rows <= capacity) {
            return;
        }
        for (int i = 1; i < hidden.length; i++) {
            hidden[i] = new float[Math.multiplyExact(rows, predictor.weight(i).rows())];
        }
        capacity = rows;
    }

    /** Computes the logits of some rows on the caller's thread, by copies of a block. */
    void run(Predictor predictor, FloatSpan x, int rows, FloatSpan logits) {
        int inputs = predictor.inputs(), classes = predictor.classes();
        for (int row = 0; row < rows; row += BLOCK) {
            int count = Math.min(BLOCK, rows - row);
            if (staged == null || staged.length < count * inputs) {
                staged = new float[Math.multiplyExact(count, inputs)];
                stagedLogits = new float[Math.multiplyExact(count, classes)];
            }
            x.copyTo((long) row * inputs, staged, 0, count * inputs);
            run(predictor, staged, 0, count, stagedLogits, 0);
            logits.copyFrom(stagedLogits, 0, (long) row * classes, count * classes);
        }
    }

    /** Computes the logits of some rows on the predictor's workers, each of which takes a pass of its own. */
    void divide(Predictor predictor, float[] x, int xOffset, int rows, float[] logits, int logitsOffset) {
        this.predictor = predictor;
        this.x = x;
        this.xOffset = xOffset;
        this.logits = logits;
        this.logitsOffset = logitsOffset;
        batch = rows;
        rowsOfShare = Math.min(Math.ceilDiv(rows, predictor.workers().threads()), BLOCK);
        try {
            predictor.workers().runLap(Math.ceilDiv(rows, rowsOfShare), rows, share, undivided);
        } finally {
            this.predictor = null;
            this.x = null;
            this.logits = null;
        }
    }

    private void undivided() {
        run(predictor, x, xOffset, batch, logits, logitsOffset);
    }

    private void share(int share) {
        Predictor predictor = this.predictor;
        int row = share * rowsOfShare, rows = Math.min(rowsOfShare, batch - row);
        int fromX = xOffset + row * predictor.inputs(), to = logitsOffset + row * predictor.classes();
        ForwardPass own = predictor.passes().take();
        try {
            own.run(predictor, x, fromX, rows, logits, to);
        } finally {
            predictor.passes().give(own);
        }
    }
}
