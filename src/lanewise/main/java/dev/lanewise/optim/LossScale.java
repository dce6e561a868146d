package dev.lanewise.optim;

/**
 * A loss scale is dynamic, like PyTorch's {@code GradScaler}: the application multiplies the loss by {@link #scale()}, so that
 * small gradients do not underflow, and the optimizer divides the gradient by it within the step. A step with non-finite
 * gradients is skipped and halves the scale; 2000 finite steps in a row double it.
 */
public final class LossScale {
    private static final double GROWTH = 2;
    private static final double BACKOFF = 0.5;
    static final int INTERVAL = 2000;

    /** The bounds of a scale: within them it is finite as a float, and so is its reciprocal. */
    private static final double LEAST = Float.MIN_NORMAL, MOST = Float.MAX_VALUE;

    static final String RANGE = "in [" + Float.MIN_NORMAL + ", " + Float.MAX_VALUE + "]";

    private double scale;
    private int goodSteps;

    /** Makes a scale that begins at 65,536. */
    public LossScale() {
        this(65_536);
    }

    /**
     * Makes a scale.
     *
     * @param scale the initial value, from {@link Float#MIN_NORMAL} to {@link Float#MAX_VALUE}
     * @throws IllegalArgumentException if the value is outside of that range
     */
    public LossScale(double scale) {
        if (!(scale > 0 && scale < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("scale must be positive and finite: " + scale);
        }
        if (!isLegal(scale)) {
            throw new IllegalArgumentException("scale must be " + RANGE + ": " + scale);
        }
        this.scale = scale;
    }

    static boolean isLegal(double scale) {
        return scale >= LEAST && scale <= MOST;
    }

    /** {@return the factor to multiply the loss by, from {@link Float#MIN_NORMAL} to {@link Float#MAX_VALUE}} */
    public double scale() {
        return scale;
    }

    int goodSteps() {
        return goodSteps;
    }

    void restore(double scale, int goodSteps) {
        this.scale = scale;
        this.goodSteps = goodSteps;
    }

    void update(boolean finite) {
        if (!finite) {
            scale = Math.max(scale * BACKOFF, LEAST);
            goodSteps = 0;
        } else if (++goodSteps == INTERVAL) {
            scale = Math.min(scale * GROWTH, MOST);
            goodSteps = 0;
        }
    }
}
