package dev.lanewise.safetensors;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * A named tensor of a {@link Safetensors} file: a view of memory with a type and a shape. It copies nothing.
 *
 * @param name the name, unique in its file
 * @param dtype the type of the elements
 * @param shape the length of each dimension, in row-major order; empty for a scalar
 * @param bytes the elements, little-endian and without gaps
 */
public record Tensor(String name, DType dtype, List<Long> shape, MemorySegment bytes) {
    /**
     * Checks that the memory has the size of the type and the shape.
     *
     * @throws IllegalArgumentException if the size differs, or if a dimension is negative
     */
    public Tensor {
        shape = List.copyOf(shape);
        for (long length : shape) {
            if (length < 0) {
                throw new IllegalArgumentException("tensor " + name + ": dimensions must not be negative: " + shape);
            }
        }
        if (dtype.bytes(shape) != bytes.byteSize()) {
            throw new IllegalArgumentException("tensor " + name + ": bytes must have the size of the shape " + shape
                    + " of " + dtype + ": " + bytes.byteSize());
        }
    }

    /**
     * {@return a tensor of type {@link DType#F32}, which is a view of the floats}
     *
     * @param name the name, unique in its file
     * @param floats the elements, in any storage
     * @param shape the length of each dimension, in row-major order; none for a scalar
     * @throws IllegalArgumentException if the shape has another number of elements
     */
    public static Tensor of(String name, FloatSpan floats, long... shape) {
        return new Tensor(name, DType.F32, Arrays.stream(shape).boxed().toList(), floats.segment());
    }

    /**
     * {@return a tensor of type {@link DType#BF16}, which is a view of the numbers}
     *
     * @param name the name, unique in its file
     * @param numbers the elements, in any storage; {@link Bf16Span#copyFrom(FloatSpan)} rounds floats to them
     * @param shape the length of each dimension, in row-major order; none for a scalar
     * @throws IllegalArgumentException if the shape has another number of elements
     */
    public static Tensor of(String name, Bf16Span numbers, long... shape) {
        return new Tensor(name, DType.BF16, Arrays.stream(shape).boxed().toList(), numbers.segment());
    }

    /**
     * {@return a new scalar tensor of type {@link DType#I64}}
     *
     * @param name the name, unique in its file
     * @param value its value
     */
    public static Tensor of(String name, long value) {
        return new Tensor(name, DType.I64, List.of(), MemorySegment.ofArray(new long[] {value}));
    }
}
