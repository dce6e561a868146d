package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.util.ArrayList;
import java.util.List;

/** The buffers of a {@link FusedLoop}: a buffer is a span, or floats that are stored in fewer bits. */
final class Operands {
    /** The index of the gradient, which the rule only reads. */
    static final int GRADIENT = 1;

    /** The span of each buffer; null for one of packed floats. */
    private final FloatSpan[] spans;

    private final PackedFloats[] packed;
    private final Storage[] storages;

    /** The random number of the element of packed floats that belongs to the first parameter. */
    private final int[] noises;

    /** Whether the gradient is changed before the rule reads it, for which it goes through a copy. */
    private boolean edited;

    Operands(int count) {
        this.spans = new FloatSpan[count];
        this.packed = new PackedFloats[count];
        this.storages = new Storage[count];
        this.noises = new int[count];
    }

    int count() {
        return spans.length;
    }

    /** {@return whether the storage of the buffer has changed} */
    boolean bind(int buffer, FloatSpan span) {
        spans[buffer] = span;
        packed[buffer] = null;
        return set(buffer, Storage.of(span));
    }

    /** {@return whether the storage of the buffer has changed} */
    boolean bind(int buffer, PackedFloats floats, int noise) {
        spans[buffer] = null;
        packed[buffer] = floats;
        noises[buffer] = noise;
        return set(buffer, floats.storage());
    }

    private boolean set(int buffer, Storage storage) {
        boolean changed = storages[buffer] != storage;
        storages[buffer] = storage;
        return changed;
    }

    /** {@return the storages, each once for a buffer} */
    List<Storage> storages() {
        return new ArrayList<>(List.of(storages));
    }

    /** Sets whether the gradient is changed before the rule reads it. */
    void editGradient(boolean edited) {
        this.edited = edited;
    }

    /** {@return whether the kernel addresses the packed floats of a buffer} */
    boolean isDirect(int buffer) {
        return storages[buffer].isPacked() && !(edited && buffer == GRADIENT);
    }

    /** {@return the buffer to whose cache lines the vectors are aligned: the parameters, which are the first or are copied to it} */
    FloatSpan parameters() {
        return spans[0] == null ? spans[1] : spans[0];
    }

    /** {@return the array of a buffer, for a kernel; null in native memory} */
    Object array(int buffer) {
        return isDirect(buffer) ? packed[buffer].array() : storages[buffer].array(spans[buffer]);
    }

    /**
     * {@return the position of an element, for a kernel}
     *
     * @param shift the distance from the index of a parameter to that of its state
     */
    long at(int buffer, long element, long shift) {
        long own = own(buffer, element, shift);
        return switch (storages[buffer]) {
            case BF16 -> (long) Noise.at(noises[buffer], element) << 32 | packed[buffer].at(own);
            case BF16_NATIVE -> packed[buffer].at(own);
            default -> storages[buffer].at(spans[buffer], own);
        };
    }

    /** {@return the distance of two adjacent elements in native memory, in bytes} */
    int stride(int buffer) {
        return storages[buffer] == Storage.BF16_NATIVE ? Short.BYTES : Float.BYTES;
    }

    /** {@return whether the scalar definition can run on a buffer itself} */
    boolean isArray(int buffer) {
        return spans[buffer] != null && spans[buffer].isArray();
    }

    float[] floats(int buffer) {
        return spans[buffer].array();
    }

    /** {@return the index of an element in {@link #floats}} */
    int index(int buffer, long element, long shift) {
        return spans[buffer].arrayOffset() + (int) own(buffer, element, shift);
    }

    /** Copies elements of a buffer to an array, from the index {@code at} on. */
    void copyTo(float[] target, int at, int buffer, long element, long shift, int count, PackedFloats.Room room) {
        long own = own(buffer, element, shift);
        if (packed[buffer] == null) {
            spans[buffer].copyTo(own, target, at, count);
        } else {
            packed[buffer].unpack(own, target, at, count, room);
        }
    }

    /** Copies elements of an array, from the index {@code at} on, to a buffer. */
    void copyFrom(float[] source, int at, int buffer, long element, long shift, int count, PackedFloats.Room room) {
        long own = own(buffer, element, shift);
        if (packed[buffer] == null) {
            spans[buffer].copyFrom(source, at, own, count);
        } else {
            packed[buffer].pack(source, at, own, count, Noise.at(noises[buffer], element), room);
        }
    }

    private static long own(int buffer, long element, long shift) {
        return buffer > GRADIENT ? element + shift : element;
    }
}
