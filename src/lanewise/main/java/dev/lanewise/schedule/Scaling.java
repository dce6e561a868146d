package dev.lanewise.schedule;

import dev.lanewise.internal.Check;

/**
 * Computes the learning rate for another batch size. Both rules keep the number of epochs, require a loss that is averaged
 * over the batch, and hold up to some batch size, which depends on the task. Weight decay does not change.
 */
public final class Scaling {
    private Scaling() {}

    /**
     * Applies the linear scaling rule, for SGD with or without momentum: {@code rate · batch / baseBatch}. One step with a
     * batch k times larger replaces k steps, so the step is k times longer. The rule needs a warmup, because the gradient
     * changes too fast at the start; Goyal et al. 2017 (arXiv 1706.02677) use 5 epochs, and find that the rule holds from
     * 0.1 at batch 256 up to batch 8,192 on ImageNet.
     *
     * @param rate the rate at the base batch size; finite and not negative
     * @param baseBatch the batch size for which the rate is known; at least 1
     * @param batch the new batch size; at least 1
     * @return the rate for the new batch size
     * @throws IllegalArgumentException if an argument is out of range
     */
    public static double linear(double rate, long baseBatch, long batch) {
        return rate * ratio(rate, baseBatch, batch);
    }

    /**
     * Applies the square-root rule, for rules that divide by the root of the second moment (Adam's family): {@code rate ·
     * √(batch / baseBatch)}. The length of their step hardly depends on the gradient, and the noise in its direction
     * falls with the root of the batch size: Krizhevsky 2014 (arXiv 1404.5997); Malladi et al. 2022 (arXiv 2205.10287).
     *
     * @param rate the rate at the base batch size; finite and not negative
     * @param baseBatch the batch size for which the rate is known; at least 1
     * @param batch the new batch size; at least 1
     * @return the rate for the new batch size
     * @throws IllegalArgumentException if an argument is out of range
     */
    public static double squareRoot(double rate, long baseBatch, long batch) {
        return rate * Math.sqrt(ratio(rate, baseBatch, batch));
    }

    private static double ratio(double rate, long baseBatch, long batch) {
        Check.notNegative("rate", rate);
        Check.atLeast(1, "baseBatch", baseBatch);
        Check.atLeast(1, "batch", batch);
        return (double) batch / baseBatch;
    }
}
