package dev.lanewise.schedule;

import java.util.Objects;

/** The product of two schedules, which {@link Schedule#times(Schedule)} returns. */
record Product(Schedule one, Schedule other) implements Schedule {
    Product {
        Objects.requireNonNull(other, "other");
    }

    @Override
    public double at(long step) {
        return one.at(step) * other.at(step);
    }
}
