package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;

/** {@link Workers} whose laps take less time on one thread. */
class WorkersLapTest {
    /** Calling a helper takes long, as if another program had its core. */
    @Test
    void theCallerRunsAllTasksWhileLapsTakeLessTimeThen() {
        AtomicInteger calls = new AtomicInteger();
        Workers workers = Workers.on(
                helper -> {
                    calls.incrementAndGet();
                    spin(200_000);
                },
                2);
        IntConsumer task = i -> spin(10_000);
        runLaps(workers, 300, task);
        calls.set(0);
        runLaps(workers, 200, task);
        assertTrue(calls.get() < 50, "laps with a helper: " + calls);
        AtomicIntegerArray runs = new AtomicIntegerArray(3);
        for (int lap = 0; lap < 20; lap++) {
            assertThrows(
                    IllegalStateException.class,
                    () -> workers.run(3, i -> {
                        runs.incrementAndGet(i);
                        throw new IllegalStateException();
                    }));
            workers.lap();
        }
        assertEquals("[20, 20, 20]", runs.toString());
    }

    /** Laps by themselves differ in their work, and do not change the choice for other tasks. */
    @Test
    void lapsByThemselvesStayOnTheCallersThreadWhileThatIsFaster() {
        AtomicInteger calls = new AtomicInteger(), units = new AtomicInteger();
        Workers workers = Workers.on(
                command -> {
                    calls.incrementAndGet();
                    spin(200_000);
                },
                2);
        IntConsumer task = i -> spin(10_000L * units.get());
        Runnable lap = () -> {
            units.set(1 + (units.get() + 1) % 3);
            workers.runLap(2, units.get(), task, () -> spin(20_000L * units.get()));
        };
        for (int i = 0; i < 300; i++) {
            lap.run();
        }
        calls.set(0);
        for (int i = 0; i < 200; i++) {
            lap.run();
        }
        assertTrue(calls.get() < 50, "laps with a helper: " + calls);
        calls.set(0);
        workers.run(2, task);
        assertEquals(1, calls.get());
    }

    @Test
    void theCallerRunsALapUndividedWhereItHasNoOtherThreads() {
        AtomicInteger runs = new AtomicInteger();
        IntConsumer task = i -> runs.addAndGet(100);
        Workers.caller().runLap(2, 1, task, runs::incrementAndGet);
        assertEquals(1, runs.get());
        try (Workers workers = Workers.of(2)) {
            workers.runLap(2, 1, task, runs::incrementAndGet);
            assertEquals(201, runs.get());
            workers.runLap(1, 1, task, runs::incrementAndGet);
            workers.run(2, i -> workers.runLap(2, 1, task, runs::incrementAndGet));
            assertEquals(204, runs.get());
            assertThrows(
                    IllegalStateException.class,
                    () -> workers.runLap(
                            2,
                            1,
                            i -> {
                                throw new IllegalStateException();
                            },
                            runs::incrementAndGet));
            var e = assertThrows(
                    IllegalArgumentException.class, () -> workers.runLap(2, 0, task, runs::incrementAndGet));
            assertEquals("units must be at least 1: 0", e.getMessage());
            assertEquals(204, runs.get());
            workers.runLap(2, 1, task, runs::incrementAndGet);
            assertEquals(404, runs.get());
        }
    }

    /** A helper takes long for its share, as if another program had its core. Between laps the caller then takes all shares. */
    @Test
    void theCallerTakesSharesOfNoLapByItselfWhileOthersKeepItWaiting() {
        Thread caller = Thread.currentThread();
        AtomicInteger others = new AtomicInteger();
        IntConsumer share = i -> {
            if (Thread.currentThread() != caller) {
                others.incrementAndGet();
                spin(2 * ThreadBalance.MOST);
            }
            spin(10_000);
        };
        try (Workers workers = Workers.of(2)) {
            // Laps this short are over at once.
            workers.lap();
            workers.lap();
            for (int call = 0; call < 100_000 && others.get() == 0; call++) {
                workers.runShares(4, share);
            }
            assertTrue(others.get() > 0);
            others.set(0);
            for (int call = 0; call < 500; call++) {
                workers.runShares(4, share);
            }
            assertTrue(others.get() < 50, "shares of a helper: " + others);
            AtomicInteger undivided = new AtomicInteger();
            for (int call = 0; call < 500; call++) {
                workers.runShares(4, share, () -> {
                    undivided.incrementAndGet();
                    spin(40_000);
                });
            }
            assertTrue(undivided.get() > 450, "calls undivided: " + undivided);
            others.set(0);
            for (int call = 0; call < 100_000 && others.get() == 0; call++) {
                workers.run(4, share);
            }
            assertTrue(others.get() > 0);
        }
    }

