package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;

/** The checks of a step's arguments; nothing has been written when one fails. */
final class StepChecks {
    private final FloatSpan parameters;
    private final StateMemory memory;
    private final Shard shard;
    private final int totalBlocks;
    private final StepOptions options;
    private final boolean normsNeeded;

    StepChecks(FloatSpan parameters, StateMemory memory, Shard shard, StepOptions options, boolean normsNeeded) {
        this.parameters = parameters;
        this.memory = memory;
        this.shard = shard;
        this.totalBlocks = shard.totalBlocks();
        this.options = options;
        this.normsNeeded = normsNeeded;
    }

    /** Checks the parameters of a new optimizer. */
    static void checkParameters(FloatSpan parameters, Shard shard) {
        if (parameters.segment().isReadOnly()) {
            throw new IllegalArgumentException("parameters must not be read-only: " + parameters);
        }
        if (parameters.length() != shard.length()) {
            throw new IllegalArgumentException("parameters must be those of rank " + shard.rank() + " of "
                    + shard.world() + ", " + shard.length() + ": " + parameters.length());
        }
    }

    void check(FloatSpan gradients, double gradientFactor, double[] blockSums) {
        if (!Double.isFinite(gradientFactor)) {
            throw new IllegalArgumentException("gradientFactor must be finite: " + gradientFactor);
        }
        if (options.zeroGradients() && gradients.segment().isReadOnly()) {
            throw new IllegalArgumentException("gradients must be writable when zeroGradients is set");
        }
        if (gradients.length() != parameters.length()) {
            throw new IllegalArgumentException(
                    "gradients must be as long as the parameters, " + parameters.length() + ": " + gradients.length());
        }
        checkAccess("parameters", parameters);
        checkAccess("gradients", gradients);
        memory.checkNoOverlap(gradients);
        if (blockSums != null) {
            checkBlockSums(blockSums);
        } else if (normsNeeded && shard.world() > 1) {
            throw new IllegalStateException("rank " + shard.rank() + " of " + shard.world()
                    + " needs the sums of all ranks for its norms: see sumSquares");
        }
    }

    /** Checks that the options allow a step to be skipped, after so many skipped ones with this one. */
    void checkSkipped(StepReport.Group bad, int skipped, long steps) {
        String where = shard.world() == 1 ? "" : " in rank " + shard.rank() + " of " + shard.world();
        String reason = "the gradient of group " + bad.name + " has " + bad.nonFinite + " values that are not finite"
                + where + ", at step " + steps;
        if (options.nonFinitePolicy() == NonFinitePolicy.THROW) {
            throw new ArithmeticException(reason);
        }
        if (skipped > options.skipLimit()) {
            throw new IllegalStateException(
                    "more than " + options.skipLimit() + " steps were skipped one after another: " + reason);
        }
    }

    private static void checkAccess(String name, FloatSpan span) {
        if (!span.segment().scope().isAlive()) {
            throw new IllegalStateException("the memory of the " + name + " has been closed");
        }
        if (!span.segment().isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory of the " + name + " belongs to another thread");
        }
    }

    private void checkBlockSums(double[] blockSums) {
        if (blockSums.length != totalBlocks) {
            throw new IllegalArgumentException(
                    "blockSums must be those of all ranks, " + totalBlocks + ": " + blockSums.length);
        }
        for (int i = 0; i < blockSums.length; i++) {
            if (blockSums[i] < 0) {
                throw new IllegalArgumentException("blockSums[" + i + "] must not be negative: " + blockSums[i]);
            }
        }
    }
}
