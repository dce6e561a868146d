package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;

/** What a step leaves to the garbage collector. */
public final class Garbage {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Garbage() {}

    /**
     * Holds a step to 0 bytes, in time: until C2 has compiled the kernels they run on boxed vectors, so it is repeated
     * until it allocates nothing, or for good.
     */
    public static void assertNone(Runnable step) {
        long allocated = Long.MAX_VALUE;
        for (int i = 0; i < 100_000 && allocated > 0; i++) {
            long before = THREADS.getCurrentThreadAllocatedBytes();
            step.run();
            allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        }
        assertEquals(0, allocated);
    }
}
