package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** The choice between one thread and all of them, with a clock of its own: which steps are divided, and how soon it notices a change. */
class ThreadChoiceTest {
    private static final long ELEMENTS = 1 << 20, ALONE = 90_000;

    /** Takes steps on a clock that each of them advances. */
    private static final class Machine {
        final ThreadChoice choice;
        long now;
        int changes;

        /** Steps that were divided in a row, and all steps that were divided and that were not. */
        int awake;

        int divided, undivided;

        Machine() {
            choice = new ThreadChoice(TWO, () -> now, () -> changes);
        }

        /**
         * Takes steps.
         *
         * @param alone the time of a step on one thread, by its number
         * @param together that on all of them, by the number of divided steps in a row, from 0
         * @return the part of the steps that were divided
         */
        double run(int steps, LongUnaryOperator alone, LongUnaryOperator together) {
            divided = undivided = 0;
            for (int step = 0; step < steps; step++) {
                choice.begin();
                if (choice.ranges(ELEMENTS, false) == 1) {
                    now += alone.applyAsLong(step);
                    awake = 0;
                    undivided++;
                } else {
                    now += together.applyAsLong(awake++);
                    divided++;
                }
                choice.end();
            }
            return (double) divided / steps;
        }
    }

    /** Their threads are never called. */
    private static final Workers TWO = Workers.on(helper -> {}, 2), THREE = Workers.on(helper -> {}, 3);

    /** A helper that is parked wakes up late, so that its first steps take as long as on one thread, or many times as long. */
    private static LongUnaryOperator wakingUp(long awake, long late) {
        return step -> step < 2 ? late : step == 2 ? 2 * awake : awake;
    }

    @Test
    void allThreadsRunWhereTheyAreFasterThoughTheyWakeUpLate() {
        for (long late : new long[] {ALONE, 5 * ALONE, 50 * ALONE}) {
            Machine machine = new Machine();
            machine.run(400, step -> ALONE, wakingUp(ALONE / 2, late));
            double part = machine.run(20_000, step -> ALONE, wakingUp(ALONE / 2, late));
            assertTrue(part > 0.99, late + ": " + part);
        }
    }

    @Test
    void oneThreadRunsWhereTheOthersAreSlower() {
        for (double slower : new double[] {0.97, 1, 1.3, 3}) {
            Machine machine = new Machine();
            machine.run(400, step -> ALONE, step -> (long) (slower * ALONE));
            long begin = machine.now;
            double part = machine.run(20_000, step -> ALONE, step -> (long) (slower * ALONE));
            assertTrue(part < 0.03, slower + ": " + part);
            assertTrue(machine.now - begin < 1.1 * 20_000 * ALONE, "trials may take a tenth of the time");
        }
    }

    /** Code is compiled in the first steps, and on other cores something else runs for a moment. */
    @Test
    void slowStepsDoNotDecide() {
        Machine machine = new Machine();
        machine.run(1000, step -> step < 20 ? 100 * ALONE : ALONE, step -> ALONE * 1000 / (1 + step * step));
        int[] steps = {0};
        double part = machine.run(
                50_000,
                step -> step % 97 == 0 ? 60 * ALONE : ALONE,
                step -> ++steps[0] % 97 == 0 ? 60 * ALONE : ALONE / 2);
        assertTrue(part > 0.97, "part " + part);
    }

    /** Large steps are few: in 70 of them, over 16 Mi, one thread ran for a second because definitions had been slow before. */
    @Test
    void forgetsTheTimesOfCodeThatWasReplaced() {
        for (int before = 0; before < 40; before++) {
            Machine machine = new Machine();
            machine.run(before, step -> 40 * ALONE, step -> 20 * ALONE);
            machine.changes++;
            machine.run(100, step -> ALONE, step -> ALONE / 2);
            assertTrue(machine.undivided < 20, "on one thread after " + before + " steps: " + machine.undivided);
        }
    }

    @Test
    void noticesWhenAnotherProgramTakesACoreAndWhenItEnds() {
        Machine machine = new Machine();
        machine.run(20_000, step -> ALONE, step -> ALONE / 2);
        machine.run(600, step -> ALONE, step -> 3 * ALONE);
        assertTrue(machine.divided < 400, "steps with a core that is taken: " + machine.divided);
        assertTrue(machine.run(5_000, step -> ALONE, step -> 3 * ALONE) < 0.03);
        machine.run(1_200, step -> ALONE, step -> ALONE / 2);
        assertTrue(machine.undivided < 600, "steps with a core that is free again: " + machine.undivided);
        assertTrue(machine.run(5_000, step -> ALONE, step -> ALONE / 2) > 0.97);
    }

    /** A skipped step divides nothing, and a confined one may not be divided: neither says how fast the threads are. */
    @Test
    void stepsThatAreNotDividedDoNotCount() {
        Machine machine = new Machine();
        machine.run(20_000, step -> ALONE, step -> ALONE / 2);
        for (int step = 0; step < 10_000; step++) {
            machine.choice.begin();
            if (step % 2 == 0) {
                assertEquals(1, machine.choice.ranges(ELEMENTS, true));
                assertEquals(1, machine.choice.ranges(1000, false));
            }
            machine.now += 1000 * ALONE;
            machine.choice.end();
        }
        assertTrue(machine.run(100, step -> ALONE, step -> ALONE / 2) > 0.85);
    }

    @Test
    void rangesHaveAtLeastThirtyTwoKiElementsAndAreAsManyAsThreads() {
        ThreadChoice choice = new ThreadChoice(THREE, () -> 0, () -> 0);
        choice.begin();
        assertEquals(1, choice.ranges((1 << 16) - 1, false));
        assertEquals(2, choice.ranges(1 << 16, false));
        assertEquals(3, choice.ranges(1 << 30, false));
        ThreadChoice one = new ThreadChoice(
                Workers.caller(),
                () -> {
                    throw new AssertionError("one thread needs no clock");
                },
                () -> 0);
        one.begin();
        assertEquals(1, one.ranges(1 << 30, false));
        one.end();
    }
}
