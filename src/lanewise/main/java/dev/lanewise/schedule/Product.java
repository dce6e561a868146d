package dev.lanewise.schedule;

import java.util.Objects;

/** One schedule times another: {@link Schedule#times(Schedule)}. */
record Product(Schedule one, Schedule other) implements Schedule {
    Product {
        Objects.requireNonNull(other, "other");
    }

    @Override
    public double at(long step) {
        return one.at(step) * other.at(step);
    }
}
