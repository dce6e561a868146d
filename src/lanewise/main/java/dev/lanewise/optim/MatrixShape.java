package dev.lanewise.optim;

import java.util.List;
import java.util.Objects;

/**
 * The shape of a {@link ParameterGroup} that is a matrix, stored row by row, and the axis of its outputs. The axis is explicit
 * because layouts differ: the weights of the library's {@code Mlp}, of Keras and of Flax are inputs × outputs, and those of
 * PyTorch outputs × inputs.
 *
 * {@snippet :
 * MatrixShape ours = MatrixShape.inputsByOutputs(784, 256);
 * MatrixShape torchs = MatrixShape.outputsByInputs(256, 784);
 * }
 *
 * @param rows the number of rows, from 1
 * @param columns the number of columns, from 1
 * @param fanOut the axis along which the outputs of the layer lie
 */
public record MatrixShape(int rows, int columns, FanOut fanOut) {
    /** The axis of a matrix along which the outputs of its layer lie. */
    public enum FanOut {
        /** Each row belongs to one output, as in PyTorch's {@code Linear}. */
        ROWS,
        /** Each column belongs to one output, as in {@code Mlp}. */
        COLUMNS
    }

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if there is no row or no column
     */
    public MatrixShape {
        Objects.requireNonNull(fanOut, "fanOut");
        if (rows < 1 || columns < 1) {
            throw new IllegalArgumentException("rows and columns must be at least 1: " + rows + ", " + columns);
        }
    }

    /** {@return the shape of a weight whose rows belong to inputs, as in {@code Mlp}}
     * @param inputs the number of rows
     * @param outputs the number of columns */
    public static MatrixShape inputsByOutputs(int inputs, int outputs) {
        return new MatrixShape(inputs, outputs, FanOut.COLUMNS);
    }

    /** {@return the shape of a weight whose rows belong to outputs, as in PyTorch}
     * @param outputs the number of rows
     * @param inputs the number of columns */
    public static MatrixShape outputsByInputs(int outputs, int inputs) {
        return new MatrixShape(outputs, inputs, FanOut.ROWS);
    }

    /** {@return the fan-out: the number of the layer's outputs} */
    public int outputs() {
        return fanOut == FanOut.ROWS ? rows : columns;
    }

    /** {@return the fan-in: the number of the layer's inputs} */
    public int inputs() {
        return fanOut == FanOut.ROWS ? columns : rows;
    }

    /** {@return the number of elements} */
    public long length() {
        return (long) rows * columns;
    }

    /** {@return whether it has a single row or column, so that it is a vector} */
    public boolean isVector() {
        return rows == 1 || columns == 1;
    }

    /**
     * Checks that each group whose rule needs a matrix is one. The message names all that are not, because another rule is due
     * for them.
     */
    static void check(List<ParameterGroup> groups) {
        StringBuilder vectors = new StringBuilder();
        String rule = null;
        for (ParameterGroup group : groups) {
            MatrixShape shape = group.shape();
            if (group.rule().needsMatrix() && (shape == null || shape.isVector())) {
                vectors.append(rule == null ? "" : ", ")
                        .append(group.name())
                        .append(shape == null ? " (no shape)" : " (" + shape.rows() + " × " + shape.columns() + ")");
                rule = rule == null ? group.rule().at(0).getClass().getSimpleName() : rule;
            }
        }
        if (rule != null) {
            throw new IllegalArgumentException("groups of " + rule
                    + " must have a shape with at least 2 rows and 2 columns; a rule for vectors, such as AdamW, is"
                    + " due for: "
                    + vectors);
        }
    }
}
