package dev.lanewise.internal.kernel;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;

/**
 * The floats that a step reads, such as its gradients: a span of floats, or one of bf16. The span can change, so that a step
 * allocates none.
 */
public final class FloatSource {
    private final Bf16View halves = new Bf16View();

    /** The floats; null if they are bf16. */
    private FloatSpan floats;

    /**
     * Sets the floats.
     *
     * @param span the floats
     */
    public void set(FloatSpan span) {
        floats = span;
        halves.set(null, true);
    }

    /**
     * Sets the floats to numbers that are stored as bf16.
     *
     * @param span the numbers
     */
    public void set(Bf16Span span) {
        floats = null;
        halves.set(span, true);
    }

    /** Forgets the span. */
    public void clear() {
        set((FloatSpan) null);
    }

    /**
     * Sets a buffer of a loop to the floats. It allocates nothing unless the kind of storage has changed.
     *
     * @param loop the loop
     * @param buffer the index of a buffer that the loop only reads
     */
    public void bindTo(FusedLoop loop, int buffer) {
        if (floats == null) {
            loop.bind(buffer, halves, 0);
        } else {
            loop.bind(buffer, floats);
        }
    }

    /** {@return the number of floats} */
    public long length() {
        return floats == null ? halves.span().length() : floats.length();
    }

    /** {@return the memory} */
    public MemorySegment segment() {
        return floats == null ? halves.span().segment() : floats.segment();
    }

    /** {@return whether the memory is a writable array, which is always alive and any thread's} */
    public boolean isArray() {
        return floats == null ? halves.span().isArray() : floats.isArray();
    }

    /** {@return whether only one thread may access the memory} */
    public boolean isConfined() {
        return Storage.isConfined(segment());
    }

    /** {@return how the kernels address the floats} */
    Storage storage() {
        return floats == null ? halves.storage() : Storage.of(floats);
    }

    /** {@return the array of the floats, for a kernel; null in native memory} */
    Object array() {
        return floats == null ? halves.array() : storage().array(floats);
    }

    /** {@return the position of an element, for a kernel} */
    long at(long element) {
        return floats == null ? halves.at(element) : storage().at(floats, element);
    }

    /**
     * {@return a float}
     *
     * @param i its index
     */
    public float get(long i) {
        return floats == null ? halves.span().get(i) : floats.get(i);
    }

    /**
     * Copies floats to an array.
     *
     * @param from the index of the first float
     * @param target the array to write
     * @param offset the index of the first float in the array
     * @param count the number of floats
     */
    public void copyTo(long from, float[] target, int offset, int count) {
        if (floats == null) {
            halves.unpack(from, target, offset, count, null);
        } else {
            floats.copyTo(from, target, offset, count);
        }
    }

    /**
     * Sets floats to 0.
     *
     * @param from the index of the first float
     * @param count the number of floats
     */
    public void zero(long from, long count) {
        if (floats == null) {
            halves.span().zero(from, count);
        } else {
            floats.zero(from, count);
        }
    }

    @Override
    public String toString() {
        return String.valueOf(floats == null ? halves.span() : floats);
    }
}
