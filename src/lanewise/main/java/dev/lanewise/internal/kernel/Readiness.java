package dev.lanewise.internal.kernel;

import dev.lanewise.internal.kernel.FirstVectors.Part;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Decides when a kernel takes over from the scalar definition beside it, which has the same bits. Until C2 has compiled a vector
 * loop, each of its vectors is an object, which takes a hundred times as long as the definition. Callers therefore run the
 * definition until {@link #isReady()} and report its time by {@link #end}, which meanwhile tries the kernel on a few
 * elements of its own, so that the JVM compiles it.
 *
 * <p>Trials take at most half of the time that definitions have taken before, of any kernel, so that a process that ends before
 * vectors can pay off never loads the Vector API. Between two trials of a kernel its definition runs at least as long as the
 * first of them took, and between two pieces of linking definitions of any kernels, so that a step takes at most twice the time of
 * its definitions, but for one piece. The clock decides when a kernel takes over, so that this differs between runs; the bits do not.
 */
public final class Readiness {
    /** The system property that, if it is {@code true}, makes kernels run from the first call on, compiled or not: for tests. */
    public static final String IMMEDIATE_PROPERTY = "lanewise.immediateKernels";

    /** Whether all kernels run from the first call on. */
    static final boolean IMMEDIATE = Boolean.getBoolean(IMMEDIATE_PROPERTY);

    /** A call of the kernel on elements of its own. {@link #LINKING} iterations link it, or link it anew. */
    @FunctionalInterface
    public interface Trial {
        /**
         * Calls the kernel once.
         *
         * @param vectors the iterations of its loop, at least 0; with 0 the kernel returns at once, and the JVM counts the call
         * @return the units of work of the call, in the unit that {@link #end} is given; −1 if there is no kernel, 0 if linking goes on
         */
        long call(int vectors);
    }

    /** One iteration, because each operation of the Vector API is linked by its first call. */
    static final int LINKING = 1;

    /** The iterations of a trial. C2 unrolls a loop eight times if it has seen more than nine; an interpreted one takes up to 20 µs. */
    static final int VECTORS = 12;

    /**
     * The calls without iterations before each trial. C2 compiles a method after 5,000 calls, and inlines one of more than 35 bytes
     * only if it is called a quarter as often as its caller, so that {@link #VECTORS} allow no more. Kernels return from these calls
     * before their loops, so that they do not count among the entries of a loop, by which C2 reckons how long it is.
     */
    private static final int EMPTY_CALLS = 40;

    /** The calls without iterations after linking, so that C1 compiles the kernel before its iterations are interpreted. */
    private static final int FIRST_CALLS = 256;

    /** The trials after the one that shows a kernel compiled, of which the fastest tells how fast it is. */
    private static final int CONFIRMATIONS = 8;

    /** The trials after which they become rarer, by this factor, because the JVM may never compile the kernel. */
    private static final int TRIALS = 3000, RARELY = 16;

    /** The trials of a kernel in a warm-up, before the next kernel has its turn. */
    private static final int TRIALS_AT_ONCE = 10;

    /** The time to link the first kernel of a JVM, with most of the Vector API, and a further one, in nanoseconds. */
    private static final long FIRST_LINK = 40_000_000, LINK = 3_000_000;

    /**
     * The time that trials may take, that of all definitions, and its value at which a kernel may be linked again, in
     * nanoseconds. An update that another thread overwrites is lost, which is harmless.
     */
    private static long credit, total, nextLink;

    /** See {@link #changes}. An increment that another thread overwrites is lost, which is harmless. */
    private static volatile int changes;

    /** Where a warm-up runs, the kernels that it has met and that were not ready; else null. */
    private static volatile Set<Readiness> warming;

    private final String name;
    private final int leastLanes;
    private final Trial trial;
    private final Part[] parts;
    private final AtomicBoolean trying = new AtomicBoolean();
    private final Lateness lateness = new Lateness();

    /** Whether it should run, and whether there is no kernel. */
    private volatile boolean ready, absent;

    // The fields below are written by one thread at a time, the one that tries.
    private boolean linked;
    private int trials;

    /** The work of the last trial, its nanoseconds, and for how many definitions have run since; linking is no trial. */
    private long units, cost, since;

    private double leastEmpty = Double.POSITIVE_INFINITY;

    /** Creates the readiness of a kernel that has not been called.
     * @param name the kernel's name, for reports
     * @param trial the way to call it */
    public Readiness(String name, Trial trial) {
        this(name, 1, trial);
    }

    /** Creates the readiness of a kernel that has not been called.
     * @param name the kernel's name, for reports
     * @param leastLanes the lanes of the shortest vectors for which there is a kernel
     * @param trial the way to call it
     * @param parts what it needs of the Vector API besides floats */
    public Readiness(String name, int leastLanes, Trial trial, Part... parts) {
        this.name = name;
        this.leastLanes = leastLanes;
        this.trial = trial;
        this.parts = parts;
        this.ready = IMMEDIATE && Kernels.lanes() >= leastLanes;
    }

    /** {@return the kernel's name} */
    public String name() {
        return name;
    }

    /** {@return whether the kernel is known to be compiled, so that callers should run it rather than the definition} */
    public boolean isReady() {
        return ready;
    }

    /** {@return a number that changes whenever a kernel becomes ready or ceases to be, which changes the time of steps} */
    public static int changes() {
        return changes;
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
        credit += nanos / 2;
        since += nanos;
        total += nanos;
        Set<Readiness> warming = Readiness.warming;
        if (warming != null) {
            warming.add(this);
        } else if (credit >= due() && since >= cost && (linked || total >= nextLink)) {
            tryFor(nanos / 2);
        }
    }

    /**
     * Reports that the kernel has run. If it is no longer compiled, the definition runs again, and the kernel is linked anew.
     *
     * @param nanos the time that the kernel took
     * @param units the work that it did, in the unit of {@link #defined}
     * @return whether the kernel was late, so that its next run should be reported too
     */
    boolean ran(long nanos, long units) {
        boolean late = !IMMEDIATE && lateness.isLate(nanos, units);
        if (late && lateness.isLost()) {
            linked = false;
            ready = false;
            changes++;
        }
        return late;
    }

    /** {@return the credit that the next trial needs, in nanoseconds} */
    private long due() {
        if (!linked) {
            return FirstVectors.hasBegun() ? LINK : FIRST_LINK;
        }
        return trials < TRIALS ? cost : RARELY * cost;
    }

    /** Tries the kernel once or, while the credit lasts, until it is ready or some nanoseconds have passed. */
    private void tryFor(long limit) {
        if (!isPending() || !trying.compareAndSet(false, true)) {
            return;
        }
        try {
            long begin = System.nanoTime(), end = begin;
            // Another thread may have tried it meanwhile, so that it is no longer pending.
            while (isPending()) {
                long start = end;
                boolean links = !linked;
                if (tryOnce()) {
                    ready = true;
                    changes++;
                }
                end = System.nanoTime();
                cost = links ? 0 : end - start;
                nextLink = links ? total + end - start : nextLink;
                since = 0;
                credit -= end - start;
                if (credit < due() || end - begin >= limit) {
                    return;
                }
            }
        } finally {
            trying.set(false);
        }
    }

    /** Tries the kernel a few times, for a warm-up. Afterwards the JVM may need time to compile it. */
    public void tryAgain() {
        // The application pays for these trials, or kernels that it meets later would wait seconds for the credit.
        long before = credit;
        for (int i = 0; i < TRIALS_AT_ONCE; i++) {
            tryFor(0);
        }
        credit = before;
    }

    /** {@return whether the kernel turned out to be compiled} */
    private boolean tryOnce() {
        if (!linked) {
            link();
            return false;
        }
        long begin = System.nanoTime();
        callEmpty(EMPTY_CALLS);
        long start = System.nanoTime();
        long nanos = time();
        leastEmpty = Math.min(leastEmpty, (double) (start - begin) / EMPTY_CALLS);
        if (Lateness.isFast(nanos, leastEmpty, trials)) {
            for (int i = 0; i < CONFIRMATIONS; i++) {
                nanos = Math.min(nanos, time());
            }
            if (lateness.isDoubtful(nanos, leastEmpty)) {
                linked = false;
                return false;
            }
            lateness.compiled(nanos, units);
            return true;
        }
        // C2 may have compiled it in vain.
        linked = ++trials % TRIALS != 0;
        return false;
    }

    private long time() {
        long start = System.nanoTime();
        units = trial.call(VECTORS);
        return System.nanoTime() - start;
    }

    private void link() {
        try {
            boolean loads = FirstVectors.load(Part.FLOATS) || Kernels.lanes() >= leastLanes && FirstVectors.load(parts);
            units = loads ? 0 : Kernels.lanes() < leastLanes ? -1 : trial.call(LINKING);
            absent = units < 0;
            linked = units != 0;
        } catch (RuntimeException | LinkageError e) {
            // This is in the middle of a step, which the definition can finish and an exception would not.
            absent = true;
            System.Logger log = System.getLogger("dev.lanewise");
            log.log(System.Logger.Level.WARNING, "scalar code is in use for the kernel " + name, e);
        }
        callEmpty(linked && !absent ? FIRST_CALLS : 0);
    }

    private void callEmpty(int calls) {
        for (int i = 0; i < calls; i++) {
            trial.call(0);
        }
    }

    /** Collects every kernel whose definition runs because it is not ready, and tries none of them.
     * @param met receives these kernels; a concurrent set, or null to try them again */
    public static void collect(Set<Readiness> met) {
        warming = met;
    }

    /** {@return whether a definition may replace this kernel and others, as this is not ready} A warm-up would not meet those. */
    public boolean isReplaceable() {
        return !ready && warming == null;
    }
}
