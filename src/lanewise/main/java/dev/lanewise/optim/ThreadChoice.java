package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Readiness;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;

/**
 * Chooses by measurement whether a step runs on one thread or on all of the workers', so that more threads are never slower for
 * long. A thread whose core another program uses holds up the others, because a step ends with its last range.
 *
 * <p>The choice changes the time of a step and never its bits, which do not depend on the ranges.
 */
final class ThreadChoice {
    /** The number of elements for each thread; a smaller range is not worth another thread. */
    private static final long GRAIN = 1 << 15;

    /**
     * The steps of a trial of the other choice, and how many of them count, the last. The threads may be parked at first, and wake up as
     * late as in the second step, and the caches of their cores have other data.
     */
    private static final int TRIAL = 6, COUNTED = 3;

    /** The steps from one trial to the next: few at first, because code is compiled meanwhile, and many if the choice is clear. */
    private static final int FIRST = 8, USUAL = 256, CLEAR = 4096;

    /** All threads are preferred if they take less than this part of one thread's time, and not doubted if less than the other. */
    private static final double WORTH = 0.95, NO_DOUBT = 0.75;

    /** The weight of a step in the moving average of the preferred choice, and that of a trial in the average of the other. */
    private static final double WEIGHT = 1.0 / 16, TRIAL_WEIGHT = 0.7;

    /** A step counts as at most so many times the average before it, because another program may have taken the core for a moment. */
    private static final double MOST = 2;

    private final Workers workers;

    /** The nanoseconds since some moment. */
    private final LongSupplier clock;

    /** A number that changes when other code takes over, with which all times of steps are out of date, and its last value. */
    private final IntSupplier changes;

    private int seen;

    /** The average nanoseconds of a step on one thread and on all; infinite until they are known. */
    private double alone = Double.POSITIVE_INFINITY, together = Double.POSITIVE_INFINITY;

    private boolean preferAll = true;

    /** The steps to the next trial, and those that are left of a trial; the usual number, which grows. */
    private int wait = FIRST, trial, usual = FIRST;

    /** Whether the current step may use all threads, and whether it has enough elements for that. */
    private boolean all, divided;

    private long start;

    /** How many steps of a trial have been counted, and their times: the least, the most and the sum. */
    private int counted;

    private double least, most, sum;

    ThreadChoice(Workers workers) {
        this(workers, System::nanoTime, Readiness::changes);
    }

    ThreadChoice(Workers workers, LongSupplier clock, IntSupplier changes) {
        this.workers = workers;
        this.clock = clock;
        this.changes = changes;
        seen = changes.getAsInt();
    }

    /** Begins a step. */
    void begin() {
        if (workers.threads() > 1) {
            forgetIfChanged();
            if (trial > 0 && --trial == 0) {
                endTrial();
                preferAll = together < WORTH * alone;
                usual = Math.min(2 * usual, CLEAR);
                wait = usual;
            } else if (trial == 0 && (--wait <= 0 || usual - wait >= USUAL && !isClear())) {
                trial = TRIAL;
                counted = 0;
                least = Double.POSITIVE_INFINITY;
                most = sum = 0;
            }
            all = trial > 0 != preferAll;
            divided = false;
            start = clock.getAsLong();
        }
    }

    private void forgetIfChanged() {
        int now = changes.getAsInt();
        if (now != seen) {
            seen = now;
            alone = together = Double.POSITIVE_INFINITY;
            wait = usual = FIRST;
            trial = 0;
        }
    }

    private boolean isClear() {
        return preferAll && together < NO_DOUBT * alone;
    }

    /** {@return the number of ranges into which a length is divided in this step; 1 if memory is confined to the caller's thread} */
    int ranges(long length, boolean confined) {
        int most = confined ? 1 : Math.clamp(length / GRAIN, 1, workers.threads());
        divided |= most > 1;
        return all ? most : 1;
    }

    /** Ends a step; it is not called if the step has thrown an exception. */
    void end() {
        if (divided && trial <= COUNTED) {
            double nanos = clock.getAsLong() - start;
            if (trial > 0) {
                counted++;
                least = Math.min(least, nanos);
                most = Math.max(most, nanos);
                sum += nanos;
            } else {
                take(all, nanos, WEIGHT);
            }
        }
    }

    /** Takes the median of the counted steps of a trial, of which there are none if their gradients were not divided. */
    private void endTrial() {
        if (counted == COUNTED) {
            take(!preferAll, sum - least - most, TRIAL_WEIGHT);
        }
    }

    private void take(boolean all, double nanos, double weight) {
        if (all) {
            together = average(together, nanos, weight);
        } else {
            alone = average(alone, nanos, weight);
        }
    }

    private static double average(double before, double nanos, double weight) {
        return before == Double.POSITIVE_INFINITY ? nanos : before + (Math.min(nanos, MOST * before) - before) * weight;
    }
}
