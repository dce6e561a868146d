package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.safetensors.DType;

/**
 * The type of the numbers in which an {@link Optimizer} keeps the state of its rules. A step reads a number, computes in floats, and
 * stores the result rounded to the type.
 *
 * <p>Rounding is stochastic: a float between two numbers of the type becomes one of them at random, the nearer one with the
 * higher probability, so that the mean is the float. Rounding to the nearest is not offered, because a second moment would not
 * decay: with β₂ = 0.999 the nearest bf16 of β₂ · v is v itself, for every v. The random numbers are a function of
 * {@link StepOptions#stateSeed()}, the number of the step, the buffer and the index of the parameter, so that the bits are the
 * same with any vector width, threads, ranks and memory.
 *
 * <p>These stay floats in any case: {@linkplain StateBuffer.Kind#PRECISE buffers that need their precision}, such as averages of
 * parameters; numbers that there are once for a row, a column or a group; and the average of {@link StepOptions#averageDecay()}.
 */
public enum StateType {
    /** Java's float: 4 bytes a number. */
    F32,

    /**
     * The upper half of a float: 2 bytes a number, with the range of a float, and 8 bits of precision. A moment with the decay β
     * then varies about its mean by 2⁻⁴ of it, whatever β is. A magnitude above 3.39e38 may become infinite.
     */
    BF16,

    /**
     * A byte a number, and a float for a block of 256, which begin with the group: its scale, the largest power of two that is
     * not above the largest magnitude of the block. A small block follows the numbers more closely, and the scales then take 1/64
     * byte a number; 256 is also what bitsandbytes and torchao take.
     *
     * <p>Numbers of either sign have 3 bits of mantissa down to 2⁻¹³ of the scale, and a spacing of 2⁻¹⁶ of it below.
     * {@linkplain StateBuffer.Kind#POSITIVE Positive} ones have 3 bits down to 2⁻³⁰, and what is smaller becomes that, so that
     * the step never divides by 0. A moment then varies about its mean by a fifth of it, and its root by a tenth. Infinities and
     * NaN stay what they are.
     *
     * <p>A step computes with the moments before they are rounded, so that from equal state it has the bits of one in floats; the
     * tests of bitsandbytes allow such a step a mean difference of 6e-5. After 50 steps of {@link AdamW} at 1e-3 with random
     * gradients, the parameters differ from those with floats by 4.3e-4 in the mean, and with {@link #BF16} by 2.8e-5.
     *
     * <p>Groups of fewer than 4,096 parameters, such as biases, stay floats, as in bitsandbytes: they save nothing. A rank has at
     * most 2³¹ − 17 parameters in such groups.
     */
    INT8;

    /** The least length of a group whose state is stored in {@link #INT8}. */
    static final long LEAST_INT8 = 4096;

    /** {@return the type of the state of a group with a number of parameters on all ranks} */
    StateType ofLength(long length) {
        return this == INT8 && length < LEAST_INT8 ? F32 : this;
    }

    /** {@return the bytes of a number, with its part of the scale of its block} */
    public double bytes() {
        return switch (this) {
            case F32 -> Float.BYTES;
            case BF16 -> Short.BYTES;
            case INT8 -> Byte.BYTES + (double) Float.BYTES / Int8Floats.BLOCK;
        };
    }

    /** {@return the type of the numbers in a file} */
    DType dtype() {
        return this == F32 ? DType.F32 : this == BF16 ? DType.BF16 : DType.U8;
    }

    /** {@return the type in which a buffer is stored} */
    StateType of(StateBuffer buffer) {
        return buffer.kind() == StateBuffer.Kind.PRECISE ? F32 : this;
    }
}
