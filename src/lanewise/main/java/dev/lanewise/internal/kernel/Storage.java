package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/** How the kernels reach the floats of a span. */
public enum Storage {
    /** A {@code float[]}, directly. */
    ARRAY,

    /** Native memory, by its address. */
    NATIVE,

    /** Anything else: copied to a small {@code float[]} and back, block by block. */
    STAGED;

    /**
     * Sessions of memory that nobody can free while the caller holds the segment; a class not known here is only
     * slower.
     */
    private static final Set<String> NEVER_CLOSED = Set.of(
            "jdk.internal.foreign.GlobalSession",
            "jdk.internal.foreign.GlobalSession$HeapSession",
            "jdk.internal.foreign.ImplicitSession");

    private static final Thread STRANGER = Thread.ofPlatform().unstarted(() -> {});

    /**
     * The storage of a span. Native memory may be addressed only while nobody can free it: memory of a confined arena
     * of the calling thread, of an automatic arena, or of the global one. A shared arena could be closed by another
     * thread in the middle of a loop; its memory is staged through copies, which the JVM guards.
     */
    public static Storage of(FloatSpan span) {
        if (span.isArray()) {
            return ARRAY;
        }
        MemorySegment segment = span.segment();
        if (!segment.isNative() || !Platform.nativeAccess()) {
            return STAGED;
        }
        boolean safe = isConfined(span)
                || segment.scope().equals(Arena.global().scope())
                || NEVER_CLOSED.contains(segment.scope().getClass().getName());
        return safe ? NATIVE : STAGED;
    }

    /** What a kernel takes for the array of a span in this storage: null in native memory. */
    Object array(FloatSpan span) {
        return this == ARRAY ? span.array() : null;
    }

    /** Where a kernel finds an element of a span in this storage: an index into the array, or an address. */
    long at(FloatSpan span, long element) {
        return this == ARRAY ? span.arrayOffset() + element : span.segment().address() + 4 * element;
    }

    /** Floats of an array's header. */
    public static final int HEADER = 4;

    /**
     * Where an element lies in memory, in floats from some multiple of 4,096 bytes. An array is supposed to begin at one:
     * nobody can ask, but the collector gives each large array regions of its own.
     *
     * @param span native memory or an array
     * @param element which one
     * @return to be taken modulo 1,024 or less
     */
    public static long position(FloatSpan span, long element) {
        return element
                + (span.isArray() ? HEADER + span.arrayOffset() : span.segment().address() / Float.BYTES);
    }

    /** Whether only one thread may touch the span. */
    public static boolean isConfined(FloatSpan span) {
        return !span.segment().isAccessibleBy(STRANGER);
    }
}
