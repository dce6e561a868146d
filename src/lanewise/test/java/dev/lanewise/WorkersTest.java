package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {
    @Test
    void runsEachTaskOnce() {
        try (ExecutorService pool = Executors.newFixedThreadPool(2);
                Workers own = Workers.of(3)) {
            for (Workers workers : new Workers[] {Workers.caller(), own, Workers.on(pool, 3)}) {
                for (int round = 0; round < 2_000; round++) {
                    AtomicIntegerArray runs = new AtomicIntegerArray(round % 9);
                    workers.run(runs.length(), runs::incrementAndGet);
                    for (int i = 0; i < runs.length(); i++) {
                        assertEquals(1, runs.get(i));
                    }
                }
            }
        }
    }

    @Test
    void sharesTheWork() {
        try (Workers workers = Workers.of(2)) {
            CountDownLatch both = new CountDownLatch(2);
            ConcurrentHashMap.KeySetView<Thread, Boolean> threads = ConcurrentHashMap.newKeySet();
            workers.run(2, task -> {
                threads.add(Thread.currentThread());
                both.countDown();
                await(both);
            });
            assertEquals(2, threads.size());
            assertTrue(threads.contains(Thread.currentThread()));
        }
    }

    @Test
    void runsEachOfVeryManyTasksOnce() {
        try (Workers workers = Workers.of(3)) {
            for (int tasks : new int[] {65_535, 65_536, 200_001}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(tasks);
                workers.run(tasks, runs::incrementAndGet);
                for (int i = 0; i < tasks; i++) {
                    assertEquals(1, runs.get(i));
                }
            }
        }
    }

    /** A core that keeps its part of an array from call to call finds it in its cache. */
    @Test
    void theCallerTakesTheFirstTaskAndTheOthersTheLast() {
        try (Workers workers = Workers.of(2)) {
            for (int round = 0; round < 100; round++) {
                CountDownLatch both = new CountDownLatch(2);
                Thread[] threads = new Thread[2];
                workers.run(2, task -> {
                    threads[task] = Thread.currentThread();
                    both.countDown();
                    await(both);
                });
                assertSame(Thread.currentThread(), threads[0]);
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void wakesThreadsThatParked() throws InterruptedException {
        try (Workers workers = Workers.of(2)) {
            for (int i = 0; i < 3; i++) {
                Thread.sleep(50);
                CountDownLatch both = new CountDownLatch(2);
                workers.run(2, task -> {
                    both.countDown();
                    await(both);
                });
            }
        }
    }

    @Test
    void anInterruptedThreadWaitsIdly() throws InterruptedException {
        try (Workers workers = Workers.of(2)) {
            Thread[] helper = new Thread[1];
            CountDownLatch both = new CountDownLatch(2);
            workers.run(2, task -> {
                if (task == 1) {
                    helper[0] = Thread.currentThread();
                }
                both.countDown();
                await(both);
            });
            helper[0].interrupt();
            Thread.sleep(200);
            ThreadMXBean threads = ManagementFactory.getThreadMXBean();
            long before = threads.getThreadCpuTime(helper[0].threadId());
            Thread.sleep(500);
            long used = threads.getThreadCpuTime(helper[0].threadId()) - before;
            assertTrue(used < 100_000_000, used + " ns");
        }
    }

    @Test
    void wakesNoMoreThreadsThanThereAreProcessors() throws InterruptedException {
        try (Workers workers = Workers.of(300)) {
            Set<Thread> threads = ConcurrentHashMap.newKeySet();
            // Threads that were just started look for tasks before they park for the first time.
            Thread.sleep(500);
            workers.run(300, task -> {
                threads.add(Thread.currentThread());
                LockSupport.parkNanos(1_000_000);
            });
            int most = Math.max(Runtime.getRuntime().availableProcessors(), 2);
            assertTrue(threads.size() <= most, threads.toString());
        }
    }

    @Test
    void doesTheWorkOfHelpersThatDoNotCome() {
        Workers workers = Workers.on(
                task -> {
                    throw new RejectedExecutionException();
                },
                4);
        AtomicIntegerArray runs = new AtomicIntegerArray(8);
        workers.run(8, runs::incrementAndGet);
        assertEquals("[1, 1, 1, 1, 1, 1, 1, 1]", runs.toString());
    }

    /** The caller is one of the threads, and no helper comes for nothing. */
    @Test
    void asksForAHelperForEachOtherThread() {
        int processors = Math.max(Runtime.getRuntime().availableProcessors(), 2);
        for (int threads : new int[] {1, 2, 3, 5, 1000}) {
            for (int tasks : new int[] {0, 1, 2, 4, 50}) {
                AtomicInteger helpers = new AtomicInteger();
                Workers workers = Workers.on(helper -> helpers.incrementAndGet(), threads);
                assertEquals(threads, workers.threads());
                workers.run(tasks, task -> {});
                int most = Math.min(Math.min(threads, processors), tasks);
                assertEquals(Math.max(0, most - 1), helpers.get(), threads + " threads, " + tasks + " tasks");
            }
        }
    }

    @Test
    void aTaskMayRunTasks() {
        try (Workers workers = Workers.of(2)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(16);
            workers.run(4, outer -> workers.run(4, inner -> runs.incrementAndGet(4 * outer + inner)));
            for (int i = 0; i < 16; i++) {
                assertEquals(1, runs.get(i));
            }
        }
    }

    /** Threads that look for tasks see that they have ended, and threads that are parked are woken. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void endsItsThreadsWhenClosed(boolean parked) throws InterruptedException {
        Set<Thread> others = Thread.getAllStackTraces().keySet();
        Workers workers = Workers.of(3);
        workers.run(3, task -> {});
        Set<Thread> own = new HashSet<>(Thread.getAllStackTraces().keySet());
        own.removeAll(others);
        own.removeIf(thread -> !thread.getName().startsWith("lanewise-"));
        assertFalse(own.isEmpty());
        for (Thread thread : own) {
            while (parked && thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
        }
        workers.close();
        for (Thread thread : own) {
            thread.join(10_000);
            assertFalse(thread.isAlive());
        }
        AtomicIntegerArray runs = new AtomicIntegerArray(2);
        workers.run(2, runs::incrementAndGet);
        assertEquals("[1, 1]", runs.toString());
    }

    @Test
    void theSharedWorkersGoOnAfterTheyWereClosed() {
        Workers.caller().close();
        AtomicIntegerArray runs = new AtomicIntegerArray(2);
        Workers.caller().run(2, runs::incrementAndGet);
        assertEquals("[1, 1]", runs.toString());
    }

    @Test
    void needsAThread() {
        assertEquals(
                "threads must be at least 1: 0",
                assertThrows(IllegalArgumentException.class, () -> Workers.of(0))
                        .getMessage());
        assertEquals(
                "threads must be at least 1: -1",
                assertThrows(IllegalArgumentException.class, () -> Workers.on(Runnable::run, -1))
                        .getMessage());
        assertEquals(
                "executor",
                assertThrows(NullPointerException.class, () -> Workers.on(null, 2))
                        .getMessage());
    }
}
