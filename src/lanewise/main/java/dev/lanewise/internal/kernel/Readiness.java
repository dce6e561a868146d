package dev.lanewise.internal.kernel;

import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decides when a kernel takes over from the scalar definition beside it, which has the same bits. Until C2 has compiled a vector
 * loop, each of its vectors is an object, which takes a hundred times as long as the definition. Callers therefore run the
 * definition until {@link #isReady()} and report its time by {@link #end}, which meanwhile tries the kernel on a few
 * elements of its own, so that the JVM compiles it.
 *
 * <p>Trials take at most half of the time that definitions have taken before, of any kernel, so that a process that ends before
 * vectors can pay off never loads the Vector API. They need no thread, and a kernel that is ready costs a branch. The clock
 * decides when a kernel takes over, so that this differs between runs; the bits do not.
 */
public final class Readiness {
    /**
     * The system property that makes kernels run from the first call on, compiled or not, if it is {@code true}: for tests
     * and measurements of the kernels.
     */
    public static final String IMMEDIATE_PROPERTY = "lanewise.immediateKernels";

    /** Whether all kernels run from the first call on. */
    static final boolean IMMEDIATE = Boolean.getBoolean(IMMEDIATE_PROPERTY);

    /** A call of the kernel on elements that nobody else reads or writes. The first call links the kernel. */
    @FunctionalInterface
    public interface Trial {
        /**
         * Calls the kernel once.
         *
         * @param vectors the iterations of its loop, at least 0; with 0 the JVM counts the call and little else happens
         * @return the units of work of the call, in the unit that {@link #end} is given; −1 if there is no kernel
         */
        long call(int vectors);
    }

    /**
     * The iterations of a trial. C2 unrolls a loop by no more than the iterations that it has seen, and eight need more than
     * nine; an interpreted iteration takes up to 20 µs.
     */
    private static final int VECTORS = 12;

    /** The calls without iterations that begin the trials, so that C1 compiles the kernel before an iteration is interpreted. */
    private static final int FIRST_EMPTY_CALLS = 256;

    /**
     * The trials after which C2 has been told to compile the kernel, if C1 has compiled it with counters: these are looked at every
     * 1,024 calls or 8,192 iterations, and C2 needs 600 calls with 15,000 iterations together.
     */
    private static final int TRIALS = 1400;

    /**
     * The calls without iterations that follow if the kernel is not ready then. While C2 is busy, C1 leaves the counters out, and it
     * looks every 2,048 calls whether C2 still is.
     */
    private static final int EMPTY_CALLS = 2048;

    /** Calls without iterations are made in parts, so that a part takes less than a millisecond. */
    private static final int EMPTY_PART = 32;

    /** The rounds of trials and empty calls after which trials become rarer, by this factor, because the JVM may never compile the kernel. */
    private static final int ROUNDS = 5, RARELY = 16;

    /** The time to link the first kernel of a JVM, with the classes of the Vector API, and a further one, in nanoseconds. */
    private static final long FIRST_LINK = 60_000_000, LINK = 3_000_000;

    /** A trial that takes no longer than this, in nanoseconds, was compiled by C2: otherwise it takes several microseconds. */
    private static final long COMPILED = 1_000;

    /**
     * On slow machines a trial that takes no longer for a unit of work than the compiled definition does, times this, was compiled by C2
     * too. The definition is taken to be compiled once it has run for so long, in nanoseconds.
     */
    private static final int SLOWER = 4;

    private static final long DEFINITION_COMPILED = 200_000_000;

    /** The time that trials may take, in nanoseconds. An update that another thread overwrites is lost, which is harmless. */
    private static long credit;

    private static boolean linkedAny;

    /** Where a warm-up runs, the kernels that it has met and that were not ready; else null. */
    private static volatile Set<Readiness> warming;

    private final String name;
    private final Trial trial;
    private final AtomicBoolean trying = new AtomicBoolean();
    private volatile boolean ready;

    /** Whether there is no kernel. */
    private volatile boolean absent;

    /** The nanoseconds that the definition has taken, and the least that it took for a unit of work. */
    private long total;

    private double least = Double.POSITIVE_INFINITY;

    // The fields below are written by one thread at a time, the one that tries.
    private boolean linked;
    private int round, trials, emptyCalls = FIRST_EMPTY_CALLS;
    private long cost;

    /**
     * Creates the readiness of a kernel that has not been called.
     *
     * @param name the kernel's name, for reports
     * @param trial the way to call it
     */
    public Readiness(String name, Trial trial) {
        this.name = name;
        this.trial = trial;
        this.ready = IMMEDIATE && Kernels.lanes() > 0;
    }

    /** {@return the kernel's name} */
    public String name() {
        return name;
    }

    /** {@return whether the kernel is known to be compiled, so that callers should run it rather than the definition} */
    public boolean isReady() {
        return ready;
    }

    /** {@return whether the kernel exists and is not known to be compiled} */
    public boolean isPending() {
        return !ready && !absent;
    }

    /** {@return the time, for {@link #end}, before the definition runs because the kernel is not ready; 0 if there is no kernel} */
    public long start() {
        return absent ? 0 : System.nanoTime();
    }

    /**
     * Reports that the definition has run: see {@link #defined}.
     *
     * @param start the result of {@link #start}
     * @param units the work that it did, at least 1
     */
    public void end(long start, long units) {
        if (start != 0) {
            defined(System.nanoTime() - start, units);
        }
    }

    /**
     * Reports that the definition ran because the kernel was not ready, and tries the kernel.
     *
     * @param nanos the time that the definition took
     * @param units the work that it did, at least 1, in a unit that is the same for the kernel's trials
     */
    void defined(long nanos, long units) {
        total += nanos;
        least = Math.min(least, (double) nanos / units);
        credit += nanos / 2;
        Set<Readiness> warming = Readiness.warming;
        boolean eager = warming != null;
        if (eager) {
            warming.add(this);
        }
        if (!ready && !absent && (eager || credit >= due()) && trying.compareAndSet(false, true)) {
            try {
                tryKernel(eager, nanos / 2);
            } finally {
                trying.set(false);
            }
        }
    }

    /** {@return the credit that the next trial needs, in nanoseconds} */
    private long due() {
        if (!linked) {
            return linkedAny ? LINK : FIRST_LINK;
        }
        return round < ROUNDS ? cost : RARELY * cost;
    }

    /** Tries the kernel at least once: while the credit lasts and no longer than the limit, or in a warm-up for a round. */
    private void tryKernel(boolean eager, long limit) {
        int round = this.round;
        long begin = System.nanoTime(), end = begin;
        do {
            long start = end;
            long units = next();
            end = System.nanoTime();
            cost = end - start;
            credit -= cost;
            double most = total < DEFINITION_COMPILED ? COMPILED : Math.max(COMPILED, SLOWER * least * units);
            ready = units > 0 && cost <= most;
        } while (!ready && !absent && (eager ? this.round == round : credit >= due() && end - begin < limit));
    }

    /** Makes the next trial and returns its units of work; 0 if it was not one of those that show whether the kernel is compiled. */
    private long next() {
        if (!linked) {
            // One iteration, because each operation of the Vector API is linked by its first call.
            absent = trial.call(1) < 0;
            linked = true;
            linkedAny |= !absent;
            return 0;
        }
        if (emptyCalls > 0) {
            for (int i = 0; i < EMPTY_PART; i++) {
                trial.call(0);
            }
            emptyCalls -= EMPTY_PART;
            return 0;
        }
        trials++;
        if (trials % TRIALS == 0) {
            round++;
            emptyCalls = EMPTY_CALLS;
        }
        return trial.call(VECTORS);
    }

    /**
     * Lets every kernel that is met and not ready be tried at once, without regard to time, until {@link #endWarmUp}.
     *
     * @param met receives these kernels; a concurrent set
     */
    public static void beginWarmUp(Set<Readiness> met) {
        warming = met;
    }

    /** Ends {@link #beginWarmUp}. */
    public static void endWarmUp() {
        warming = null;
    }
}
