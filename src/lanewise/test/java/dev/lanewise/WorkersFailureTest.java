package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whatever throws, all tasks have ended when a call returns, and the next call is as good as the first. */
@Timeout(60)
class WorkersFailureTest {
    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** The executor starts some helpers, and throws with the next one or after it. They are awaited, and do not disturb the next call. */
    @Test
    void throwsWhatTheExecutorThrewAfterAllHaveEnded() {
        for (Throwable thrown : List.of(
                new OutOfMemoryError("unable to create native thread"),
                new IllegalStateException("shut down"),
                new LinkageError())) {
            for (int throwing = 0; throwing < 3; throwing++) {
                for (boolean afterwards : List.of(false, true)) {
                    throwsWhatTheExecutorThrew(thrown, throwing, afterwards);
                }
            }
        }
    }

    private static void throwsWhatTheExecutorThrew(Throwable thrown, int throwing, boolean afterwards) {
        AtomicInteger calls = new AtomicInteger();
        Workers workers = Workers.on(
                helper -> {
                    int call = calls.getAndIncrement();
                    if (call < throwing || afterwards) {
                        CountDownLatch begun = new CountDownLatch(1);
                        Thread.startVirtualThread(() -> {
                            begun.countDown();
                            helper.run();
                        });
                        await(begun);
                    }
                    if (call >= throwing) {
                        throw WorkersFailureTest.<RuntimeException>unchecked(thrown);
                    }
                },
                4);
        for (int round = 0; round < 10; round++) {
            calls.set(0);
            AtomicIntegerArray runs = new AtomicIntegerArray(8);
            Throwable caught = null;
            try {
                workers.run(8, task -> {
                    // The helpers take the last tasks.
                    LockSupport.parkNanos(task == 7 ? 2_000_000 : 100_000);
                    runs.incrementAndGet(task);
                });
            } catch (Throwable e) {
                caught = e;
            }
            assertEquals("[1, 1, 1, 1, 1, 1, 1, 1]", runs.toString());
            assertSame(calls.get() > throwing ? thrown : null, caught);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> T unchecked(Throwable thrown) throws T {
        throw (T) thrown;
    }

    @Test
    void throwsWhatATaskThrewAfterAllHaveEnded() {
        try (Workers workers = Workers.of(2)) {
            AtomicIntegerArray runs = new AtomicIntegerArray(8);
            IllegalStateException thrown = new IllegalStateException("task 3");
            assertSame(
                    thrown,
                    assertThrows(
                            IllegalStateException.class,
                            () -> workers.run(8, task -> {
                                runs.incrementAndGet(task);
                                if (task == 3) {
                                    throw thrown;
                                }
                            })));
            assertEquals("[1, 1, 1, 1, 1, 1, 1, 1]", runs.toString());
            workers.run(8, runs::incrementAndGet);
            assertEquals("[2, 2, 2, 2, 2, 2, 2, 2]", runs.toString());
        }
    }

    /** The tasks run on the caller, on closed or busy workers, on one thread of several, or on several. */
    @Test
    void throwsTheFirstOfSeveralAfterAllHaveEnded() {
        throwsTheFirst(Workers.caller());
        throwsTheFirst(Workers.of(1));
        // The executor runs nothing, so the caller runs the tasks in order.
        throwsTheFirst(Workers.on(helper -> {}, 3));
        Workers closed = Workers.of(2);
        closed.close();
        throwsTheFirst(closed);
        try (Workers busy = Workers.of(2)) {
            AtomicInteger outer = new AtomicInteger();
            busy.run(3, task -> {
                throwsTheFirst(busy);
                outer.incrementAndGet();
            });
            assertEquals(3, outer.get());
        }
    }

    private static void throwsTheFirst(Workers workers) {
        AtomicIntegerArray runs = new AtomicIntegerArray(8);
        IllegalStateException first = new IllegalStateException("task 2");
        assertSame(
                first,
                assertThrows(
                        Throwable.class,
                        () -> workers.run(8, task -> {
                            runs.incrementAndGet(task);
                            if (task == 2) {
                                throw first;
                            }
                            if (task > 4) {
                                throw new AssertionError("task " + task);
                            }
                        })));
        assertEquals("[1, 1, 1, 1, 1, 1, 1, 1]", runs.toString());
    }

    /** A task cannot declare a checked exception, but other languages and generics let it throw one. */
    @Test
    void aCheckedExceptionIsTheCauseOfAnError() {
        Exception thrown = new Exception("checked");
        for (Workers workers : List.of(Workers.caller(), Workers.on(helper -> {}, 3))) {
            AtomicInteger ended = new AtomicInteger();
            AssertionError error = assertThrows(
                    AssertionError.class,
                    () -> workers.run(3, task -> {
                        ended.incrementAndGet();
                        throw WorkersFailureTest.<RuntimeException>unchecked(thrown);
                    }));
            assertSame(thrown, error.getCause());
            assertEquals(3, ended.get());
        }
    }

    /** The other thread's exception is the later one, because its task waits until the caller has begun the task after the first. */
    @Test
    void throwsTheFirstOfSeveralThreads() {
        try (Workers workers = Workers.of(2)) {
            IllegalStateException first = new IllegalStateException("the caller's");
            for (int round = 0; round < 100; round++) {
                AtomicInteger ended = new AtomicInteger();
                CountDownLatch helped = new CountDownLatch(1), thrown = new CountDownLatch(1);
                assertSame(
                        first,
                        assertThrows(
                                Throwable.class,
                                () -> workers.run(3, task -> {
                                    ended.incrementAndGet();
                                    if (task == 0) {
                                        await(helped);
                                        throw first;
                                    }
                                    if (task == 1) {
                                        thrown.countDown();
                                        return;
                                    }
                                    helped.countDown();
                                    await(thrown);
                                    throw new AssertionError("the helper's");
                                })));
                assertEquals(3, ended.get());
            }
        }
    }
}
