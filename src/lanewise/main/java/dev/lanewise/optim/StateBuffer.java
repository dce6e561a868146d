package dev.lanewise.optim;

import java.util.Objects;

/**
 * A state buffer is what a rule keeps from step to step: one float for each parameter, or for each row or column of a matrix, allocated by
 * the {@link Optimizer}.
 *
 * @param name PyTorch's name for it, such as {@code exp_avg}
 * @param initial the value of each element before the first step
 * @param copied whether the first step of a group begins with a copy of the parameters, instead of the initial value
 * @param extent what has a float each
 * @param fullPrecision whether the buffer is stored in floats, whatever {@link StepOptions#state()} is: it is for a copy of the parameters, for rows and for
 *     columns, and a rule can ask for it where the changes of a step may be smaller than the spacing of the other types
 */
public record StateBuffer(String name, float initial, boolean copied, Extent extent, boolean fullPrecision) {
    /** What has a float of a state buffer. */
    public enum Extent {
        /** Each parameter. */
        ELEMENT,
        /** Each row of a group that is a matrix. The library's {@link Adafactor} alone has such state, whose initial value is 0. */
        ROW,
        /** Each column of a group that is a matrix, as {@link #ROW}. */
        COLUMN
    }

    /** Checks that there is a name and an extent. */
    public StateBuffer {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(extent, "extent");
        fullPrecision |= copied || extent != Extent.ELEMENT;
    }

    /**
     * Makes a buffer that is stored in the type of the options.
     *
     * @param name PyTorch's name for it
     * @param initial the value of each element before the first step
     * @param copied whether the first step of a group begins with a copy of the parameters, instead of the initial value
     * @param extent what has a float each
     */
    public StateBuffer(String name, float initial, boolean copied, Extent extent) {
        this(name, initial, copied, extent, false);
    }

    /**
     * Makes a buffer with one float for each parameter.
     *
     * @param name PyTorch's name for it
     * @param initial the value of each element before the first step
     * @param copied whether the first step of a group begins with a copy of the parameters, instead of the initial value
     */
    public StateBuffer(String name, float initial, boolean copied) {
        this(name, initial, copied, Extent.ELEMENT);
    }

    /**
     * Makes a buffer with an initial value.
     *
     * @param name PyTorch's name for it
     * @param initial the value of each element before the first step
     */
    public StateBuffer(String name, float initial) {
        this(name, initial, false);
    }

    /**
     * Makes a buffer whose initial values are 0.
     *
     * @param name PyTorch's name for it
     */
    public StateBuffer(String name) {
        this(name, 0);
    }

    /** {@return a buffer that is a copy of the parameters when the first step of their group begins}
     * @param name the name under which a checkpoint saves it */
    public static StateBuffer copyOfParameters(String name) {
        return new StateBuffer(name, 0, true);
    }

    /** {@return this buffer, stored in floats whatever the options} */
    public StateBuffer withFullPrecision() {
        return new StateBuffer(name, initial, copied, extent, true);
    }
}
