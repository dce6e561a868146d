package dev.lanewise.schedule;

import dev.lanewise.internal.Check;
import java.util.Objects;

/** One schedule followed by another, which {@link Schedule#then} returns. */
record Sequence(Schedule first, long steps, Schedule next) implements Schedule {
    Sequence {
        Objects.requireNonNull(next, "next");
        Check.atLeast(0, "steps", steps);
    }

    @Override
    public double at(long step) {
        return step < steps ? first.at(step) : next.at(step - steps);
    }
}
