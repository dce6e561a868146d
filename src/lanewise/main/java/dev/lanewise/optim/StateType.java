package dev.lanewise.optim;

import dev.lanewise.safetensors.DType;

/**
 * The type of the numbers in which an {@link Optimizer} keeps the state of its rules. A step reads a number, computes in floats, and
 * stores the result rounded to the type.
 *
 * <p>Rounding is stochastic: a float between two numbers of the type becomes one of them at random, the nearer one with the higher probability, so that
 * the mean is the float. Rounding to the nearest is not offered, because a second moment would not decay: with β₂ = 0.999 the nearest bf16 of
 * β₂ · v is v itself, for every v. The random numbers are a function of {@link StepOptions#stateSeed()}, the number of the step, the buffer and
 * the index of the parameter, so that the bits are the same with any vector width, threads, ranks and memory.
 *
 * <p>These stay floats in any case: {@linkplain StateBuffer#fullPrecision() buffers that need their precision}, such as averages of parameters;
 * numbers that there are once for a row, a column or a group; and the average of {@link StepOptions#averageDecay()}.
 */
public enum StateType {
    /** Java's float: 4 bytes a number. */
    F32,

    /**
     * The upper half of a float: 2 bytes a number, with the range of a float, and 8 bits of precision. A moment with the decay β then varies about
     * its mean by 2⁻⁴ of it, whatever β is. A magnitude above 3.39e38 may become infinite.
     */
    BF16;

    /** {@return the type of the numbers in a file} */
    DType dtype() {
        return this == F32 ? DType.F32 : DType.BF16;
    }

    /** {@return the type in which a buffer is stored} */
    StateType of(StateBuffer buffer) {
        return buffer.fullPrecision() ? F32 : this;
    }
}
