package dev.lanewise.linalg;

import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * An operation that {@link Gemm} applies to the elements of C as it stores them, which saves another pass over C.
 *
 * <p>An epilogue is immutable, but it refers to its {@link Matrix} and reads it in each product. If the matrix is {@linkplain
 * Matrix#set(float[], int, int, int) set} to other elements, the epilogue uses those.
 */
public final class Epilogue {
    /** The identity: it stores the product unchanged. */
    public static final Epilogue NONE = new Epilogue(null, false, null, Activation.NONE, null, null);

    private final Matrix bias, mask;
    private final boolean relu;

    /** What is done to C when the product is stored, since a pass of its own over whole rows costs less than short ones over tiles. */
    private final Activation activation;

    /** The matrix that receives the activation of C; null for C itself or if there is none. */
    private final Matrix output;

    /** The matrix from which the derivative follows that C is multiplied by; null if there is none. */
    private final Matrix kept;

    private Epilogue(Matrix bias, boolean relu, Matrix mask, Activation activation, Matrix output, Matrix kept) {
        this.bias = bias;
        this.relu = relu;
        this.mask = mask;
        this.activation = activation;
        this.output = output;
        this.kept = kept;
    }

    /**
     * {@return the epilogue that adds a bias to each row of C, as in a fully connected layer}
     *
     * @param bias 1 × n, for C with n columns
     */
    public static Epilogue bias(Matrix bias) {
        return bias(bias, Activation.NONE);
    }

    /**
     * {@return the epilogue that adds a bias to each row of C and then applies ReLU, max(x, 0)} NaN stays NaN.
     *
     * @param bias 1 × n, for C with n columns
     */
    public static Epilogue biasRelu(Matrix bias) {
        return bias(bias, Activation.RELU);
    }

    /**
     * {@return the epilogue that adds a bias to each row of C and then applies an activation}
     *
     * @param bias 1 × n, for C with n columns
     * @param activation the function
     */
    public static Epilogue bias(Matrix bias, Activation activation) {
        boolean relu = activation == Activation.RELU;
        return new Epilogue(
                Objects.requireNonNull(bias, "bias"), relu, null, relu ? Activation.NONE : activation, null, null);
    }

    /**
     * {@return the epilogue that adds a bias to each row of C, and stores an activation of the sums to another matrix} C keeps the
     * sums, from which {@link #derivative} computes the derivatives of some activations.
     *
     * @param bias 1 × n, for C with n columns
     * @param activation the function
     * @param output m × n, like C; receives the function of C
     */
    public static Epilogue bias(Matrix bias, Activation activation, Matrix output) {
        return new Epilogue(
                Objects.requireNonNull(bias, "bias"),
                false,
                null,
                Objects.requireNonNull(activation, "activation"),
                Objects.requireNonNull(output, "output"),
                null);
    }

    /**
     * {@return the epilogue that sets elements of C to 0 where another matrix is not greater than 0} If that matrix is the output
     * of ReLU, this multiplies a gradient by ReLU's derivative. NaN is not greater than 0.
     *
     * @param y m × n, like C
     */
    public static Epilogue mask(Matrix y) {
        return new Epilogue(null, false, Objects.requireNonNull(y, "y"), Activation.NONE, null, null);
    }

    /**
     * {@return the epilogue that multiplies C by the derivative of an activation} If C is the gradient of the activation's output, this
     * makes it the gradient of its argument.
     *
     * @param activation the function
     * @param kept m × n, like C: the arguments of the function if it {@linkplain Activation#needsArgument needs} them, else its values
     */
    public static Epilogue derivative(Activation activation, Matrix kept) {
        Objects.requireNonNull(kept, "kept");
        return switch (activation) {
            case NONE -> NONE;
            case RELU -> mask(kept);
            case TANH, GELU, SILU -> new Epilogue(null, false, null, activation, null, kept);
        };
    }

    /** {@return whether there is more to do when the product is stored: {@link #finish}} */
    boolean isUnfinished() {
        return activation != Activation.NONE || output != null;
    }

    /** Applies the activation, or its derivative, to some rows of C. */
    void finish(Matrix c, int row, int end) {
        Matrix other = kept != null ? kept : output != null ? output : c;
        boolean whole = c.stride == c.columns && other.stride == c.columns;
        int step = whole ? end - row : 1, count = step * c.columns;
        for (int i = row; i < end; i += step) {
            int at = c.offset + i * c.stride, to = other.offset + i * other.stride;
            if (kept != null) {
                ActivationLoops.multiply(activation, kept.array, to, c.array, at, count);
            } else {
                ActivationLoops.apply(activation, c.array, at, other.array, to, count);
            }
        }
    }

    /** Adds the bias to some rows of C, which are sums so far, or applies the mask to them. */
    void apply(Matrix c, int row, int end) {
        for (int i = row; i < end; i++) {
            storeRow(c.array, c.offset + i * c.stride, c, i, 0, c.columns);
        }
    }

    /** {@return whether the product is stored unchanged} */
    boolean isNone() {
        return bias == null && mask == null;
    }

    /** Checks that the bias and the other matrix have the shapes that C requires and do not overlap C. */
    void check(Matrix c) {
        if (bias != null) {
            Check.equal("rows of bias", bias.rows, 1, "one for all rows of c");
            Check.equal("columns of bias", bias.columns, c.columns, "columns of c");
            c.checkNoOverlap("c", bias, "bias");
        }
        checkLike(c, mask, "mask", "rows of mask", "columns of mask");
        checkLike(c, output, "output", "rows of output", "columns of output");
        checkLike(c, kept, "kept", "rows of kept", "columns of kept");
    }

    /** Takes whole names, because building them would allocate in each product. */
    private static void checkLike(Matrix c, Matrix other, String name, String rows, String columns) {
        if (other != null) {
            Check.equal(rows, other.rows, c.rows, "rows of c");
            Check.equal(columns, other.columns, c.columns, "columns of c");
            c.checkNoOverlap("c", other, name);
        }
    }

    /** Stores {@code count} elements of a tile to a row of C, from column {@code column} on. */
    void storeRow(float[] tiles, int from, Matrix c, int row, int column, int count) {
        int to = c.offset + row * c.stride + column;
        if (bias != null) {
            Panels.addBias(tiles, from, bias.array, bias.offset + column, relu, c.array, to, count);
        } else if (mask != null) {
            Panels.mask(tiles, from, mask.array, mask.offset + row * mask.stride + column, c.array, to, count);
        } else {
            System.arraycopy(tiles, from, c.array, to, count);
        }
    }

    /**
     * Stores a tile of Cᵀ to C.
     *
     * @param from the tile's first element; its rows are {@code nr} floats apart
     * @param row the row of C that the tile's first column belongs to; {@code rows} columns are stored
     * @param column the column of C that the tile's first row belongs to; {@code columns} rows are stored
     */
    void storeTransposed(float[] tiles, int from, int nr, Matrix c, int row, int rows, int column, int columns) {
        if (mask != null) {
            // By rows, so that each cache line of the mask is read once.
            for (int i = row; i < row + rows; i++) {
                int to = c.offset + i * c.stride + column, y = mask.offset + i * mask.stride + column;
                for (int j = 0; j < columns; j++) {
                    c.array[to + j] = mask.array[y + j] > 0 ? tiles[from + j * nr + i - row] : 0;
                }
            }
            return;
        }
        for (int j = 0; j < columns; j++) {
            int to = c.offset + row * c.stride + column + j;
            float shift = bias == null ? 0 : bias.array[bias.offset + column + j];
            for (int i = 0; i < rows; i++) {
                float x = tiles[from + j * nr + i];
                x = bias == null ? x : x + shift;
                c.array[to + i * c.stride] = relu ? Math.max(x, 0) : x;
            }
        }
    }
}
