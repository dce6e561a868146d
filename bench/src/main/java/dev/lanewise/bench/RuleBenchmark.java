package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.UpdateRule;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A step of every rule over as many parameters as the MLP 784-256-128-10 has, on one thread. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class RuleBenchmark {
    @Param({
        "Sgd plain",
        "Sgd",
        "Sgd Nesterov",
        "NormalizedSgd",
        "Rprop",
        "RmsProp",
        "RmsProp momentum",
        "RmsProp centered",
        "AdamV0",
        "Adam",
        "Adam AMSGrad",
        "AdamW",
        "AdamW AMSGrad",
        "Lion",
        "Adagrad",
        "Adadelta",
        "Adamax",
        "NAdam",
        "RAdam"
    })
    public String rule;

    @Param("235146")
    public int n;

    private UpdateRule update;
    private FloatSpan gradients;
    private Optimizer optimizer;

    @Setup
    public void allocate() {
        update = Rules.of(rule);
        gradients = Values.allocate("array", n);
        optimizer = new Optimizer(Values.allocate("array", n), update);
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.reset(optimizer, update, gradients);
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check(optimizer, update);
    }

    /** A step. */
    @Benchmark
    public void step() {
        optimizer.step(gradients);
    }
}
