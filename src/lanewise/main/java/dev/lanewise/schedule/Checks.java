package dev.lanewise.schedule;

/** Argument checks shared by the schedules. Each is written so that NaN fails it. */
final class Checks {
    private Checks() {}

    static void value(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and not negative: " + value);
        }
    }

    static void positive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and above 0: " + value);
        }
    }

    static void fraction(String name, double value) {
        if (!(value >= 0 && value <= 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1]: " + value);
        }
    }

    static void belowOne(String name, double value) {
        if (!(value >= 0 && value < 1)) {
            throw new IllegalArgumentException(name + " must be in [0, 1): " + value);
        }
    }

    static void floor(double floor, String name, double value) {
        value("floor", floor);
        if (floor > value) {
            throw new IllegalArgumentException("floor must not be above " + name + " " + value + ": " + floor);
        }
    }

    static void steps(String name, long steps, long least) {
        if (steps < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ": " + steps);
        }
    }
}
