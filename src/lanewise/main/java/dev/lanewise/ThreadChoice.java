package dev.lanewise;

import dev.lanewise.internal.kernel.Readiness;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Chooses by measurement whether tasks run on one thread or on all of the workers', so that more threads are never slower for
 * long: a thread whose core another program uses holds up the others, and one whose core has a cache of its own waits for what
 * the others have written.
 *
 * <p>What counts is the time of all tasks of a lap, such as a step of training, because each product or update finds its data in
 * the caches where the ones before it have left them. Each of them by itself may seem to be faster on all threads although the
 * lap is not.
 *
 * <p>The choice changes the time of a lap and never its bits, which do not depend on the threads. One thread at a time uses it.
 */
final class ThreadChoice {
    /**
     * The laps of a trial of the other choice, and how many of them count, the last. The threads may be parked at first, and wake up as
     * late as in the second lap, and the caches of their cores have other data. An even number counts, since two optimizers may take
     * turns.
     */
    private static final int TRIAL = 6, COUNTED = 4;

    /** The laps from one trial to the next: few at first, because code is compiled meanwhile, and many if the choice is clear. */
    private static final int FIRST = 8, USUAL = 256, CLEAR = 4096;

    /** The factor by which the laps to the next trial grow with each, and that if the choice is clear: large steps are few. */
    private static final int GROWTH = 2, CLEAR_GROWTH = 8;

    /** All threads are preferred if they take less than this part of one thread's time, and not doubted if less than the other. */
    private static final double WORTH = 0.95, NO_DOUBT = 0.75;

    /** The part of the time that trials of a much slower choice may lose. They become rarer for it, by at most so many laps. */
    private static final double LOSS = 1.0 / 20;

    private static final int MOST_LOSS = 1024;

    /** The weight of a lap in the moving average of the preferred choice, and that of a trial in the average of the other. */
    private static final double WEIGHT = 1.0 / 16, TRIAL_WEIGHT = 0.7;

    /**
     * A lap counts as at most so many times the average before it, because another program may have taken the core for a moment. A
     * trial of one thread ends as soon as it takes longer than all threads by this factor.
     */
    private static final double MOST = 2;

    /** Once so many times the time of the last laps has passed, what runs belongs to no lap, and is not bound to one thread. */
    private static final int OVERDUE = 8;

    /** The nanoseconds since some moment. */
    private final LongSupplier clock;

    /** A number that changes when other code takes over, with which all times of laps are out of date, and its last value. */
    private final IntSupplier changes;

    private int seen;

    /** The average nanoseconds of the tasks of a lap on one thread and on all; infinite until they are known. */
    private double alone = Double.POSITIVE_INFINITY, together = Double.POSITIVE_INFINITY;

    private boolean preferAll = true;

    /** The laps to the next trial, and those that are left of a trial; the usual number, which grows. */
    private int wait = FIRST, trial, usual = FIRST;

    /** Whether the current lap may use all threads. */
    private boolean all = true;

    /** Whether laps have begun. */
    private boolean begun;

    /** When the current lap began, how long the last ones were at most, 0 if unknown, and how long tasks of the current one have run. */
    private long begin, length, nanos;

    /** When the current tasks began to run, and whether they belong to a lap that has begun. */
    private long start;

    private boolean counts;

    /** How many laps of a trial have been counted, the sum of their times as they count, and of those that it took. */
    private int counted;

    private double sum, spent;

    ThreadChoice() {
        this(System::nanoTime, Readiness::changes);
    }

    ThreadChoice(LongSupplier clock, IntSupplier changes) {
        this.clock = clock;
        this.changes = changes;
        seen = changes.getAsInt();
    }

    /** Is called before tasks run. {@return whether they may run on all threads} */
    boolean begin() {
        if (!begun) {
            return true;
        }
        start = clock.getAsLong();
        counts = length == 0 || start - begin <= OVERDUE * length;
        if (!counts) {
            return true;
        }
        if (trial > 0 && preferAll && nanos > MOST * together) {
            trial = 1;
            all = true;
        }
        return all;
    }

    /** {@return whether the tasks that {@link #begin} was called for belong to a lap} */
    boolean isLap() {
        return begun && counts;
    }

    /**
     * Counts the time of the tasks that have run since {@link #begin}, if none of them has failed.
     *
     * @param units what the time is divided by, for laps that differ in their work
     */
    void end(int units) {
        if (counts) {
            nanos += (clock.getAsLong() - start) / units;
        }
    }

    /** Ends a lap, and begins the next. */
    void lap() {
        long now = clock.getAsLong();
        // One of several optimizers may follow another at once.
        length = begun ? Math.max(now - begin, length - length / 8) : 0;
        begun = true;
        begin = now;
        if (nanos > 0) {
            count();
        }
        choose();
        nanos = 0;
    }

    private void count() {
        if (trial == 0) {
            take(all, nanos, WEIGHT);
        } else if (trial <= COUNTED) {
            counted++;
            sum += Math.min(nanos, MOST * average(preferAll));
            spent += nanos;
        }
    }

    private void choose() {
        int now = changes.getAsInt();
        if (now != seen) {
            seen = now;
            alone = together = Double.POSITIVE_INFINITY;
            wait = usual = FIRST;
            trial = 0;
        }
        if (trial > 0 && --trial == 0) {
            endTrial();
        } else if (trial == 0 && (--wait <= 0 || usual - wait >= USUAL && !isClear())) {
            trial = TRIAL;
            counted = 0;
            sum = spent = 0;
        }
        all = trial > 0 != preferAll;
    }

    private void endTrial() {
        if (counted > 0) {
            take(!preferAll, sum / counted, TRIAL_WEIGHT);
        }
        preferAll = alone == Double.POSITIVE_INFINITY || together < WORTH * alone;
        usual = Math.min((isClear() ? CLEAR_GROWTH : GROWTH) * usual, CLEAR);
        double average = average(preferAll), loss = (spent - counted * average) / average;
        // The first trials are dear because code is not compiled yet.
        wait = usual + (usual < USUAL ? 0 : (int) Math.clamp(loss / LOSS, 0, MOST_LOSS));
    }

    private boolean isClear() {
        return preferAll && together < NO_DOUBT * alone;
    }

    private double average(boolean all) {
        return all ? together : alone;
    }

    private void take(boolean all, double nanos, double weight) {
        double before = average(all);
        double average = before == Double.POSITIVE_INFINITY
                ? nanos
                : before + (Math.min(nanos, MOST * before) - before) * weight;
        if (all) {
            together = average;
        } else {
            alone = average;
        }
    }
}
