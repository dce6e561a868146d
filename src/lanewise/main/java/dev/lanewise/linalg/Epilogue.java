package dev.lanewise.linalg;

import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * What {@link Gemm} does to the elements of C as it stores them. Done there it costs no further pass over C.
 *
 * <p>An epilogue is immutable, but it reads its matrix anew in each product: whoever points the {@link Matrix} elsewhere need not
 * make another epilogue.
 */
public final class Epilogue {
    /** Stores the product as it is. */
    public static final Epilogue NONE = new Epilogue(null, false, null);

    private final Matrix bias, mask;
    private final boolean relu;

    private Epilogue(Matrix bias, boolean relu, Matrix mask) {
        this.bias = bias;
        this.relu = relu;
        this.mask = mask;
    }

    /**
     * {@return the epilogue that adds a bias to each row of C: a fully connected layer}
     *
     * @param bias one row, with the columns of C
     */
    public static Epilogue bias(Matrix bias) {
        return new Epilogue(Objects.requireNonNull(bias, "bias"), false, null);
    }

    /**
     * {@return the epilogue that adds a bias to each row of C and then replaces what is below 0 by 0: a layer with its rectifier}
     * NaN stays NaN.
     *
     * @param bias one row, with the columns of C
     */
    public static Epilogue biasRelu(Matrix bias) {
        return new Epilogue(Objects.requireNonNull(bias, "bias"), true, null);
    }

    /**
     * {@return the epilogue that replaces C by 0 where another matrix is not greater than 0} If that is the output of a rectifier,
     * this takes a gradient back through it. NaN is not greater than 0.
     *
     * @param y the rows and columns of C
     */
    public static Epilogue mask(Matrix y) {
        return new Epilogue(null, false, Objects.requireNonNull(y, "y"));
    }

    /** Whether the product may be stored as it is. */
    boolean isNone() {
        return bias == null && mask == null;
    }

    /** Checks the shape of the bias or the mask against C, and that C does not overlap it. */
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

    /** Stores {@code count} elements of a tile to a row of C, from {@code column} on. */
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

    /** Stores {@code count} elements of a tile of Cᵀ to a column of C, from {@code row} on. Only narrow products have such tiles. */
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
