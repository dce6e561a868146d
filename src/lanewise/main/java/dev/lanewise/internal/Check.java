package dev.lanewise.internal;

/** Argument checks. Each message has the form {@code name must be X: value}. */
public final class Check {
    private Check() {}

    /**
     * Checks that a number is not too small.
     *
     * @param least the smallest value allowed
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is less
     */
    public static void atLeast(int least, String name, int value) {
        if (value < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ": " + value);
        }
    }

    /**
     * Checks a size that another size determines.
     *
     * @param name the argument's name
     * @param value its value
     * @param expected the value that it must have
     * @param reason the name of the other size
     * @throws IllegalArgumentException if they differ
     */
    public static void equal(String name, int value, int expected, String reason) {
        if (value != expected) {
            throw new IllegalArgumentException(name + " must be " + expected + " (" + reason + "): " + value);
        }
    }

    /**
     * Checks that some elements are within an array.
     *
     * @param name the array's name
     * @param length its length
     * @param offsetName the name of the index
     * @param offset the index of the first element
     * @param count the number of elements, at least 0
     * @throws IndexOutOfBoundsException if one is outside the array
     */
    public static void range(String name, int length, String offsetName, int offset, long count) {
        if (offset < 0 || offset > length) {
            throw new IndexOutOfBoundsException(offsetName + " must be in [0, " + length + "]: " + offset);
        }
        if (count > length - offset) {
            throw new IndexOutOfBoundsException(name + " too short: need indices " + offset + ".."
                    + (offset + count - 1) + ", length is " + length);
        }
    }

    /**
     * Checks the labels of some rows.
     *
     * @param labels the class of each row
     * @param offset the index of the first label
     * @param rows the number of rows, at least 0
     * @param classes the number of classes
     * @throws IllegalArgumentException if a label is not a class
     * @throws IndexOutOfBoundsException if the array is too short
     */
    public static void labels(int[] labels, int offset, int rows, int classes) {
        range("labels", labels.length, "labelOffset", offset, rows);
        for (int i = offset; i < offset + rows; i++) {
            if (labels[i] < 0 || labels[i] >= classes) {
                throw new IllegalArgumentException(
                        "labels[" + i + "] must be a class in [0, " + (classes - 1) + "]: " + labels[i]);
            }
        }
    }
}
