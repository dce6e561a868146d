package dev.lanewise.schedule;

/** Argument checks shared by the schedules. */
final class Checks {
    private Checks() {}

    static void value(String name, double value) {
        if (!(value >= 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(name + " must be finite and not negative: " + value);
        }
    }

    static void steps(String name, long steps, long least) {
        if (steps < least) {
            throw new IllegalArgumentException(name + " must be at least " + least + ": " + steps);
        }
    }
}
