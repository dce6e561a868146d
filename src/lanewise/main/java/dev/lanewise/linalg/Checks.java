package dev.lanewise.linalg;

/** Checks of arguments: each message has the name, the value and what is allowed. */
final class Checks {
    private Checks() {}

    static void atLeast(int least, String name, int value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ": " + value);
        }
    }

    /** That {@code rows} × {@code columns} floats, a row every {@code stride}, are within the array. */
    static void matrix(String name, float[] array, int offset, int rows, int columns, int stride) {
        if (stride < columns) {
            throw new IllegalArgumentException(
                    name + "Stride must be at least the columns of " + name + ", " + columns + ": " + stride);
        }
        long end = rows == 0 || columns == 0 ? offset : offset + (rows - 1L) * stride + columns;
        if (offset < 0 || end > array.length) {
            throw new IndexOutOfBoundsException(name + " needs the floats " + offset + " to " + (end - 1)
                    + ", but its array has a length of " + array.length);
        }
    }

    static void labels(int[] labels, int offset, int rows, int classes) {
        if (offset < 0 || rows > labels.length - offset) {
            throw new IndexOutOfBoundsException("labels needs the elements " + offset + " to "
                    + (offset + (long) rows - 1) + ", but its length is " + labels.length);
        }
        for (int i = offset; i < offset + rows; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "labels[" + i + "] must be a class from 0 to " + (classes - 1) + ": " + labels[i]);
            }
        }
    }
}
