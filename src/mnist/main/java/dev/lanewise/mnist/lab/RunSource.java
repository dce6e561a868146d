package dev.lanewise.mnist.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A source of the results of runs. A result depends on the description of the run alone. */
public interface RunSource {
    /** {@return the results of some runs, in their order, when all are done} */
    List<Result> of(List<Run> runs);

    /** Does several things at the same time, each of which waits for results and needs no core of its own. */
    static <R> List<R> together(List<Callable<R>> work) {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<R> results = new ArrayList<>();
            for (Future<R> future : threads.invokeAll(work)) {
                results.add(get(future));
            }
            return results;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }

    /** {@return what a task returned; throws what it threw} */
    static <R> R get(Future<R> future) throws InterruptedException {
        try {
            return future.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case RuntimeException unchecked -> throw unchecked;
                case Error error -> throw error;
                default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
