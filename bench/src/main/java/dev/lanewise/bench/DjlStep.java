package dev.lanewise.bench;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import dev.lanewise.memory.FloatSpan;
import java.nio.FloatBuffer;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A step of DJL's optimizers on its PyTorch engine, as its {@code Trainer.step} calls them for each parameter. */
@State(Scope.Benchmark)
public class DjlStep {
    @Param("AdamW")
    public String rule;

    @Param("1048576")
    public int n;

    private NDManager manager;
    private NDArray p;
    private NDArray g;
    private float[] values;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        manager = NDManager.newBaseManager(Device.cpu());
        p = manager.zeros(new Shape(n));
        g = manager.zeros(new Shape(n));
        values = new float[n];
        reset();
        optimizer = optimizer(0.01f);
        run();
        Values.checkFirstStep(BenchRules.of(rule, 0.01), p.toFloatArray());
    }

    private Optimizer optimizer(float rate) {
        return switch (rule) {
            case "AdamW" ->
                Optimizer.adamW()
                        .optLearningRateTracker(Tracker.fixed(rate))
                        .optWeightDecays(0.01f)
                        .build();
            case "Sgd" ->
                Optimizer.sgd()
                        .setLearningRateTracker(Tracker.fixed(rate))
                        .optMomentum(0.9f)
                        .build();
            default -> throw new IllegalArgumentException(rule);
        };
    }

    /** Fills the buffers and makes a new optimizer, whose state is new too. */
    @Setup(Level.Iteration)
    public void reset() {
        FloatSpan span = FloatSpan.of(values);
        Values.gradients(span);
        g.set(FloatBuffer.wrap(values));
        Values.parameters(span);
        p.set(FloatBuffer.wrap(values));
        optimizer = optimizer((float) Values.LEARNING_RATE);
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check("p", FloatSpan.of(p.toFloatArray()));
        Values.check("g", FloatSpan.of(g.toFloatArray()));
    }

    @TearDown
    public void close() {
        manager.close();
    }

    void run() {
        optimizer.update("p", p, g);
    }
}
