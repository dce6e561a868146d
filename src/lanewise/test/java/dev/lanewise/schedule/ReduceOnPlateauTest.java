package dev.lanewise.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.schedule.ReduceOnPlateau.Goal;
import dev.lanewise.schedule.ReduceOnPlateau.State;
import dev.lanewise.schedule.ReduceOnPlateau.Threshold;
import org.junit.jupiter.api.Test;

class ReduceOnPlateauTest {
    @Test
    void keepsItsRateWhileTheMetricImproves() {
        ReduceOnPlateau schedule = new ReduceOnPlateau(0.1);
        assertEquals(0.1, schedule.at(0));
        for (int i = 0; i < 100; i++) {
            schedule.observe(100 - i);
        }
        assertEquals(0.1, schedule.at(100));
    }

    @Test
    void fallsAfterMoreThanItsPatience() {
        ReduceOnPlateau schedule = new ReduceOnPlateau(1);
        schedule.observe(5);
        for (int i = 0; i < 10; i++) {
            schedule.observe(5);
        }
        assertEquals(1, schedule.at(0));
        schedule.observe(5);
        assertEquals(0.1, schedule.at(0));
        assertEquals(new State(0.1, 5, 0, 0), schedule.state());
    }

    @Test
    void whatIsHardlyBetterIsNoImprovement() {
        ReduceOnPlateau schedule = new ReduceOnPlateau(1);
        schedule.observe(1);
        schedule.observe(0.9999);
        assertEquals(new State(1, 1, 1, 0), schedule.state());
        schedule.observe(0.9998);
        assertEquals(new State(1, 0.9998, 0, 0), schedule.state());
    }

    @Test
    void notANumberIsNoImprovement() {
        ReduceOnPlateau schedule = new ReduceOnPlateau(1);
        for (int i = 0; i < 11; i++) {
            schedule.observe(Double.NaN);
        }
        assertEquals(0.1, schedule.at(0));
        assertEquals(Double.POSITIVE_INFINITY, schedule.state().best());
    }

    /** The numbers are those of a file, which may be any. */
    @Test
    void goesOnFromAnyState() {
        for (long patience : new long[] {0, 10, Long.MAX_VALUE}) {
            ReduceOnPlateau schedule =
                    new ReduceOnPlateau(1, Goal.MINIMUM, 0.5, patience, 0, Threshold.ABSOLUTE, Long.MAX_VALUE, 0, 0);
            schedule.restore(new State(1, 5, Long.MAX_VALUE, 0));
            for (int i = 0; i < 3; i++) {
                schedule.observe(6);
            }
            assertEquals(patience < Long.MAX_VALUE ? 0.5 : 1, schedule.at(0));
        }
    }

    @Test
    void goesOnFromItsState() {
        ReduceOnPlateau one = new ReduceOnPlateau(1, Goal.MAXIMUM, 0.5, 1, 0, Threshold.ABSOLUTE, 2, 0, 0);
        ReduceOnPlateau other = new ReduceOnPlateau(1, Goal.MAXIMUM, 0.5, 1, 0, Threshold.ABSOLUTE, 2, 0, 0);
        double[] metrics = {1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 3};
        for (int i = 0; i < metrics.length; i++) {
            other.restore(one.state());
            one.observe(metrics[i]);
            other.observe(metrics[i]);
            assertEquals(one.state(), other.state());
        }
        assertEquals(new State(0.125, 3, 0, 1), one.state());
    }

    @Test
    void refusesNull() {
        assertMissing("goal", () -> new ReduceOnPlateau(1, null, 0.5, 0, 0, Threshold.RELATIVE, 0, 0, 0));
        assertMissing("meaning", () -> new ReduceOnPlateau(1, Goal.MINIMUM, 0.5, 0, 0, null, 0, 0, 0));
        assertMissing("state", () -> new ReduceOnPlateau(1).restore(null));
    }

    private static void assertMissing(String name, Runnable action) {
        assertEquals(name, assertThrows(NullPointerException.class, action::run).getMessage());
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("factor must be in [0, 1): 1.0", () -> make(1, 0, 0, 0, 0, 0));
        assertMessage("patience must be at least 0: -1", () -> make(0.5, -1, 0, 0, 0, 0));
        assertMessage("threshold must be finite and not negative: -1.0", () -> make(0.5, 0, -1, 0, 0, 0));
        assertMessage("cooldown must be at least 0: -2", () -> make(0.5, 0, 0, -2, 0, 0));
        assertMessage("floor must not be above initial 1.0: 2.0", () -> make(0.5, 0, 0, 0, 2, 0));
        assertMessage("least must be finite and not negative: NaN", () -> make(0.5, 0, 0, 0, 0, Double.NaN));
        assertMessage("rate must be finite and not negative: NaN", () -> new State(Double.NaN, 1, 0, 0));
        assertMessage("best must be a number: NaN", () -> new State(1, Double.NaN, 0, 0));
        assertMessage("bad must be at least 0: -1", () -> new State(1, 1, -1, 0));
        assertMessage("cooling must be at least 0: -1", () -> new State(1, 1, 0, -1));
    }

    private static void make(
            double factor, long patience, double threshold, long cooldown, double floor, double least) {
        new ReduceOnPlateau(1, Goal.MINIMUM, factor, patience, threshold, Threshold.RELATIVE, cooldown, floor, least);
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
