package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A step of the library over arrays. */
@State(Scope.Benchmark)
public class LanewiseStep {
    @Param("AdamW")
    public String rule;

    @Param("1048576")
    public int n;

    @Param("1")
    public int threads;

    private final String storage;
    private FloatSpan gradients;
    private Optimizer optimizer;
    private Workers workers;

    /** Makes a step over arrays. */
    public LanewiseStep() {
        this("array");
    }

    LanewiseStep(String storage) {
        this.storage = storage;
    }

    /** Parameters and gradients in native memory; the state is in arrays, as the optimizer keeps it. */
    @State(Scope.Benchmark)
    public static class Native extends LanewiseStep {
        /** Makes a step over native memory. */
        public Native() {
            super("native");
        }
    }

    @Setup
    public void allocate() {
        UpdateRule rule = BenchRules.of(this.rule);
        Optimizer small = new Optimizer(Values.allocate(storage, Values.SMALL), rule);
        FloatSpan smallGradients = Values.allocate(storage, Values.SMALL);
        Values.reset(small, rule, smallGradients);
        Values.warm(() -> small.step(smallGradients));
        System.gc();
        FloatSpan parameters = Values.allocate(storage, n);
        gradients = Values.allocate(storage, n);
        workers = Workers.of(threads);
        optimizer = new Optimizer(parameters, rule, StepOptions.DEFAULT.withWorkers(workers));
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.reset(optimizer, BenchRules.of(rule), gradients);
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check(optimizer, BenchRules.of(rule));
    }

    @TearDown
    public void close() {
        workers.close();
    }

    void run() {
        optimizer.step(gradients);
    }
}
