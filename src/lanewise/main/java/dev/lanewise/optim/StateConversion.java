package dev.lanewise.optim;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Copies the elements of a tensor of a checkpoint, and converts them where the optimizer stores another type. */
final class StateConversion {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    private StateConversion() {}

    /** {@return whether elements of a type can be loaded as another} */
    static boolean isPossible(DType from, DType to, boolean conversion) {
        return from == to || conversion && isState(from) && isState(to);
    }

    private static boolean isState(DType dtype) {
        return dtype == DType.F32 || dtype == DType.BF16;
    }

    /**
     * Copies elements; floats become the nearest numbers of the other type.
     *
     * @param from the index of the first in the tensor
     * @param to the memory of the elements
     * @param type their type there
     */
    static void copy(Tensor source, long from, MemorySegment to, DType type, long count) {
        MemorySegment bytes = source.bytes();
        if (source.dtype() == type) {
            long size = type.bits() / Byte.SIZE;
            to.copyFrom(bytes.asSlice(size * from, size * count));
            return;
        }
        for (long i = 0; i < count; i++) {
            float x = source.dtype() == DType.F32
                    ? bytes.get(FLOAT, Float.BYTES * (from + i))
                    : Bf16Span.bf16ToFloat(bytes.get(SHORT, Short.BYTES * (from + i)));
            if (type == DType.F32) {
                to.set(FLOAT, Float.BYTES * i, x);
            } else {
                to.set(SHORT, Short.BYTES * i, Bf16Span.floatToBf16(x));
            }
        }
    }
}
