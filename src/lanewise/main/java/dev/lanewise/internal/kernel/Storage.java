package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Set;

/** A storage determines how the kernels address the floats of a span. */
public enum Storage {
    /** A {@code float[]}, which kernels address directly. */
    ARRAY,

    /** Native memory, which kernels address by its absolute address. */
    NATIVE,

    /** A {@code short[]} of bf16, see {@link Bf16Floats}, which kernels address directly. */
    BF16,

    /** A {@code byte[]}, which only the loops of {@link Int8Floats} address. */
    BYTES,

    /** Native memory of bf16, which kernels only read, by its absolute address. */
    BF16_NATIVE,

    /** Any other memory, which goes through a staging copy in a small {@code float[]}, block by block. */
    STAGED;

    /**
     * The session classes of memory that cannot be freed while its segment is reachable. Memory of a class that is missing
     * here is staged, which is only slower.
     */
    private static final Set<String> NEVER_CLOSED = Set.of(
            "jdk.internal.foreign.GlobalSession",
            "jdk.internal.foreign.GlobalSession$HeapSession",
            "jdk.internal.foreign.ImplicitSession");

    private static final Thread STRANGER = Thread.ofPlatform().unstarted(() -> {});

    /**
     * {@return the storage of a span} Native memory is addressed directly only if it cannot be freed meanwhile: if it belongs to
     * a confined arena of the calling thread, to an automatic arena, or to the global one. Another thread could close a shared
     * arena in the middle of a loop, and another process could cut a mapped file short, or the disk could be full; such memory goes
     * through staging copies, which the JVM guards.
     *
     * @param span the span
     */
    public static Storage of(FloatSpan span) {
        if (span.isArray()) {
            return ARRAY;
        }
        return isDirect(span.segment()) ? NATIVE : STAGED;
    }

    /** {@return whether kernels may address a segment directly} */
    static boolean isDirect(MemorySegment segment) {
        return segment.isNative()
                && !segment.isMapped()
                && Platform.nativeAccess()
                && (isConfined(segment)
                        || segment.scope().equals(Arena.global().scope())
                        || NEVER_CLOSED.contains(segment.scope().getClass().getName()));
    }

    /** {@return whether kernels address the memory by its absolute address} */
    boolean isNative() {
        return this == NATIVE || this == BF16_NATIVE;
    }

    /** {@return whether kernels address floats of fewer bits directly} */
    boolean isPacked() {
        return this == BF16 || this == BF16_NATIVE;
    }

    /** {@return the array of a span, for a kernel; null in native memory} */
    Object array(FloatSpan span) {
        return this == ARRAY ? span.array() : null;
    }

    /**
     * {@return the position of an element of a span, for a kernel: an index into the array, or an address} An address is given for
     * memory that is alive, and is used before any code of the application runs again: this thread could close a confined arena in
     * a callback, such as the definition of a rule of its own.
     *
     * @throws IllegalStateException if the memory is closed
     */
    long at(FloatSpan span, long element) {
        if (this == ARRAY) {
            return span.arrayOffset() + element;
        }
        return address(span.segment()) + 4 * element;
    }

    /** {@return the address of memory that is alive} */
    static long address(MemorySegment segment) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory of a buffer has been closed within the step");
        }
        return segment.address();
    }

    /** The size of an array's header, in floats. */
    public static final int HEADER = 4;

    /**
     * {@return the distance of an element from some 4,096-byte boundary, in floats} Arrays are assumed to begin at such a
     * boundary: the JVM does not expose their addresses, but the collector gives each large array regions of its own.
     *
     * @param span native memory or an array
     * @param element the index of the element
     */
    public static long position(FloatSpan span, long element) {
        return element
                + (span.isArray() ? HEADER + span.arrayOffset() : span.segment().address() / Float.BYTES);
    }

    /**
     * {@return whether only one thread may access the span}
     *
     * @param span the span
     */
    public static boolean isConfined(FloatSpan span) {
        return isConfined(span.segment());
    }

    static boolean isConfined(MemorySegment segment) {
        return !segment.isAccessibleBy(STRANGER);
    }
}
