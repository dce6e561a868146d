package dev.lanewise.schedule;

import java.util.Objects;

/** One schedule after another: {@link Schedule#then}. */
record Sequence(Schedule first, long steps, Schedule next) implements Schedule {
    Sequence {
        Objects.requireNonNull(next, "next");
        Checks.steps("steps", steps, 0);
    }

    @Override
    public double at(long step) {
        return step < steps ? first.at(step) : next.at(step - steps);
    }
}
