package dev.lanewise.linalg;

import dev.lanewise.internal.Check;

/**
 * A view of a matrix that lies row by row in a {@code float[]}: the array, the index of the first element, rows, columns and the
 * stride from one row to the next. Nothing is copied, and what lies between the rows belongs to somebody else.
 *
 * <p>A view is made once and {@linkplain #set(float[], int, int, int) pointed} at one matrix after another, so that a training
 * step allocates nothing. It checks that its matrix is within the array when it is pointed at it. It is used by one thread at a
 * time, and stays as it is while a product reads it.
 */
public final class Matrix {
    private static final float[] EMPTY = {};

    float[] array = EMPTY;
    int offset, rows, columns, stride;

    /** Makes a view of no element, 0 × 0. */
    public Matrix() {}

    /**
     * {@return a new view of a matrix without gaps between its rows}
     *
     * @param array holds the matrix
     * @param offset index of its first element
     * @param rows from 0
     * @param columns from 0
     * @throws IllegalArgumentException if a count is negative
     * @throws IndexOutOfBoundsException if the matrix is not within the array
     */
    public static Matrix of(float[] array, int offset, int rows, int columns) {
        return new Matrix().set(array, offset, rows, columns);
    }

    /**
     * {@return a new view}
     *
     * @param array holds the matrix
     * @param offset index of its first element
     * @param rows from 0
     * @param columns from 0
     * @param stride from one row to the next, at least {@code columns}
     * @throws IllegalArgumentException if a count is negative or the stride is too short
     * @throws IndexOutOfBoundsException if the matrix is not within the array
     */
    public static Matrix of(float[] array, int offset, int rows, int columns, int stride) {
        return new Matrix().set(array, offset, rows, columns, stride);
    }

    /**
     * Points this view at a matrix without gaps between its rows.
     *
     * @param array holds the matrix
     * @param offset index of its first element
     * @param rows from 0
     * @param columns from 0
     * @return this
     * @throws IllegalArgumentException if a count is negative; the view stays as it was
     * @throws IndexOutOfBoundsException if the matrix is not within the array; the view stays as it was
     */
    public Matrix set(float[] array, int offset, int rows, int columns) {
        return set(array, offset, rows, columns, columns);
    }

    /**
     * Points this view at a matrix.
     *
     * @param array holds the matrix
     * @param offset index of its first element
     * @param rows from 0
     * @param columns from 0
     * @param stride from one row to the next, at least {@code columns}
     * @return this
     * @throws IllegalArgumentException if a count is negative or the stride is too short; the view stays as it was
     * @throws IndexOutOfBoundsException if the matrix is not within the array; the view stays as it was
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

    /** Makes this a view of no element, so that it keeps no array alive. */
    public void clear() {
        set(EMPTY, 0, 0, 0);
    }

    /** {@return the array that holds the matrix; not a copy} */
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

    /** {@return the distance from one row to the next} */
    public int stride() {
        return stride;
    }

    private boolean isEmpty() {
        return rows == 0 || columns == 0;
    }

    /** Index behind the last element. */
    private int end() {
        return offset + (rows - 1) * stride + columns;
    }

    /** Checks that no element of this is between the first and the last of another matrix. */
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
