package dev.lanewise.internal;

/** Argument checks. Each message has the form {@code name must be X: value}. NaN fails all checks of numbers. */
public final class Check {
    private Check() {}

    /**
     * Checks that a number is finite and not negative, also as a float, because a step computes in floats.
     *
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void notNegative(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and not negative: " + value);
        }
        atMostFloat(name, value);
    }

    /** Checks that a number is finite as a float. */
    private static void atMostFloat(String name, double value) {
        if (value > Float.MAX_VALUE) {
            throw new IllegalArgumentException(name + " must be at most " + Float.MAX_VALUE + ": " + value);
        }
    }

    /**
     * Checks that a number is finite, also as a float, and above 0.
     *
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void positive(String name, double value) {
        above(0, "0", name, value);
    }

    /**
     * Checks that a number is finite, also as a float, and above another.
     *
     * @param bound the number that is too small
     * @param boundName the number or its name, for the message
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void above(double bound, String boundName, String name, double value) {
        if (!(value > bound && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and above " + boundName + ": " + value);
        }
        atMostFloat(name, value);
    }

    /**
     * Checks that a number is in [0, 1].
     *
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void fraction(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1]: " + value);
        }
    }

    /**
     * Checks that a number is in [0, 1), as the factor of an average must be.
     *
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void belowOne(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1): " + value);
        }
    }

    /**
     * Checks that a number is in (0, 1), as the factor of an average must be that something is divided by.
     *
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void between(String name, double value) {
        if (!(value > 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in (0, 1): " + value);
        }
    }

    /**
     * Checks that a number is from 0 to another.
     *
     * @param most the largest value allowed
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is not
     */
    public static void atMost(int most, String name, double value) {
        if (!(value >= 0 && value <= most)) {
            throw new IllegalArgumentException(name + " must be in [0, " + most + "]: " + value);
        }
    }

    /**
     * Checks the lowest value of a schedule.
     *
     * @param floor the lowest value
     * @param name the name of the highest value
     * @param value the highest value
     * @throws IllegalArgumentException if the lowest value is negative, not finite or above the highest
     */
    public static void floor(double floor, String name, double value) {
        notNegative("floor", floor);
        if (floor > value) {
            throw new IllegalArgumentException("floor must not be above " + name + " " + value + ": " + floor);
        }
    }

    /**
     * Checks that a number is not too small.
     *
     * @param least the smallest value allowed
     * @param name the argument's name
     * @param value its value
     * @throws IllegalArgumentException if it is less
     */
    public static void atLeast(long least, String name, long value) {
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
