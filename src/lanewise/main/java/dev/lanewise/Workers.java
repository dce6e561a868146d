package dev.lanewise;

import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;

/**
 * The threads among which a step divides its work. They change the time a step takes and never a bit of its result.
 *
 * <p>{@link #caller()} uses the caller's thread alone. {@link #of(int)} owns threads that wait for work, first spinning
 * and then parked; {@link #close()} ends them. {@link #on(Executor, int)} borrows threads of the application. The caller's
 * thread takes a share of the work in each case, and never waits for a thread that has not started.
 *
 * <p>This class is thread-safe. Concurrent callers do not queue: the second runs its tasks on its own thread.
 */
public final class Workers implements AutoCloseable {
    /** The polls of an idle thread before it parks: they outlast the gaps within a training step. */
    private static final int SPINS = 20_000;

    /** The polls, some 30 µs, after which a thread that waits lets another run: the one that it waits for may need its core. */
    private static final int YIELD = 1 << 10;

    private static final int MOST_PARTS = (1 << 16) - 1;

    /** The threads that work at the same time. More than there are processors would only wait for each other. */
    private static final int MOST_THREADS = Math.max(Runtime.getRuntime().availableProcessors(), 2);

    private static final Workers CALLER = new Workers(1, null);

    private final int threads;
    private final Executor executor;
    private final Thread[] own;
    private final Runnable help = () -> takeTasks(false);
    private final AtomicBoolean busy = new AtomicBoolean();

    /**
     * The choice for laps that {@link #lap} ends, and for those of {@link #runLap}. Both belong to the caller that has set {@link #busy};
     * they are null for one thread, which has no choice.
     */
    private final ThreadChoice choice, lapChoice;

    /** The balance of shares that belong to no lap. It belongs to the caller that has set {@link #busy}, too. */
    private final ThreadBalance balance = new ThreadBalance();

    /**
     * Packs the range of the parts that are not taken yet: 16 bits for its end, 16 for its first, and above them the number of
     * the call, without which a late thread could take a part twice. The caller takes parts from the front and the other threads
     * from the back, so calls that divide the same arrays alike find more of them in the cache of their core.
     */
    private final AtomicLong left = new AtomicLong();

    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicInteger parked = new AtomicInteger();

    /** The first exception of this call's tasks. */
    private final AtomicReference<Throwable> failure = new AtomicReference<>();

    private volatile boolean closed;
    private IntConsumer task;

    /** What is told how long the shares of the other threads take, or null. */
    private ThreadBalance told;

    /** The number of tasks and of parts; a part has more than one task only if there are more than {@link #MOST_PARTS}. */
    private int tasks, parts;

    private Workers(int threads, Executor executor) {
        this.threads = threads;
        this.choice = threads == 1 ? null : new ThreadChoice();
        this.lapChoice = threads == 1 ? null : new ThreadChoice();
        this.executor = executor;
        this.own = new Thread[executor == null ? threads - 1 : 0];
        for (int i = 0; i < own.length; i++) {
            own[i] = new Thread(this::waitForTasks, "lanewise-" + (i + 1));
            own[i].setDaemon(true);
            own[i].start();
        }
    }

    /** {@return the shared instance that runs all tasks on the caller's thread; closing it does nothing} */
    public static Workers caller() {
        return CALLER;
    }

    /**
     * {@return new workers: the caller's thread and {@code threads − 1} daemon threads, which {@link #close()} ends}
     *
     * @param threads the number of threads with the caller's, at least 1
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static Workers of(int threads) {
        return new Workers(atLeastOne(threads), null);
    }

    /**
     * {@return new workers: the caller's thread and up to {@code threads − 1} threads that the executor has free}
     *
     * @param executor the executor that runs the helpers; {@link #close()} does not shut it down
     * @param threads the largest number of threads with the caller's, at least 1
     * @throws IllegalArgumentException if {@code threads} is less than 1
     */
    public static Workers on(Executor executor, int threads) {
        return new Workers(atLeastOne(threads), Objects.requireNonNull(executor, "executor"));
    }

