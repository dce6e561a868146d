package dev.lanewise.bench;

import dev.lanewise.optim.Optimizer;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A step of libtorch, fused or by its default optimizer; tensors in its own memory. */
@State(Scope.Benchmark)
public class TorchStep {
    @Param("AdamW")
    public String rule;

    @Param("1048576")
    public int n;

    @Param("1")
    public int threads;

    private Tensor p;
    private Tensor g;
    private Tensor m;
    private Tensor v;
    Torch.Call fused;
    org.bytedeco.pytorch.Optimizer standard;

    @Setup
    public void allocate() {
        Torch.threads(threads);
        p = Torch.tensor(n);
        g = Torch.tensor(n);
        m = Torch.tensor(n);
        v = Torch.tensor(n);
        Tensor step = Torch.tensor(1).fill_(new Scalar(1));
        boolean adamW = rule.equals("AdamW");
        IValue rate = new IValue(Values.LEARNING_RATE);
        fused = adamW
                ? new Torch.Call(
                        "adamw",
                        Torch.Call.list(p),
                        Torch.Call.list(g),
                        Torch.Call.list(m),
                        Torch.Call.list(v),
                        Torch.Call.list(step),
                        Torch.Call.none(),
                        rate)
                : new Torch.Call("sgd", Torch.Call.list(p), Torch.Call.list(g), Torch.Call.list(m), rate);
        checkFused();
        // The step number stays fixed, so high that bias corrections no longer matter.
        step.fill_(new Scalar(100_000));
        p.mutable_grad().put(g);
        if (adamW) {
            standard = new AdamW(new TensorVector(p), new AdamWOptions(Values.LEARNING_RATE));
        } else {
            SGDOptions options = new SGDOptions(Values.LEARNING_RATE);
            options.momentum().put(0.9);
            standard = new SGD(new TensorVector(p), options);
        }
    }

    /** Checks the first fused step against the library's, because one that did nothing would be fast. */
    private void checkFused() {
        Values.gradients(Torch.span(g));
        fused.run();
        Optimizer ours = new Optimizer(Values.allocate("array", n), BenchRules.of(rule));
        ours.step(Torch.span(g));
        float[] expected =
                ours.state("all", BenchRules.of(rule).state().getFirst().name()).toArray();
        float[] found = Torch.span(m).toArray();
        for (int i = 0; i < n; i++) {
            if (!(Math.abs(found[i] - expected[i]) <= 1e-6 * expected[i])) {
                throw new IllegalStateException("m[" + i + "] is " + found[i] + ", but should be " + expected[i]);
            }
        }
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(Torch.span(p));
        Values.gradients(Torch.span(g));
        Values.state(Torch.span(m));
        Values.state(Torch.span(v));
    }

    @TearDown(Level.Iteration)
    public void check() {
        Values.check("p", Torch.span(p));
        Values.check("m", Torch.span(m));
        Values.check("v", Torch.span(v));
    }
}
