package dev.lanewise;

import dev.lanewise.internal.kernel.Platform;
import dev.lanewise.internal.kernel.Readiness;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/** Reports the capabilities of the Java virtual machine that the library uses. */
public final class Lanewise {
    /** The time, in nanoseconds, that a warm-up leaves to the compiler between trials. */
    private static final long PAUSE = 500_000;

    /** A run of a warm-up is faster than those before if it takes less than this part of the time of the last that was. */
    private static final double FASTER = 0.9;

    /**
     * The nanoseconds and runs without a faster one that end a warm-up. A queue of the compiler takes up to 0.1 s on one core, so
     * that half of the time ends some warm-ups too early; a pause of the machine must not end one.
     */
    private static final long SETTLED = 200_000_000;

    private static final int SETTLED_RUNS = 3;

    private Lanewise() {}

    /**
     * {@return the vector width in use, and the reason for it} The width is fixed for the life of the JVM and changes no
     * result: every kernel gives the same bits with any width and without vectors.
     *
     * @throws IllegalArgumentException if the system property {@code lanewise.vectorBits} has a value that is not
     *     allowed
     */
    public static RuntimeInfo runtime() {
        return new RuntimeInfo(Platform.vectorBits(), Platform.reason(), Platform.nativeAccess());
    }

    /**
     * Runs some work until no run is faster than those before it, for applications that would rather wait when they start than be
     * slow at first. The JVM then has compiled the kernels that the work uses, as by {@link #compileKernels}, and the code around
     * them, which otherwise takes several times as long in the first hundreds of small predictions or steps.
     *
     * <p>The work is a small piece of what the application will do, on memory that it does not need afterwards: a step of an
     * optimizer with the same rule, options and kinds of memory, or a prediction of as many rows. It runs for at least 0.2 s, in which
     * a step of few elements runs some hundred thousand times.
     *
     * {@snippet :
     * FloatSpan parameters = FloatSpan.of(new float[100]), gradients = FloatSpan.of(new float[100]);
     * Optimizer scratch = new Optimizer(parameters, new AdamW());
     * WarmUpReport report = Lanewise.warmUp(Duration.ofSeconds(5), () -> scratch.step(gradients));
     * }
     *
     * @param limit the time after which it gives up; the work runs at least once
     * @param work the work
     * @return the kernels that were compiled, and the time
     */
    public static synchronized WarmUpReport warmUp(Duration limit, Runnable work) {
        long begin = System.nanoTime(), most = limit.toNanos();
        WarmUpReport kernels = compileKernels(limit, work);
        long end = System.nanoTime(), faster = end;
        double least = Double.POSITIVE_INFINITY;
        int runs = kernels.runs(), settled = 0;
        while ((settled < SETTLED_RUNS || end - faster < SETTLED) && end - begin < most) {
            long start = end;
            work.run();
            runs++;
            settled++;
            end = System.nanoTime();
            if (end - start < FASTER * least) {
                least = end - start;
                faster = end;
                settled = 0;
            }
        }
        return new WarmUpReport(kernels.compiled(), kernels.pending(), runs, Duration.ofNanos(end - begin));
    }

    /**
     * Runs some work a few times and has the JVM compile all kernels that it uses, for applications that will do it for seconds without a
     * break, such as a training. Without it a kernel is compiled while its scalar definition does the work, which gives
     * the same bits.
     *
     * @param limit the time after which it gives up; the work runs at least once, and again until no run needs another kernel
     * @param work the work, as for {@link #warmUp}; its size hardly matters
     * @return the kernels that were compiled, and the time
     */
    public static synchronized WarmUpReport compileKernels(Duration limit, Runnable work) {
        Set<Readiness> met = ConcurrentHashMap.newKeySet();
        long begin = System.nanoTime(), most = limit.toNanos();
        int runs = 0;
        Readiness.collect(met);
        try {
            int before;
            do {
                before = met.size();
                work.run();
                runs++;
                while (met.stream().anyMatch(Readiness::isPending) && System.nanoTime() - begin < most) {
                    met.forEach(Readiness::tryAgain);
                    LockSupport.parkNanos(PAUSE);
                }
                // Another run may need further kernels, such as the one for what another has left over.
            } while (met.size() > before && System.nanoTime() - begin < most);
        } finally {
            Readiness.collect(null);
        }
        Duration time = Duration.ofNanos(System.nanoTime() - begin);
        return new WarmUpReport(names(met, Readiness::isReady), names(met, Readiness::isPending), runs, time);
    }

    private static List<String> names(Set<Readiness> kernels, Predicate<Readiness> kind) {
        return kernels.stream().filter(kind).map(Readiness::name).sorted().toList();
    }
}
