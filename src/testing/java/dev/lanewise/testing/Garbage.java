package dev.lanewise.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Measures the memory that a step allocates. */
public final class Garbage {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private static final long MINUTE = 60_000_000_000L;

    private Garbage() {}

    /**
     * Asserts that a step allocates 0 bytes in the calling thread once it is warm. Until C2 has compiled the kernels their vectors
     * are boxed, so the step is repeated until it allocates nothing, at least 100,000 times and for a minute: C2 may have a long
     * queue on a busy machine.
     *
     * @param step the step
     */
    public static void assertNone(Runnable step) {
        assertNone(step, THREADS::getCurrentThreadAllocatedBytes);
    }

    /**
     * Asserts that a step allocates 0 bytes in all threads of the JVM, for steps that divide their work among workers.
     *
     * @param step the step
     */
    public static void assertNoneInAnyThread(Runnable step) {
        assertNone(step, THREADS::getTotalThreadAllocatedBytes);
    }

    private static void assertNone(Runnable step, LongSupplier allocatedBytes) {
        long allocated = Long.MAX_VALUE;
        long start = System.nanoTime();
        for (int i = 0; allocated > 0 && (i < 100_000 || System.nanoTime() - start < MINUTE); i++) {
            long before = allocatedBytes.getAsLong();
            step.run();
            allocated = allocatedBytes.getAsLong() - before;
        }
        assertEquals(0, allocated, () -> sites(step));
    }

    /**
     * {@return the classes that a step allocates, each with the innermost frames of the library} C2 compiles a kernel badly in
     * one of many processes only, so that the failure must name it.
     */
    private static String sites(Runnable step) {
        Map<String, Integer> sites = new TreeMap<>();
        try (Recording recording = new Recording()) {
            recording.enable("jdk.ObjectAllocationSample").with("throttle", "1000/s");
            recording.start();
            for (int i = 0; i < 10_000; i++) {
                step.run();
            }
            recording.stop();
            Path file = Files.createTempFile("allocations", ".jfr");
            recording.dump(file);
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                if (event.getEventType().getName().equals("jdk.ObjectAllocationSample")) {
                    sites.merge(event.getClass("objectClass").getName() + " " + frames(event), 1, Integer::sum);
                }
            }
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return sites.toString();
    }

    private static List<String> frames(RecordedEvent event) {
        if (event.getStackTrace() == null) {
            return List.of();
        }
        return event.getStackTrace().getFrames().stream()
                .map(frame -> frame.getMethod().getType().getName() + "."
                        + frame.getMethod().getName() + ":" + frame.getLineNumber())
                .filter(frame -> frame.startsWith("dev.lanewise"))
                .limit(3)
                .toList();
    }

    /**
     * {@return the bytes that one run allocates in all threads} This is the minimum of several runs, because the JVM itself
     * allocates now and then.
     *
     * @param run the code to measure
     */
    public static long of(Runnable run) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 20; i++) {
            long before = THREADS.getTotalThreadAllocatedBytes();
            run.run();
            least = Math.min(least, THREADS.getTotalThreadAllocatedBytes() - before);
        }
        return least;
    }
}
