package dev.lanewise;

import java.util.function.LongSupplier;

/**
 * Decides whether shares of work that belongs to no lap, such as a product by itself, run on all threads or on the caller's. Such
 * work differs from call to call, so that its times cannot be compared as {@link ThreadChoice} compares those of laps. The time of
 * one thread is known from the call itself instead: it is that of the caller's own shares, times all shares. A thread whose core
 * another program uses keeps the caller waiting for longer than it would have taken by itself.
 *
 * <p>The threads may also take the caller's own core, and its shares seem to take long then. They count for at most {@link #SPREAD}
 * times the fastest share of the others; if the caller has come to none, that share counts.
 *
 * <p>What all threads gain and lose against this time is added up. Once they have lost all that they had gained, of which {@link #MOST}
 * is given at first and no more is kept, the caller works alone, and tries again after {@link #PAUSE} times the last loss.
 */
final class ThreadBalance {
    /** The nanoseconds that threads may lose at first, and at most, whatever they have gained. */
    static final long MOST = 5_000_000;

    /** Trials of threads that still lose take at most one part in so many of the time. */
    static final int PAUSE = 40;

    /** The nanoseconds of the longest pause: a greater loss is no matter of the processors, but of shares that differ. */
    static final long LONGEST = 200_000_000;

    /** How much longer a share may take than another, which it does for instance because it packs a factor for both. */
    static final int SPREAD = 2;

    private final LongSupplier clock;

    private long balance = MOST;

    /** When a pause ends, if the balance is 0; when the current call, and the caller's first share of it, began, and its last ended. */
    private long resume, begin, first, last;

    /** The nanoseconds of the others' fastest share of the current call. Of two that end at the same time either may be missed. */
    private volatile long fastest;

    ThreadBalance() {
        this(System::nanoTime);
    }

    ThreadBalance(LongSupplier clock) {
        this.clock = clock;
    }

    /** {@return the time, on any thread} */
    long now() {
        return clock.getAsLong();
    }

    /** Begins a call. {@return whether it may use all threads} */
    boolean begin() {
        fastest = Long.MAX_VALUE;
        begin = now();
        return balance > 0 || begin - resume >= 0;
    }

    /** The caller begins with its first share, since it has called the other threads. */
    void beginShares() {
        first = now();
    }

    /** Another thread, on which this is called, has ended a share that began at {@code begin}. */
    void endOther(long begin) {
        long time = now() - begin;
        if (time < fastest) {
            fastest = time;
        }
    }

    /** The caller has ended its last share, and waits for the other threads. */
    void endShares() {
        last = now();
    }

    /**
     * Ends a call on all threads.
     *
     * @param own the shares that the caller has run
     * @param shares all shares
     */
    void end(int own, int shares) {
        double share = own == 0 ? fastest : Math.min((double) (last - first) / own, (double) SPREAD * fastest);
        long now = now(), gain = (long) (share * shares) - (now - begin);
        balance = Math.clamp(balance + gain, 0, MOST);
        resume = now + Math.min(PAUSE * -gain, LONGEST);
    }
}
