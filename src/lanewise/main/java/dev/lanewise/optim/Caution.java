package dev.lanewise.optim;

/**
 * Whether a rule leaves out the parameters whose step goes against their gradient, as cautious optimizers do: those where the product of
 * the momentum and the gradient is not above 0. A parameter without a gradient then rests, but for the decay.
 *
 * <p><b>Source:</b> Liang, Chen, Liu and Liu 2024, Cautious Optimizers: Improving Training with One Line of Code, arXiv 2411.16085.
 */
public enum Caution {
    /** All parameters step. */
    NONE,

    /** The parameters that agree with their gradient step, as without caution. This costs no second pass. */
    MASKED,

    /**
     * The steps of those parameters are also divided by their fraction of the group, or by 1/1000 if that is greater, so that the
     * whole step keeps its size, as in timm and PyTorch's sources of C-AdamW. A step has two passes.
     */
    RESCALED;

    /** The smallest fraction that steps are divided by. */
    private static final double LEAST = 1e-3;

    /** The elements that cautious decay multiplies at a time, which then are still in the L1 cache for the rest of the step. */
    static final int BLOCK = 1024;

    /**
     * Returns the factor of the steps that are left.
     *
     * @param count the number of parameters that step
     * @param length the number of parameters in the group
     */
    static double factor(double count, long length) {
        return length == 0 ? 1 : 1 / Math.max(count / length, LEAST);
    }

    /**
     * {@return 1 where a product is above 0, 0 where it is not, and NaN where it is NaN} C2 vectorizes no loop that compares floats, and
     * this is arithmetic.
     */
    static float agreement(float product) {
        float sign = Math.signum(product);
        return sign * (sign + 1) * 0.5f;
    }

    /** {@return −1 where a product is below 0, and 0 where it is not or is NaN, which the cast makes 0} */
    static int opposition(float product) {
        return (int) Math.signum(product) >> 31;
    }

    /** {@return the caution itself; an {@code IllegalArgumentException} tells that it must not be null} */
    static Caution check(Caution caution) {
        if (caution == null) {
            throw new IllegalArgumentException("caution must be NONE, MASKED or RESCALED: null");
        }
        return caution;
    }
}
