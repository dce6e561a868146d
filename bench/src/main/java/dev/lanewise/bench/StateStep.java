package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateBuffer;
import dev.lanewise.optim.StateType;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A step of the library over arrays, by the type of its state. */
@State(Scope.Benchmark)
public class StateStep {
    /** What is stored in fewer bits. */
    public enum Types {
        F32(StateType.F32, false),
        BF16(StateType.BF16, false),
        BF16_GRADIENTS(StateType.BF16, true),
        INT8(StateType.INT8, false);

        final StateType state;

        /** Whether the gradients are bf16. */
        final boolean gradients;

        Types(StateType state, boolean gradients) {
            this.state = state;
            this.gradients = gradients;
        }

        /** {@return the bytes that a step of a rule moves for each parameter} */
        double bytes(UpdateRule rule) {
            return rule.bytesPerParameter(state) - (gradients ? Float.BYTES - Short.BYTES : 0);
        }
    }

    @Param("AdamW")
    public String rule;

    @Param("1048576")
    public int n;

    @Param("1")
    public int threads;

    @Param("F32")
    public Types types;

    private UpdateRule update;
    private Workers workers;
    private FloatSpan gradients;
    private Bf16Span halves;
    private Optimizer optimizer;

    /**
     * Takes the first steps from state that is 0: state of fewer bits cannot be filled. The gradients are the same in each step,
     * so that all state stays normal.
     */
    @Setup
    public void allocate() {
        // Lets the buffers begin at similar addresses in every fork; otherwise forks differ by up to a half.
        System.gc();
        update = BenchRules.of(rule);
        workers = Workers.of(threads);
        gradients = FloatSpan.of(new float[n]);
        Values.gradients(gradients);
        if (types.gradients) {
            halves = Bf16Span.of(new short[n]);
            halves.copyFrom(gradients);
        }
        optimizer = new Optimizer(
                FloatSpan.of(new float[n]),
                update,
                StepOptions.DEFAULT.withWorkers(workers).withState(types.state));
        reset();
        Values.compile(this::run);
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(optimizer.parameters());
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check("parameters", optimizer.parameters());
    }

    /** Checks the state, of which this makes copies. */
    @TearDown
    public void close() {
        for (StateBuffer buffer : update.state()) {
            Values.check(buffer.name(), optimizer.state("all", buffer.name()));
        }
        workers.close();
    }

    void run() {
        if (halves == null) {
            optimizer.step(gradients);
        } else {
            optimizer.step(halves);
        }
    }
}