    private static int atLeastOne(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1: " + threads);
        }
        return threads;
    }

    /** {@return the largest number of threads that work at the same time, with the caller's; at least 1} */
    public int threads() {
        return threads;
    }

    /**
     * Runs {@code task} for 0 … {@code tasks} − 1, each once, in no particular order, and returns when all are done.
     * Tasks may run at the same time, but no more than the machine has processors.
     *
     * @param tasks the number of tasks
     * @param task the work, which receives the number of the task
     * @throws RuntimeException or an {@link Error}: the first that a task or the executor threw, after all tasks have ended; later
     *     ones are dropped, and so is a {@link RejectedExecutionException} of the executor
     */
    public void run(int tasks, IntConsumer task) {
        run(tasks, task, null, null);
    }

    /**
     * Runs tasks as {@link #run} does, which are shares of one piece of work and take about as long each, such as those of a product.
     * If they belong to no lap, the workers leave them to the caller's thread while the other threads keep it waiting for
     * longer than it would take by itself, because another program needs their cores.
     *
     * @param shares the number of tasks
     * @param share the work of a task, which receives its number
     * @throws RuntimeException or an {@link Error}: see {@link #run}
     */
    public void runShares(int shares, IntConsumer share) {
        run(shares, share, balance, null);
    }

    /**
     * Runs shares of one piece of work as {@link #runShares(int, IntConsumer)} does, or all of it undivided where the caller's
     * thread is alone with it, because it takes less time then.
     *
     * @param shares the number of tasks
     * @param share the work of a task, which receives its number
     * @param undivided the work of all tasks
     * @throws RuntimeException or an {@link Error}: see {@link #run}
     */
    public void runShares(int shares, IntConsumer share, Runnable undivided) {
        run(shares, share, balance, undivided);
    }

    /**
     * Runs tasks; if they belong to no lap, the balance decides on which threads, or all are used if it is null.
     *
     * @param undivided the work of all tasks, which the caller's thread runs where it is alone, or null
     */
    private void run(int tasks, IntConsumer task, ThreadBalance balance, Runnable undivided) {
        if (!takeThreads(tasks)) {
            runAlone(tasks, task, undivided);
            return;
        }
        try {
            boolean all = choice.begin();
            ThreadBalance decides = choice.isLap() ? null : balance;
            if (decides == null ? all : decides.begin()) {
                runOnAll(tasks, task, decides);
            } else {
                runAlone(tasks, task, undivided);
            }
            choice.end(1);
        } finally {
            busy.set(false);
        }
    }

    /**
     * Runs tasks that are a lap by themselves, such as a prediction, or the same work undivided. The workers measure how long
     * calls of this method take, and run the work undivided, on the caller's thread, while that is faster, or if the threads are
     * busy. {@link #lap} and its laps have no part in it.
     *
     * @param tasks the number of tasks
     * @param units the work of the call, at least 1, such as a number of rows; what is measured is the time of a unit
     * @param task the work of a task, which receives its number
     * @param undivided the work of all tasks
     * @throws RuntimeException or an {@link Error}: see {@link #run}
     * @throws IllegalArgumentException if {@code units} is less than 1; nothing has run then
     */
    public void runLap(int tasks, int units, IntConsumer task, Runnable undivided) {
        if (units < 1) {
            throw new IllegalArgumentException("units must be at least 1: " + units);
        }
        if (!takeThreads(tasks)) {
            undivided.run();
            return;
        }
        try {
            if (lapChoice.begin()) {
                runOnAll(tasks, task, null);
            } else {
                undivided.run();
            }
            lapChoice.end(units);
            lapChoice.lap();
        } finally {
            busy.set(false);
        }
    }

    /**
     * Ends a lap of work that is done again and again, such as a step of training, and begins the next. From the first lap on, the
     * workers measure how long the tasks of a lap take, also on the caller's thread alone, and leave them to it while this is
     * faster, because another program needs a core, or the cores are far from each other. Each step of an optimizer ends a lap of
     * its workers; an application that has no optimizer of the library may call this method after each step of its own.
     */
    public void lap() {
        // While others run tasks, the time of a lap is not that of its own tasks.
        if (threads > 1 && busy.compareAndSet(false, true)) {
            try {
                choice.lap();
            } finally {
                busy.set(false);
            }
        }
    }

    /** {@return whether there are threads for so many tasks, and the caller has set {@link #busy}} */
    private boolean takeThreads(int tasks) {
        return threads > 1 && tasks > 1 && !closed && busy.compareAndSet(false, true);
    }

    /**
     * Runs the tasks on all threads.
     *
     * @param balance is told the times of the call, unless it is null
     */
    private void runOnAll(int tasks, IntConsumer task, ThreadBalance balance) {
        this.task = task;
        told = balance;
        this.tasks = tasks;
        parts = Math.min(tasks, MOST_PARTS);
        failure.set(null);
        unfinished.set(parts);
        left.set(((left.get() >>> 32) + 1 << 32) + parts);
        int own = 0;
        try {
            callHelpers(Math.min(Math.min(threads, MOST_THREADS), tasks) - 1);
            if (balance == null) {
                takeTasks(true);
            } else {
                balance.beginShares();
                own = takeTasks(true);
                balance.endShares();
            }
        } finally {
            awaitTasks();
        }
        if (balance != null) {
            balance.end(own, parts);
        }
        this.task = null;
        rethrow(failure.get());
    }

    /**
     * Waits until all parts that threads have taken are done. The caller has taken what they left, unless an error threw it out,
     * such as an overflow of its stack; then nobody takes the rest.
     */
    private void awaitTasks() {
        for (long seen = left.get(); first(seen) < end(seen); seen = left.get()) {
            int rest = end(seen) - first(seen);
            if (left.compareAndSet(seen, seen - rest)) {
                unfinished.addAndGet(-rest);
            }
        }
        for (int spins = 1; unfinished.get() > 0; spins++) {
            if (spins < SPINS) {
                spin(spins);
            } else {
                Thread.yield();
            }
        }
    }

    /** Waits for a moment, or yields the core in every {@link #YIELD}th call of a row. */
    private static void spin(int spins) {
        if (spins % YIELD == 0) {
            Thread.yield();
        } else {
            Thread.onSpinWait();
        }
    }

    /** Ends the threads of {@link #of(int)}. Tasks that are run afterwards run on the caller's thread. */
    @Override
    public void close() {
        closed = true;
        for (Thread thread : own) {
            LockSupport.unpark(thread);
        }
    }

    private void callHelpers(int helpers) {
        if (executor == null) {
            if (parked.get() > 0) {
                for (int i = 0; i < helpers; i++) {
                    LockSupport.unpark(own[i]);
                }
            }
            return;
        }
        try {
            for (int i = 0; i < helpers; i++) {
                executor.execute(help);
            }
        } catch (RejectedExecutionException e) {
            // The caller does the work of the helpers that the executor refuses.
        } catch (Throwable e) {
            // Such as no memory for a thread. Other helpers may be at work.
            failure.compareAndSet(null, e);
        }
    }

    /** Runs the work undivided, or all tasks in order if it has to be divided, and throws their first exception. */
    private static void runAlone(int tasks, IntConsumer task, Runnable undivided) {
        if (undivided != null) {
            undivided.run();
            return;
        }
        Throwable first = null;
        for (int i = 0; i < tasks; i++) {
            try {
                task.accept(i);
            } catch (Throwable e) {
                first = first == null ? e : first;
            }
        }
        rethrow(first);
    }

    private static int first(long left) {
        return (int) (left >>> 16) & MOST_PARTS;
    }

    private static int end(long left) {
        return (int) left & MOST_PARTS;
    }

    private boolean idle() {
        long left = this.left.get();
        return first(left) == end(left);
    }

    /** {@return the number of parts that this thread has run} */
    private int takeTasks(boolean caller) {
        int taken = 0;
        for (long seen = left.get(); first(seen) < end(seen); seen = left.get()) {
            if (left.compareAndSet(seen, caller ? seen + (1 << 16) : seen - 1)) {
                try {
                    int part = caller ? first(seen) : end(seen) - 1;
                    if (caller || told == null) {
                        runPart(part);
                    } else {
                        long begin = told.now();
                        runPart(part);
                        told.endOther(begin);
                    }
                } finally {
                    unfinished.decrementAndGet();
                }
                taken++;
            }
        }
        return taken;
    }

    private void runPart(long part) {
        for (int i = (int) (tasks * part / parts); i < tasks * (part + 1) / parts; i++) {
            try {
                task.accept(i);
            } catch (Throwable e) {
                failure.compareAndSet(null, e);
            }
        }
    }

    private void waitForTasks() {
        while (!closed) {
            for (int spins = 1; idle() && spins < SPINS; spins++) {
                spin(spins);
            }
            if (idle()) {
                parked.incrementAndGet();
                if (idle() && !closed) {
                    // While the thread is interrupted, it would not park.
                    Thread.interrupted();
                    LockSupport.park(this);
                }
                parked.decrementAndGet();
            }
            // There may be no task left if it woke too late; it then spins again, to be in time for the next call.
            takeTasks(false);
        }
    }

    private static void rethrow(Throwable failure) {
        // A switch over the types would link for milliseconds at the first step.
        if (failure instanceof RuntimeException e) {
            throw e;
        }
        if (failure instanceof Error e) {
            throw e;
        }
        if (failure != null) {
            throw new AssertionError(failure);
        }
    }
}
