package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.schedule.Schedule;
import dev.lanewise.tune.LearningRateRangeTest;

/** The schedule of a range test: a rate that grows by the same factor each step. */
public record Ramp(double from, double to, int steps) implements Schedule {
    public static Ramp of(LearningRateRangeTest test) {
        return new Ramp(test.from(), test.to(), test.steps());
    }

    @Override
    public double at(long step) {
        return step >= steps - 1 ? to : from * StrictMath.pow(to / from, step / (steps - 1.0));
    }
}
