package dev.lanewise.safetensors;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Converts the elements of a tensor to floats, in blocks that the L1 cache holds. */
final class FloatDecoder {
    private static final int BLOCK = 1024;

    private FloatDecoder() {}

    /**
     * Converts all elements.
     *
     * @param dtype one of {@link DType#convertible}
     * @param bytes the elements
     * @param target receives them; it has as many floats, and shares no memory with them
     */
    static void decode(DType dtype, MemorySegment bytes, FloatSpan target) {
        switch (dtype) {
            case F32 -> target.segment().copyFrom(bytes);
            case F16 -> decodeHalves(bytes, target);
            case BF16 -> Bf16Span.of(bytes).copyTo(target);
            case F64 -> decodeDoubles(bytes, target);
            default -> throw new AssertionError(dtype);
        }
    }

    private static void decodeHalves(MemorySegment bytes, FloatSpan target) {
        short[] halves = new short[BLOCK];
        float[] floats = new float[BLOCK];
        for (long from = 0; from < target.length(); from += BLOCK) {
            int count = (int) Math.min(BLOCK, target.length() - from);
            MemorySegment.copy(bytes, ValueLayout.JAVA_SHORT_UNALIGNED, 2 * from, halves, 0, count);
            widen(halves, floats, count);
            target.copyFrom(floats, 0, from, count);
        }
    }

    private static void decodeDoubles(MemorySegment bytes, FloatSpan target) {
        double[] doubles = new double[BLOCK];
        float[] floats = new float[BLOCK];
        for (long from = 0; from < target.length(); from += BLOCK) {
            int count = (int) Math.min(BLOCK, target.length() - from);
            MemorySegment.copy(bytes, ValueLayout.JAVA_DOUBLE_UNALIGNED, 8 * from, doubles, 0, count);
            round(doubles, floats, count);
            target.copyFrom(floats, 0, from, count);
        }
    }

    private static void widen(short[] halves, float[] floats, int count) {
        for (int i = 0; i < count; i++) {
            floats[i] = Float.float16ToFloat(halves[i]);
        }
    }

    private static void round(double[] doubles, float[] floats, int count) {
        for (int i = 0; i < count; i++) {
            floats[i] = (float) doubles[i];
        }
    }
}
