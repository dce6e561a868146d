package dev.lanewise.internal.kernel;

/**
 * Tells by time whether C2 has compiled a kernel, and whether so badly that its vectors are objects. That happens where C2 is
 * late: it then takes the stores of a kernel for rare, and does not inline them. Such kernels took 10 to 57 ns for an element
 * instead of 0.7. A kernel that is linked anew has a class and profiles of its own, with which C2 does better.
 *
 * <p>Several threads may report at the same time, and lose a report of each other, which is harmless.
 */
final class Lateness {
    /** A trial that takes no longer than this, in nanoseconds, was compiled by C2: otherwise it takes several microseconds. */
    private static final long COMPILED = 1_000;

    /**
     * On slow machines, which may be emulated, a trial that takes no longer than the calls without iterations do on average,
     * times this, was compiled by C2 too. The first trials do not tell: if the processor is taken away meanwhile, these calls
     * seem slow, and C1's code would pass. C2 has compiled nothing then, nor the definition, whose time tells nothing.
     */
    private static final int SLOWER = 24, FIRST_TRIALS = 32;

    /**
     * The fastest of some trials is doubtful if it takes longer than a call without iterations, times this, or longer than so
     * many nanoseconds where such a call is fast. Those of badly compiled kernels took 440 to 930 ns and 15 to 55 times as long,
     * and the others up to 220 ns and 14 times.
     */
    private static final int DOUBTFUL = 16, DOUBTFUL_NANOS = 400, FAST = 100;

    /**
     * A run is late if it takes longer for a unit of work than the trial did that showed the kernel compiled, times this, and
     * some nanoseconds more. After so many late runs in a row the compiled code is lost; a caller whose processor was taken away
     * is late once.
     */
    private static final int LATE = 12, LEAST_LATE = 2_000, IN_A_ROW = 4;

    /** How often a kernel is linked anew. On a machine whose memory is slow it should not be for ever. */
    private static final int MOST_LOSSES = 3;

    /** The nanoseconds for a unit of work of the trial that showed the kernel compiled. */
    private volatile double compiled = Double.POSITIVE_INFINITY;

    private int lateRuns, losses;

    /**
     * {@return whether a trial was as fast as compiled code}
     *
     * @param empty the nanoseconds of a call without iterations, the least of the averages before each trial
     * @param trials the number of trials before it
     */
    static boolean isFast(long nanos, double empty, int trials) {
        return nanos <= COMPILED || trials >= FIRST_TRIALS && nanos <= SLOWER * empty;
    }

    /** {@return whether a trial was too slow for compiled code, and the kernel should be linked anew} */
    boolean isDoubtful(long nanos, double empty) {
        boolean doubtful = nanos > DOUBTFUL * empty || nanos > DOUBTFUL_NANOS && empty < FAST;
        return doubtful && losses++ < MOST_LOSSES;
    }

    /** Keeps how fast a trial showed the compiled kernel to be. */
    void compiled(long nanos, long units) {
        compiled = (double) nanos / units;
    }

    /** {@return whether a run was slower than compiled code is} */
    boolean isLate(long nanos, long units) {
        boolean late = nanos > LATE * compiled * units + LEAST_LATE;
        lateRuns = late ? lateRuns + 1 : 0;
        return late;
    }

    /** {@return whether so many runs in a row were late that the kernel should be linked anew} */
    boolean isLost() {
        if (lateRuns < IN_A_ROW || losses >= MOST_LOSSES) {
            return false;
        }
        losses++;
        lateRuns = 0;
        return true;
    }
}
