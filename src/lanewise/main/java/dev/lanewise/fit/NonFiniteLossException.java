package dev.lanewise.fit;

/** This exception ends a training whose loss became NaN or infinite. The step is not taken: the weights are those that gave the loss. */
public final class NonFiniteLossException extends ArithmeticException {
    private static final long serialVersionUID = 1;

    /** The mean loss of the batch. */
    private final double loss;

    /** The number of the step, from 1. */
    private final long step;

    NonFiniteLossException(double loss, long step, int epoch, int epochs) {
        super("the loss became " + loss + " at step " + step + ", in epoch " + epoch + " of " + epochs
                + ": try a smaller learning rate, clipping, or a warmup");
        this.loss = loss;
        this.step = step;
    }

    /** {@return the mean loss of the batch: NaN or infinite} */
    public double loss() {
        return loss;
    }

    /** {@return the number of the step, from 1} */
    public long step() {
        return step;
    }
}
