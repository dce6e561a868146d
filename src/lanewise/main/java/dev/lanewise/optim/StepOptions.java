package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * Options determine what an {@link Optimizer} does in each step besides the update.
 *
 * @param workers the threads that share a step; with memory of a confined arena the step runs on the caller's thread alone
 * @param clipping how the gradient is limited
 * @param nonFinitePolicy the policy for a gradient that has NaN or infinity in it; every policy but
 *     {@link NonFinitePolicy#APPLY} costs a pass over the gradient
 * @param skipLimit the number of steps that may be skipped in a row, from 0; the next one throws
 * @param lossScale the loss scale of the gradients, or null; it needs {@link NonFinitePolicy#SKIP}
 * @param statistics whether the report has norms and counts, which are taken in the same pass: see {@link StepReport}
 * @param zeroGradients whether the gradients are set to 0 in the same pass; they must be writable then
 * @param averageDecay the decay of the exponential moving average of the parameters, in [0, 1), or 1 for no average
 * @param state the type in which the state of the rules is stored; a {@link ParameterGroup} can have another
 * @param stateSeed the seed of the random numbers that round the state, where its type is not {@link StateType#F32}
 * @param bf16Copy whether a copy of the parameters, rounded to bf16, is written in the same pass: see {@link Optimizer#bf16Copy()}
 */
public record StepOptions(
        Workers workers,
        Clipping clipping,
        NonFinitePolicy nonFinitePolicy,
        int skipLimit,
        LossScale lossScale,
        boolean statistics,
        boolean zeroGradients,
        double averageDecay,
        StateType state,
        long stateSeed,
        boolean bf16Copy) {
    /** The defaults: single-threaded, no clipping, non-finite gradients applied as they are, nothing else. */
    public static final StepOptions DEFAULT = new StepOptions(
            Workers.caller(),
            Clipping.none(),
            NonFinitePolicy.APPLY,
            Integer.MAX_VALUE,
            null,
            false,
            false,
            1,
            StateType.F32,
            0,
            false);

    /**
     * Checks the options.
     *
     * @throws IllegalArgumentException if a value is out of range
     */
    public StepOptions {
        Objects.requireNonNull(workers, "workers");
        Objects.requireNonNull(clipping, "clipping");
        Objects.requireNonNull(nonFinitePolicy, "nonFinitePolicy");
        Objects.requireNonNull(state, "state");
        Check.fraction("averageDecay", averageDecay);
        if (skipLimit < 0) {
            throw new IllegalArgumentException("skipLimit must not be negative: " + skipLimit);
        }
        if (lossScale != null && nonFinitePolicy != NonFinitePolicy.SKIP) {
            throw new IllegalArgumentException("nonFinitePolicy must be SKIP with a lossScale: " + nonFinitePolicy);
        }
    }

    /** {@return these options with other threads}
     * @param workers the threads that share a step */
    public StepOptions withWorkers(Workers workers) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with other clipping}
     * @param clipping how the gradient is limited */
    public StepOptions withClipping(Clipping clipping) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with another policy for non-finite gradients}
     * @param nonFinitePolicy the policy */
    public StepOptions withNonFinitePolicy(NonFinitePolicy nonFinitePolicy) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with a limit on the steps skipped in a row}
     * @param skipLimit the number of steps that may be skipped in a row, from 0 */
    public StepOptions withSkipLimit(int skipLimit) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with a loss scale, and non-finite gradients skipped}
     * @param lossScale the scale, which belongs to one optimizer */
    public StepOptions withLossScale(LossScale lossScale) {
        return new StepOptions(
                workers,
                clipping,
                NonFinitePolicy.SKIP,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with or without statistics}
     * @param statistics whether the report has norms and counts */
    public StepOptions withStatistics(boolean statistics) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with or without zeroing}
     * @param zeroGradients whether the gradients are set to 0 in the same pass */
    public StepOptions withZeroGradients(boolean zeroGradients) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with an average of the parameters}
     * @param averageDecay the decay of the average, in [0, 1), or 1 for no average */
    public StepOptions withAverageDecay(double averageDecay) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with another type of state}
     * @param state the type in which the state of the rules is stored */
    public StepOptions withState(StateType state) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with another seed of the random numbers that round the state}
     * @param stateSeed any number */
    public StepOptions withStateSeed(long stateSeed) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }

    /** {@return these options with or without a copy of the parameters in bf16}
     * @param bf16Copy whether a step writes the copy */
    public StepOptions withBf16Copy(boolean bf16Copy) {
        return new StepOptions(
                workers,
                clipping,
                nonFinitePolicy,
                skipLimit,
                lossScale,
                statistics,
                zeroGradients,
                averageDecay,
                state,
                stateSeed,
                bf16Copy);
    }
}
