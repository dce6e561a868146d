package dev.lanewise.internal.kernel;

import dev.lanewise.memory.Bf16Span;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A view of a {@link Bf16Span}, whose span can change, so that a step allocates none. Numbers are rounded to the nearest, not at
 * random. An array is addressed by the kernels, and so is native memory that they only read.
 */
public final class Bf16View implements PackedFloats {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private Bf16Span span;
    private Storage storage;

    /**
     * Sets the span.
     *
     * @param span the numbers; null for none
     * @param read whether they are only read
     */
    public void set(Bf16Span span, boolean read) {
        this.span = span;
        this.storage = span == null ? null : storage(span, read);
    }

    /** {@return how the kernels address a span: vectors of two floats have no counterpart of two shorts} */
    private static Storage storage(Bf16Span span, boolean read) {
        if (Kernels.lanes() < 4) {
            return Storage.STAGED;
        }
        if (span.isArray()) {
            return Storage.BF16;
        }
        return read && Storage.isDirect(span.segment()) ? Storage.BF16_NATIVE : Storage.STAGED;
    }

    @Override
    public Storage storage() {
        return storage;
    }

    @Override
    public Object array() {
        return storage == Storage.BF16 ? span.array() : null;
    }

    @Override
    public long at(long element) {
        return storage == Storage.BF16
                ? span.arrayOffset() + element
                : Storage.address(span.segment()) + Short.BYTES * element;
    }

    Bf16Span span() {
        return span;
    }

    @Override
    public MemorySegment segment() {
        return span.segment();
    }

    @Override
    public void unpack(long from, float[] target, int offset, int count, Room room) {
        if (span.isArray()) {
            short[] array = span.array();
            int first = span.arrayOffset() + (int) from;
            for (int i = 0; i < count; i++) {
                target[offset + i] = Bf16Span.bf16ToFloat(array[first + i]);
            }
        } else {
            MemorySegment segment = span.segment();
            for (int i = 0; i < count; i++) {
                target[offset + i] = Bf16Span.bf16ToFloat(segment.get(SHORT, Short.BYTES * (from + i)));
            }
        }
    }

    @Override
    public void pack(float[] source, int offset, long to, int count, int noise, Room room) {
        if (span.isArray()) {
            short[] array = span.array();
            int first = span.arrayOffset() + (int) to;
            for (int i = 0; i < count; i++) {
                array[first + i] = Bf16Span.floatToBf16(source[offset + i]);
            }
        } else {
            MemorySegment segment = span.segment();
            for (int i = 0; i < count; i++) {
                segment.set(SHORT, Short.BYTES * (to + i), Bf16Span.floatToBf16(source[offset + i]));
            }
        }
    }

    @Override
    public void packNearest(float[] source, long to, int count) {
        pack(source, 0, to, count, 0, null);
    }
}
