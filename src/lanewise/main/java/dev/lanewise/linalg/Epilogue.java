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
    public static final Epilogue NONE = new Epilogue(null, false, null);

    private final Matrix bias, mask;
    private final boolean relu;

    private Epilogue(Matrix bias, boolean relu, Matrix mask) {
        this.bias = bias;
        this.relu = relu;
        this.mask = mask;
    }

    /**
     * {@return the epilogue that adds a bias to each row of C, as in a fully connected layer}
     *
     * @param bias 1 × n, for C with n columns
     */
    public static Epilogue bias(Matrix bias) {
        return new Epilogue(Objects.requireNonNull(bias, "bias"), false, null);
    }

    /**
     * {@return the epilogue that adds a bias to each row of C and then applies ReLU, max(x, 0)} NaN stays NaN.
     *
     * @param bias 1 × n, for C with n columns
     */
    public static Epilogue biasRelu(Matrix bias) {
        return new Epilogue(Objects.requireNonNull(bias, "bias"), true, null);
    }

    /**
     * {@return the epilogue that sets elements of C to 0 where another matrix is not greater than 0} If that matrix is the output
     * of ReLU, this multiplies a gradient by ReLU's derivative. NaN is not greater than 0.
     *
     * @param y m × n, like C
     */
    public static Epilogue mask(Matrix y) {
        return new Epilogue(null, false, Objects.requireNonNull(y, "y"));
    }

    /** {@return whether the product is stored unchanged} */
    boolean isNone() {
        return bias == null && mask == null;
    }

    /** Checks that the bias or the mask has the shape that C requires and does not overlap C. */
    void check(Matrix c) {
        if (bias != null) {
            Check.equal("rows of bias", bias.rows, 1, "one for all rows of c");
            Check.equal("columns of bias", bias.columns, c.columns, "columns of c");
            c.checkNoOverlap("c", bias, "bias");
        } else if (mask != null) {
            Check.equal("rows of mask", mask.rows, c.rows, "rows of c");
            Check.equal("columns of mask", mask.columns, c.columns, "columns of c");
            c.checkNoOverlap("c", mask, "mask");
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

    /** Stores {@code count} elements of a tile of Cᵀ to a column of C, from row {@code row} on. */
    void storeColumn(float[] tiles, int from, Matrix c, int row, int column, int count) {
        for (int i = 0; i < count; i++) {
            float x = tiles[from + i];
            if (bias != null) {
                x += bias.array[bias.offset + column];
                x = relu ? Math.max(x, 0) : x;
            } else if (mask != null && !(mask.array[mask.offset + (row + i) * mask.stride + column] > 0)) {
                x = 0;
            }
            c.array[c.offset + (row + i) * c.stride + column] = x;
        }
    }
}
