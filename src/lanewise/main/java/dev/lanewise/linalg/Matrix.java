package dev.lanewise.linalg;

import dev.lanewise.internal.Check;

/**
 * A view of a matrix that is stored row by row in a {@code float[]}: the array, the index of the first element, rows, columns
 * and the stride from one row to the next. Nothing is copied, and the elements between the rows are never written.
 *
 * <p>A view can be {@linkplain #set(float[], int, int, int) set} to one matrix after another, so that a training step allocates
 * nothing. It is then checked that the matrix is within the array. A view must not be used by several threads at the same time,
 * nor be changed while a product reads it.
 */
public final class Matrix {
    private static final float[] EMPTY = {};

    float[] array = EMPTY;
    int offset, rows, columns, stride;

    /** Creates an empty view, 0 × 0. */
    public Matrix() {}

    /**
     * {@return a new view of a matrix without gaps between its rows}
     *
     * @param array the array that holds the matrix
     * @param offset the index of the first element
     * @param rows the number of rows, at least 0
     * @param columns the number of columns, at least 0
     * @throws IllegalArgumentException if a count is negative
     * @throws IndexOutOfBoundsException if the matrix is not within the array
     */
    public static Matrix of(float[] array, int offset, int rows, int columns) {
        return new Matrix().set(array, offset, rows, columns);
    }

    /**
     * {@return a new view}
     *
     * @param array the array that holds the matrix
     * @param offset the index of the first element
     * @param rows the number of rows, at least 0
     * @param columns the number of columns, at least 0
     * @param stride the distance from one row to the next, in elements, at least {@code columns}
     * @throws IllegalArgumentException if a count is negative or the stride is too short
     * @throws IndexOutOfBoundsException if the matrix is not within the array
     */
    public static Matrix of(float[] array, int offset, int rows, int columns, int stride) {
        return new Matrix().set(array, offset, rows, columns, stride);
    }

    /**
     * Sets this view to a matrix without gaps between its rows.
     *
     * @param array the array that holds the matrix
     * @param offset the index of the first element
     * @param rows the number of rows, at least 0
     * @param columns the number of columns, at least 0
     * @return this view
     * @throws IllegalArgumentException if a count is negative; the view is unchanged then
     * @throws IndexOutOfBoundsException if the matrix is not within the array; the view is unchanged then
     */
    public Matrix set(float[] array, int offset, int rows, int columns) {
        return set(array, offset, rows, columns, columns);
    }

    /**
     * Sets this view to a matrix.
     *
     * @param array the array that holds the matrix
     * @param offset the index of the first element
     * @param rows the number of rows, at least 0
     * @param columns the number of columns, at least 0
     * @param stride the distance from one row to the next, in elements, at least {@code columns}
     * @return this view
     * @throws IllegalArgumentException if a count is negative or the stride is too short; the view is unchanged then
     * @throws IndexOutOfBoundsException if the matrix is not within the array; the view is unchanged then
     */
    public Matrix set(float[] array, int offset, int rows, int columns, int stride) {
        Check.atLeast(0, "rows", rows);
        Check.atLeast(0, "columns", columns);
        if (stride < columns) {
            throw new IllegalArgumentException("stride must be at least " + columns + " (columns): " + stride);
        }
        Check.range(
                "array",
                array.length,
                "offset",
                offset,
                rows == 0 || columns == 0 ? 0 : (rows - 1L) * stride + columns);
        this.array = array;
        this.offset = offset;
        this.rows = rows;
        this.columns = columns;
        this.stride = stride;
        return this;
    }

    /** Sets this view to an empty matrix, so that the array can be collected. */
    public void clear() {
        set(EMPTY, 0, 0, 0);
    }

    /** {@return the array that holds the matrix, not a copy} */
    public float[] array() {
        return array;
    }

    /** {@return the index of the first element} */
    public int offset() {
        return offset;
    }

    /** {@return the number of rows} */
    public int rows() {
        return rows;
    }

    /** {@return the number of columns} */
    public int columns() {
        return columns;
    }

    /** {@return the distance from one row to the next, in elements} */
    public int stride() {
        return stride;
    }

    private boolean isEmpty() {
        return rows == 0 || columns == 0;
    }

    /** {@return the index after the last element} */
    private int end() {
        return offset + (rows - 1) * stride + columns;
    }

    /** Checks that the ranges of indices of two matrices do not overlap, if they are in the same array. */
    void checkNoOverlap(String name, Matrix other, String otherName) {
        if (array != other.array || isEmpty() || other.isEmpty()) {
            return;
        }
        if (offset < other.end() && other.offset < end()) {
            throw new IllegalArgumentException(name + " must not overlap " + otherName + ": indices " + offset + ".."
                    + (end() - 1) + " and " + other.offset + ".." + (other.end() - 1) + " of one array");
        }
    }
}
