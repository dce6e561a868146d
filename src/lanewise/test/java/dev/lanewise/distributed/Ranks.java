package dev.lanewise.distributed;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;

/** Runs ranks as threads. A rank that fails leaves the others, which lose it then. */
public final class Ranks {
    private static final ExecutorService THREADS =
            Executors.newCachedThreadPool(Thread.ofPlatform().daemon().factory());

    private Ranks() {}

    /** Runs the work of each rank, and returns what each returned; a failure of any is thrown, that of the lowest rank. */
    public static <T> List<T> run(int world, Function<Collective, T> work) {
        List<T> results = new ArrayList<>();
        for (Object each : outcomes(world, Duration.ofSeconds(30), work)) {
            if (each instanceof RuntimeException e) {
                throw e;
            }
            if (each instanceof Throwable e) {
                throw new AssertionError(e);
            }
            @SuppressWarnings("unchecked")
            T result = (T) each;
            results.add(result);
        }
        return results;
    }

    /** Returns what each rank returned or threw. */
    static <T> List<Object> outcomes(int world, Duration patience, Function<Collective, T> work) {
        List<Future<T>> futures = new ArrayList<>();
        for (Collective ranks : Collective.threads(world, patience)) {
            Callable<T> call = () -> {
                try (ranks) {
                    return work.apply(ranks);
                }
            };
            futures.add(THREADS.submit(call));
        }
        List<Object> outcomes = new ArrayList<>();
        for (Future<T> future : futures) {
            try {
                outcomes.add(future.get());
            } catch (ExecutionException e) {
                outcomes.add(e.getCause());
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        }
        return outcomes;
    }
}
