package dev.lanewise.safetensors;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * A named, shaped view of memory, as {@link Safetensors} files hold them. It copies nothing.
 *
 * @param name unique in its file
 * @param dtype what the elements are
 * @param shape the length of each dimension, the slowest first; empty for a scalar
 * @param bytes the elements, little-endian and without gaps
 */
public record Tensor(String name, DType dtype, List<Long> shape, MemorySegment bytes) {
    /**
     * Checks that the memory has the size that the type and the shape ask for.
     *
     * @throws IllegalArgumentException if it has not, or if a dimension is negative
     */
    public Tensor {
        shape = List.copyOf(shape);
        for (long length : shape) {
            if (length < 0) {
                throw new IllegalArgumentException(
                        "tensor " + name + ": no dimension of the shape " + shape + " may be negative");
            }
        }
        if (dtype.bytes(shape) != bytes.byteSize()) {
            throw new IllegalArgumentException("tensor " + name + ": the shape " + shape + " of " + dtype
                    + " does not fit memory of " + bytes.byteSize() + " bytes");
        }
    }

    /**
     * Creates a tensor of floats.
     *
     * @param name unique in its file
     * @param floats the elements, in any storage
     * @param shape the length of each dimension, the slowest first; none for a scalar
     * @return a view of the floats
     * @throws IllegalArgumentException if the shape does not have as many elements
     */
    public static Tensor of(String name, FloatSpan floats, long... shape) {
        return new Tensor(name, DType.F32, Arrays.stream(shape).boxed().toList(), floats.segment());
    }

    /**
     * Creates a scalar of type {@link DType#I64}.
     *
     * @param name unique in its file
     * @param value its value
     * @return a new tensor
     */
    public static Tensor of(String name, long value) {
        return new Tensor(name, DType.I64, List.of(), MemorySegment.ofArray(new long[] {value}));
    }
}
