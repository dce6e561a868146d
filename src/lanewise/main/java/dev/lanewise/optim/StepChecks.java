package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;

/** Checks the arguments of a step before anything is written. */
final class StepChecks {
    private final FloatSpan parameters;
    private final StateMemory memory;
    private final Shard shard;
    private final int totalBlocks;
    private final StepOptions options;
    private final boolean normsNeeded;
    private final boolean reductionsNeeded;

    StepChecks(
            FloatSpan parameters,
            StateMemory memory,
            Shard shard,
            StepOptions options,
            boolean normsNeeded,
            boolean reductionsNeeded) {
        this.parameters = parameters;
        this.memory = memory;
        this.shard = shard;
        this.totalBlocks = shard.totalBlocks();
        this.options = options;
        this.normsNeeded = normsNeeded;
        this.reductionsNeeded = reductionsNeeded;
    }

    /** Checks the parameters of a new optimizer. */
    static void checkParameters(FloatSpan parameters, Shard shard) {
        if (parameters.segment().isReadOnly()) {
            throw new IllegalArgumentException("parameters must not be read-only: " + parameters);
        }
        if (parameters.length() != shard.length()) {
            throw new IllegalArgumentException("length of parameters must be " + shard.length() + " (rank "
                    + shard.rank() + " of " + shard.world() + "): " + parameters.length());
        }
    }

    static void checkFactor(double gradientFactor) {
        if (!Double.isFinite(gradientFactor)) {
            throw new IllegalArgumentException("gradientFactor must be finite: " + gradientFactor);
        }
        if (Math.abs(gradientFactor) > Float.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "gradientFactor must be at most " + Float.MAX_VALUE + " in magnitude: " + gradientFactor);
        }
    }

    void check(FloatSource gradients, double gradientFactor, double[] blockSums, SumExchange exchange) {
        checkFactor(gradientFactor);
        if (options.zeroGradients() && gradients.segment().isReadOnly()) {
            throw new IllegalArgumentException("gradients must be writable when zeroGradients is set");
        }
        if (gradients.length() != parameters.length()) {
            throw new IllegalArgumentException("length of gradients must be " + parameters.length()
                    + " (length of parameters): " + gradients.length());
        }
        checkAccess(gradients);
        memory.checkNoOverlap("gradients", gradients.segment());
        if (blockSums != null) {
            checkBlockSums(blockSums);
        } else if (normsNeeded && shard.world() > 1) {
            throw new IllegalStateException("blockSums must be the sums of all ranks, see sumSquares, since rank "
                    + shard.rank() + " of " + shard.world() + " needs norms: null");
        }
        if (reductionsNeeded && exchange == null && shard.world() > 1) {
            throw new IllegalStateException("exchange must gather the sums of all ranks, since the rules of rank "
                    + shard.rank() + " of " + shard.world() + " have reductions: null");
        }
    }

    /** Checks the target of a copy of the parameters. */
    void checkTarget(FloatSpan target) {
        if (target.segment().isReadOnly()) {
            throw new IllegalArgumentException("target must not be read-only: " + target);
        }
        if (target.length() != parameters.length()) {
            throw new IllegalArgumentException(
                    "length of target must be " + parameters.length() + " (length of parameters): " + target.length());
        }
        checkAccess("parameters", parameters);
        checkAccess("target", target);
        memory.checkNoOverlap("target", target.segment());
    }

    /** Divides the factor of the gradient by the loss scale. */
    static double divide(double gradientFactor, LossScale lossScale) {
        double factor = gradientFactor / lossScale.scale();
        if (Math.abs(factor) > Float.MAX_VALUE) {
            throw new IllegalStateException("gradientFactor / lossScale must be at most " + Float.MAX_VALUE
                    + " in magnitude: " + gradientFactor + " / " + lossScale.scale());
        }
        return factor;
    }

    /** Checks that the options allow a step to be skipped; {@code skipped} counts it too. */
    void checkSkipped(StepReport.Group bad, int skipped, long steps) {
        String where = shard.world() == 1 ? "" : " in rank " + shard.rank() + " of " + shard.world();
        checkSkipped(options, "group " + bad.name, bad.nonFinite, where, skipped, steps);
    }

    /** Checks the same, for a gradient of anything, on a rank if there are several. */
    static void checkSkipped(StepOptions options, String owner, long nonFinite, String where, int skipped, long steps) {
        String reason = "the gradient of " + owner + " has " + nonFinite + " values that are not finite" + where
                + ", at step " + steps;
        if (options.nonFinitePolicy() == NonFinitePolicy.THROW) {
            throw new ArithmeticException(reason);
        }
        if (skipped > options.skipLimit()) {
            throw new IllegalStateException(
                    "more than " + options.skipLimit() + " steps were skipped one after another: " + reason);
        }
    }

    /** Checks that the memory is alive and this thread's; code of the application that runs meanwhile could close it. */
    void checkAccess(FloatSource gradients) {
        checkAccess("parameters", parameters);
        if (!gradients.isArray()) {
            checkAccess("gradients", gradients.segment());
        }
    }

    static void checkAccess(String name, FloatSpan span) {
        // The memory of an array is always alive, and any thread's.
        if (!span.isArray()) {
            checkAccess(name, span.segment());
        }
    }

    private static void checkAccess(String name, MemorySegment segment) {
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("the memory of the " + name + " has been closed");
        }
        if (!segment.isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory of the " + name + " belongs to another thread");
        }
    }

    private void checkBlockSums(double[] blockSums) {
        if (blockSums.length != totalBlocks) {
            throw new IllegalArgumentException(
                    "length of blockSums must be " + totalBlocks + " (blocks of all ranks): " + blockSums.length);
        }
        for (int i = 0; i < blockSums.length; i++) {
            if (blockSums[i] < 0) {
                throw new IllegalArgumentException("blockSums[" + i + "] must not be negative: " + blockSums[i]);
            }
        }
    }
}