    /** The caller takes long for its share, as if the helper had its core. */
    @Test
    void theCallerIsAloneWhileOthersTakeItsCore() {
        Thread caller = Thread.currentThread();
        AtomicInteger others = new AtomicInteger(), undivided = new AtomicInteger();
        IntConsumer share = i -> {
            boolean own = Thread.currentThread() == caller;
            others.addAndGet(own ? 0 : 1);
            spin(own ? 2 * ThreadBalance.MOST : 10_000);
        };
        try (Workers workers = Workers.of(2)) {
            for (int call = 0; call < 1_000 && others.get() == 0; call++) {
                workers.runShares(4, share);
            }
            for (int call = 0; call < 100; call++) {
                workers.runShares(4, share, () -> {
                    undivided.incrementAndGet();
                    spin(100_000);
                });
            }
        }
        assertTrue(undivided.get() > 90, "calls undivided: " + undivided);
    }

    /** Calling a helper takes long at first. */
    @Test
    void lapsAndTheSharesOfNoneAreDecidedApart() {
        AtomicInteger calls = new AtomicInteger();
        Executor executor = command -> {
            calls.incrementAndGet();
            if (calls.get() == 1) {
                spin(2 * ThreadBalance.MOST);
            }
        };
        Workers workers = Workers.on(executor, 2);
        workers.runShares(2, i -> {});
        workers.runShares(2, i -> {});
        assertEquals(1, calls.get());
        workers.lap();
        workers.runShares(2, i -> {});
        assertEquals(2, calls.get());

        calls.set(0);
        workers = Workers.on(executor, 2);
        workers.lap();
        workers.runShares(2, i -> {});
        workers.lap();
        // This belongs to no lap, since it is much later than the last ones were long.
        spin(10 * 2 * ThreadBalance.MOST);
        workers.runShares(2, i -> {});
        assertEquals(2, calls.get());
    }

    /**
     * Shares that sleep at the same time gain, on however few processors. Another program may still hold up some series of calls for
     * longer than they gain.
     */
    @Test
    void othersTakeSharesWhileThatSavesTime() {
        Thread caller = Thread.currentThread();
        AtomicInteger others = new AtomicInteger();
        for (int series = 0; series < 20 && others.get() <= 80; series++) {
            others.set(0);
            try (Workers workers = Workers.of(2)) {
                for (int call = 0; call < 50; call++) {
                    workers.runShares(4, share -> {
                        LockSupport.parkNanos(2_000_000);
                        if (Thread.currentThread() != caller) {
                            others.incrementAndGet();
                        }
                    });
                }
            }
        }
        assertTrue(others.get() > 80, "shares of a helper: " + others);
    }

    @Test
    void runsEachShareOnceWithinLapsAndBetween() {
        AtomicIntegerArray runs = new AtomicIntegerArray(5);
        try (Workers workers = Workers.of(2)) {
            for (int call = 0; call < 200; call++) {
                int count = call % 6;
                workers.runShares(count, runs::incrementAndGet);
                if (call % 7 == 0) {
                    workers.lap();
                }
                assertThrows(
                        IllegalStateException.class,
                        () -> workers.runShares(2, share -> {
                            throw new IllegalStateException();
                        }));
            }
            workers.run(2, task -> workers.runShares(1, runs::incrementAndGet));
        }
        Workers.caller().runShares(1, runs::incrementAndGet);
        assertEquals("[169, 132, 99, 66, 33]", runs.toString());
    }

    /** The workers are busy with the tasks that call them. */
    @Test
    void theCallerTakesSharesUndividedWhereItIsAlone() {
        AtomicInteger shares = new AtomicInteger(), undivided = new AtomicInteger();
        Workers.caller().runShares(4, i -> shares.incrementAndGet(), undivided::incrementAndGet);
        assertEquals(1, undivided.get());
        try (Workers workers = Workers.of(2)) {
            workers.run(2, task -> workers.runShares(4, i -> shares.incrementAndGet(), undivided::incrementAndGet));
            assertEquals(3, undivided.get());
            assertEquals(0, shares.get());
            workers.runShares(4, i -> shares.incrementAndGet(), undivided::incrementAndGet);
            assertEquals(3, undivided.get());
            assertEquals(4, shares.get());
            IllegalStateException e = new IllegalStateException();
            Runnable fails = () -> {
                throw e;
            };
            workers.run(
                    2,
                    task -> assertSame(
                            e, assertThrows(IllegalStateException.class, () -> workers.runShares(4, i -> {}, fails))));
            workers.runShares(4, i -> shares.incrementAndGet(), undivided::incrementAndGet);
            assertEquals(8, shares.get());
        }
    }

    private static void spin(long nanos) {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < nanos) {
            Thread.onSpinWait();
        }
    }

    private static void runLaps(Workers workers, int laps, IntConsumer task) {
        for (int lap = 0; lap < laps; lap++) {
            workers.run(2, task);
            workers.lap();
        }
    }

    @Test
    void aTaskMayEndALap() {
        try (Workers workers = Workers.of(2)) {
            AtomicInteger runs = new AtomicInteger();
            for (int round = 0; round < 100; round++) {
                workers.run(2, task -> {
                    runs.incrementAndGet();
                    workers.lap();
                });
            }
            assertEquals(200, runs.get());
        }
        Workers.caller().lap();
    }
}
