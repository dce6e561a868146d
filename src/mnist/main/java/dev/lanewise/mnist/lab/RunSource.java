package dev.lanewise.mnist.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Where results of runs come from. What a run gives depends on its description alone. */
public interface RunSource {
    /** The results of some runs, in their order; returns when all are done. */
    List<Result> of(List<Run> runs);

    /** Does something for each of a list at the same time, such as searches that ask for one run after another. */
    default <T, R> List<R> each(List<T> list, Function<T, R> work) {
        return together(
                list.stream().map(item -> (Callable<R>) () -> work.apply(item)).toList());
    }

    /** Does several things at the same time; what is done waits for results and needs no core of its own. */
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

    /** What a task gave or threw. */
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
