package dev.lanewise.mnist.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.PriorityBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Trains each run once, as many at a time as there are threads, and keeps the results. A run has one thread and shares
 * nothing with others, so that neither the number of threads nor the order in which they take the runs changes a result.
 */
final class RunExecutor implements RunSource, AutoCloseable {
    private final LabData data;
    private final ResultStore store;
    private final Watcher watcher;
    private final ThreadPoolExecutor threads;
    private final ConcurrentHashMap<Run, Future<Result>> results = new ConcurrentHashMap<>();
    private final AtomicLong requests = new AtomicLong();

    /** Why a run failed; or null. The others are not begun then, since the lab cannot be completed, as on a full disk. */
    private volatile RuntimeException failure;

    RunExecutor(LabData data, ResultStore store, int threads, Watcher watcher) {
        this.data = data;
        this.store = store;
        this.watcher = watcher;
        this.threads =
                new ThreadPoolExecutor(threads, threads, 0, TimeUnit.SECONDS, new PriorityBlockingQueue<>(), work -> {
                    Thread thread = new Thread(work, "lab");
                    thread.setDaemon(true);
                    return thread;
                });
    }

    @Override
    public List<Result> of(List<Run> runs) {
        long number = requests.getAndIncrement();
        List<Future<Result>> futures = new ArrayList<>();
        for (Run run : runs) {
            futures.add(results.computeIfAbsent(run, described -> begin(described, runs.size(), number)));
        }
        try {
            List<Result> all = new ArrayList<>();
            for (Future<Result> future : futures) {
                all.add(RunSource.get(future));
            }
            return all;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    private Future<Result> begin(Run run, int together, long number) {
        FutureTask<Result> task = new FutureTask<>(() -> result(run));
        Executor executor = threads;
        executor.execute(new Task(task, together, number));
        return task;
    }

    private Result result(Run run) {
        if (failure != null) {
            throw failure;
        }
        try {
            Result kept = store.read(run);
            Result result = kept == null ? RunTrainer.train(run, data) : kept;
            if (kept == null) {
                store.write(run, result);
            }
            watcher.done(run.work(data), kept != null);
            return result;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        }
    }

    /** {@return how many different runs there are} */
    int runs() {
        return results.size();
    }

    /** {@return how long all runs took on one core, including those whose results had been kept} */
    double seconds() {
        return results.values().stream()
                .mapToDouble(future -> future.resultNow().seconds())
                .sum();
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    /** A request for few runs goes first: a search makes one after another, and the larger ones fill the gaps. */
    private record Task(Runnable work, int together, long number) implements Runnable, Comparable<Task> {
        @Override
        public void run() {
            work.run();
        }

        @Override
        public int compareTo(Task other) {
            int order = Integer.compare(together, other.together);
            return order == 0 ? Long.compare(number, other.number) : order;
        }
    }
}
