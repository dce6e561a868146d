package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** The choice between one thread and all of them, with a clock of its own: which laps run on all, and how soon it notices a change. */
class ThreadChoiceTest {
    private static final long ALONE = 90_000;

    /** Runs laps on a clock that each of them advances. */
    private static final class Machine {
        final ThreadChoice choice = new ThreadChoice(() -> this.now, () -> this.changes);
        long now;
        int changes;

        /** The runs of a lap, which share its time, and the time between two laps in which nothing runs. */
        int runs = 3;

        long between = 1000;

        /** Laps that ran on all threads in a row, and all laps that did and that did not. */
        int awake;

        int together, alone;

        /**
         * Runs laps.
         *
         * @param alone the time of a lap on one thread, by its number
         * @param together that on all of them, by the number of such laps in a row, from 0
         * @return the part of the laps that ran on all threads
         */
        double run(int laps, LongUnaryOperator alone, LongUnaryOperator together) {
            this.together = this.alone = 0;
            for (int lap = 0; lap < laps; lap++) {
                now += between;
                long before = now;
                boolean all = choice.begin();
                long nanos = all ? together.applyAsLong(awake++) : alone.applyAsLong(lap);
                for (int run = 1; run <= runs; run++) {
                    if (run > 1) {
                        choice.begin();
                    }
                    now = before + nanos * run / runs;
                    choice.end(1);
                }
                awake = all ? awake : 0;
                this.together += all ? 1 : 0;
                this.alone += all ? 0 : 1;
                choice.lap();
            }
            return (double) this.together / laps;
        }
    }

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
        for (double slower : new double[] {0.97, 1, 1.3, 3, 20}) {
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
            assertTrue(machine.alone <= 13, "on one thread after " + before + " steps: " + machine.alone);
        }
    }

    /** Large steps are few, so that trials of what is clearly slower must not take many of them. */
    @Test
    void aClearChoiceIsDoubtedRarely() {
        for (double faster : new double[] {0.3, 0.5, 0.7}) {
            Machine machine = new Machine();
            machine.run(500, step -> ALONE, step -> (long) (faster * ALONE));
            assertTrue(machine.alone <= 12, faster + ": laps on one thread: " + machine.alone);
        }
    }

    /** One thread was slow in the first trial only, for a while, which makes all threads seem much faster. */
    @Test
    void aFirstTrialThatWasDisturbedIsForgotten() {
        Machine machine = new Machine();
        machine.run(60, step -> 5 * ALONE, step -> 11 * ALONE / 10);
        machine.run(600, step -> ALONE, step -> 11 * ALONE / 10);
        assertTrue(machine.run(5_000, step -> ALONE, step -> 11 * ALONE / 10) < 0.03);
    }

    @Test
    void noticesWhenAnotherProgramTakesACoreAndWhenItEnds() {
        Machine machine = new Machine();
        machine.run(20_000, step -> ALONE, step -> ALONE / 2);
        machine.run(600, step -> ALONE, step -> 3 * ALONE);
        assertTrue(machine.together < 400, "laps with a core that is taken: " + machine.together);
        assertTrue(machine.run(5_000, step -> ALONE, step -> 3 * ALONE) < 0.03);
        machine.run(1_200, step -> ALONE, wakingUp(ALONE / 2, 5 * ALONE));
        assertTrue(machine.alone < 600, "laps with a core that is free again: " + machine.alone);
        assertTrue(machine.run(5_000, step -> ALONE, step -> ALONE / 2) > 0.97);
    }

    /** Each product may take less time on all threads, and the lap of which it is a part not. */
    @Test
    void theTimeOfAWholeLapCounts() {
        Machine machine = new Machine();
        machine.between = 20 * ALONE;
        machine.runs = 12;
        machine.run(400, step -> ALONE, step -> 11 * ALONE / 10);
        assertTrue(machine.run(5_000, step -> ALONE, step -> 11 * ALONE / 10) < 0.03);
        machine.run(1_200, step -> ALONE, step -> 9 * ALONE / 10);
        assertTrue(machine.run(5_000, step -> ALONE, step -> 9 * ALONE / 10) > 0.97);
    }

    /** Two optimizers take turns, and what one trains takes longer. */
    @Test
    void lapsOfTwoKindsAreComparedInPairs() {
        for (double slower : new double[] {0.6, 0.9, 1, 1.5}) {
            Machine machine = new Machine();
            int[] lap = {0};
            LongUnaryOperator alone = step -> lap[0]++ % 2 == 0 ? ALONE : 2 * ALONE;
            LongUnaryOperator together = step -> (long) (slower * alone.applyAsLong(step));
            machine.run(600, alone, together);
            double part = machine.run(20_000, alone, together);
            assertTrue(slower < 1 ? part > 0.95 : part < 0.05, slower + ": " + part);
        }
    }

    /** The second of two optimizers follows the first at once. */
    @Test
    void shortLapsDoNotMakeLongOnesOverdue() {
        Machine machine = new Machine();
        int[] lap = {0};
        LongUnaryOperator alone = step -> step % 2 == 0 ? ALONE : ALONE / 20;
        LongUnaryOperator together = step -> step % 2 == 0 ? ALONE / 2 : ALONE / 15;
        machine.run(600, alone, step -> together.applyAsLong(lap[0]++));
        assertTrue(machine.run(20_000, alone, step -> together.applyAsLong(lap[0]++)) > 0.95);
    }

    /** Of the predictions of a service, each is a lap, and has any number of rows. */
    @Test
    void timesOfLapsAreDividedByTheirWork() {
        for (double slower : new double[] {0.6, 1.5}) {
            Machine machine = new Machine();
            Random random = new Random(1);
            int all = 0;
            for (int lap = 0; lap < 20_000; lap++) {
                int rows = 1 + random.nextInt(200);
                boolean together = machine.choice.begin();
                machine.now += (long) (rows * ALONE * (together ? slower : 1));
                machine.choice.end(rows);
                machine.choice.lap();
                all += together ? 1 : 0;
            }
            assertTrue(slower < 1 ? all > 19_000 : all < 1_000, slower + ": " + all);
        }
    }

    @Test
    void allThreadsRunUntilOneIsKnownToBeFaster() {
        Machine machine = new Machine();
        for (int lap = 0; lap < 16; lap++) {
            machine.now += ALONE;
            machine.choice.lap();
        }
        assertTrue(machine.choice.begin());
    }

    /** Tasks that are not divided have no time, and an evaluation of the network is no part of its training. */
    @Test
    void whatIsNoPartOfALapDoesNotCount() {
        Machine machine = new Machine();
        machine.run(20_000, step -> ALONE, step -> 3 * ALONE);
        assertFalse(machine.choice.begin(), "one thread is faster");
        for (int lap = 0; lap < 10_000; lap++) {
            machine.now += ALONE;
            machine.choice.lap();
        }
        assertTrue(machine.run(100, step -> ALONE, step -> 3 * ALONE) < 0.1);
        for (int evaluation = 0; evaluation < 1000; evaluation++) {
            machine.now += 100 * ALONE;
            assertTrue(machine.choice.begin(), "long after the last lap");
            machine.now += ALONE / 100;
            machine.choice.end(1);
            machine.choice.lap();
            // The next laps are as short as usual.
            assertTrue(machine.run(50, step -> ALONE, step -> 3 * ALONE) < 0.3);
        }
    }

    /** All threads are a little faster, and an evaluation takes as long on them as several laps. */
    @Test
    void anEvaluationDoesNotMakeItsLapSlower() {
        Machine machine = new Machine();
        machine.run(2_000, step -> ALONE, step -> 9 * ALONE / 10);
        int all = 0;
        for (int evaluation = 0; evaluation < 1_000; evaluation++) {
            machine.now += 10 * (ALONE + machine.between);
            machine.choice.begin();
            machine.now += 5 * ALONE;
            machine.choice.end(1);
            machine.run(20, step -> ALONE, step -> 9 * ALONE / 10);
            all += machine.together;
        }
        assertTrue(all > 19_000, "laps on all threads: " + all);
    }

    /** On many threads a lap takes many times as long on one. */
    @Test
    void aTrialOfOneThreadEndsWhenItTakesTooLong() {
        Machine machine = new Machine();
        machine.runs = 100;
        long begin = machine.now;
        int whole = 0;
        for (int lap = 0; lap < 1000; lap++) {
            int left = 0;
            for (int i = 0; i < machine.runs; i++) {
                boolean all = machine.choice.begin();
                left += all ? 0 : 1;
                machine.now += all ? ALONE : 64 * ALONE;
                machine.choice.end(1);
            }
            whole += left == machine.runs ? 1 : 0;
            machine.choice.lap();
        }
        assertEquals(0, whole, "laps on one thread");
        assertTrue(machine.now - begin < 1.02 * 1000 * machine.runs * ALONE, "trials took " + (machine.now - begin));
    }
}
