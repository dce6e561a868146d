package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.GradientUpdater;
import org.nd4j.linalg.learning.config.Adam;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A step of ND4J's Adam, as DL4J calls it: the updater writes the update over the gradient, and the update is subtracted from
 * the parameters. ND4J has no AdamW.
 */
@State(Scope.Benchmark)
public class Nd4jStep {
    /**
     * The update of each step is the gradient of the next. With this rate it stays near 1; with a small one it would soon be
     * subnormal. A new gradient for each step would add the time of a copy to that of the peer.
     */
    private static final double LEARNING_RATE = 1;

    @Param("Adam")
    public String rule;

    @Param("1048576")
    public int n;

    private INDArray p;
    private INDArray g;
    private INDArray state;
    private GradientUpdater<?> updater;
    private float[] values;
    private int steps;

    @Setup
    public void allocate() {
        if (!rule.equals("Adam")) {
            throw new IllegalArgumentException(rule);
        }
        // The number of master threads is that of the threads that run its loops.
        Nd4j.getEnvironment().setMaxMasterThreads(1);
        values = new float[n];
        state = Nd4j.create(1, 2 * n);
        reset();
        updater = new Adam(0.01).instantiate(state, true);
        run();
        Values.checkFirstStep(BenchRules.of(rule, 0.01), p.toFloatVector());
    }

    @Setup(Level.Iteration)
    public void reset() {
        FloatSpan span = FloatSpan.of(values);
        Values.gradients(span);
        g = Nd4j.createFromArray(values).reshape(1, n);
        Values.parameters(span);
        p = Nd4j.createFromArray(values).reshape(1, n);
        state.assign(0);
        updater = new Adam(LEARNING_RATE).instantiate(state, true);
        steps = 0;
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check("p", FloatSpan.of(p.toFloatVector()));
        Values.check("g", FloatSpan.of(g.toFloatVector()));
        Values.check("m and v", FloatSpan.of(state.toFloatVector()));
    }

    void run() {
        updater.applyUpdater(g, steps++, 0);
        p.subi(g);
    }
}
