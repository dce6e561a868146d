package dev.lanewise.optim;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A snapshot is a copy of everything that a step or a replacement changes in an {@link Optimizer}: parameters, state, average,
 * counts of steps, loss scale, and the groups with their rules. It does not contain the state of a
 * {@link dev.lanewise.schedule.ReduceOnPlateau}.
 */
public final class OptimizerSnapshot {
    private final Optimizer optimizer;
    private final List<MemorySegment> written;
    private final List<MemorySegment> copies;
    private final long steps;
    private final int skipped;
    private final List<ParameterGroup> settings;
    private final long[] groupSteps;
    private final double[][] scalars;
    private final double scale;
    private final int goodSteps;

    OptimizerSnapshot(Optimizer optimizer, List<MemorySegment> written) {
        this.optimizer = optimizer;
        this.written = written;
        this.copies = written.stream().map(OptimizerSnapshot::copy).toList();
        this.steps = optimizer.steps();
        this.skipped = optimizer.report().skipped();
        this.settings = optimizer.groups();
        this.groupSteps =
                IntStream.range(0, settings.size()).mapToLong(optimizer::steps).toArray();
        this.scalars =
                IntStream.range(0, settings.size()).mapToObj(optimizer::scalars).toArray(double[][]::new);
        LossScale lossScale = optimizer.options().lossScale();
        this.scale = lossScale == null ? 1 : lossScale.scale();
        this.goodSteps = lossScale == null ? 0 : lossScale.goodSteps();
    }

    private static MemorySegment copy(MemorySegment segment) {
        return Arena.ofAuto().allocate(segment.byteSize()).copyFrom(segment);
    }

    /**
     * Restores the optimizer bit for bit. This may be called any number of times, but not during a step.
     *
     * @throws IllegalStateException if a step is running, or if the memory of the parameters is closed; nothing has been restored then
     * @throws WrongThreadException if the memory of the parameters belongs to another thread; nothing has been restored then
     */
    public void restore() {
        optimizer.enter();
        try {
            StepChecks.checkAccess("parameters", optimizer.parameters());
            for (int i = 0; i < copies.size(); i++) {
                written.get(i).copyFrom(copies.get(i));
            }
            optimizer.restore(steps, skipped, settings, groupSteps, scalars);
            LossScale lossScale = optimizer.options().lossScale();
            if (lossScale != null) {
                lossScale.restore(scale, goodSteps);
            }
        } finally {
            optimizer.leave();
        }
    }
}
