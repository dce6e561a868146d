package dev.lanewise.optim;

import java.util.Objects;

/**
 * A state buffer is what a rule keeps from step to step: one float for each parameter, or for each row, column or output of a
 * matrix, allocated by the {@link Optimizer}.
 *
 * @param name PyTorch's name for it, such as {@code exp_avg}
 * @param initial the value of each element before the first step
 * @param copied whether the first step of a group begins with a copy of the parameters, instead of the initial value
 * @param extent what has a float each
 * @param kind what the numbers are, which determines how they are stored where {@link StepOptions#state()} is not {@link StateType#F32}
 */
public record StateBuffer(String name, float initial, boolean copied, Extent extent, Kind kind) {
    /** What the numbers of a buffer are. */
    public enum Kind {
        /** Numbers of either sign, such as a momentum; the smallest of a block may become 0. */
        SIGNED,
        /** Numbers that are 0 at most before the first step, such as a mean square, and never become 0, because a step divides by them. */
        POSITIVE,
        /**
         * Numbers that are stored in floats whatever the options: a copy of the parameters, rows and columns, and what changes in a step by
         * less than the spacing of the other types, has bounds, or is subtracted from what is nearly equal.
         */
        PRECISE
    }

    /** What has a float of a state buffer. */
    public enum Extent {
        /** Each parameter. */
        ELEMENT,
        /** Each row of a group that is a matrix. The library's {@link Adafactor} alone has such state, whose initial value is 0. */
        ROW,
        /** Each column of a group that is a matrix, as {@link #ROW}. */
        COLUMN,
        /**
         * Each output of a group that is a matrix, which {@link MatrixShape.FanOut} makes a row or a column. The library's
         * {@link NorMuon} alone has such state.
         */
        OUTPUT;

        /** {@return whether the floats are those of rows, and not of columns} */
        boolean isOfRows(MatrixShape shape) {
            return this == ROW || this == OUTPUT && shape.fanOut() == MatrixShape.FanOut.ROWS;
        }
    }

    /** Checks that there is a name and an extent. */
    public StateBuffer {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(extent, "extent");
        kind = copied || extent != Extent.ELEMENT ? Kind.PRECISE : Objects.requireNonNull(kind, "kind");
    }

    /**
     * Makes a buffer of signed numbers.
     *
     * @param name PyTorch's name for it
     * @param initial the value of each element before the first step
     * @param copied whether the first step of a group begins with a copy of the parameters, instead of the initial value
     * @param extent what has a float each
     */
    public StateBuffer(String name, float initial, boolean copied, Extent extent) {
        this(name, initial, copied, extent, Kind.SIGNED);
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
        return new StateBuffer(name, initial, copied, extent, Kind.PRECISE);
    }

    /** {@return a buffer of positive numbers}
     * @param name PyTorch's name for it
     * @param initial the value of each element before the first step */
    public static StateBuffer positive(String name, float initial) {
        return new StateBuffer(name, initial, false, Extent.ELEMENT, Kind.POSITIVE);
    }
}
