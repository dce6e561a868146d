package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.UpdateRule;
import java.util.concurrent.TimeUnit;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.SGD;
import org.bytedeco.pytorch.SGDOptions;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A step of one rule, against its limit and its peers. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class UpdateBenchmark {
    /** A step of the library over arrays. */
    @State(Scope.Benchmark)
    public static class Ours {
        @Param({"AdamW", "Sgd"})
        public String rule;

        @Param({"4096", "1048576"})
        public int n;

        @Param({"1", "2"})
        public int threads;

        private FloatSpan gradients;
        private Optimizer optimizer;
        private Workers workers;

        @Setup
        public void allocate() {
            UpdateRule rule = Rules.of(this.rule);
            System.gc();
            FloatSpan parameters = Values.allocate("array", n);
            gradients = Values.allocate("array", n);
            workers = Workers.of(threads);
            optimizer = new Optimizer(parameters, rule, step -> rule.learningRate(), workers);
        }

        @Setup(Level.Iteration)
        public void reset() {
            Values.reset(optimizer, Rules.of(rule), gradients);
        }

        @TearDown(Level.Iteration)
        public void check() {
            Values.check(optimizer, Rules.of(rule));
        }

        @TearDown
        public void close() {
            workers.close();
        }
    }

    /** The same arrays, read and written as the rule does, with next to no arithmetic. */
    @State(Scope.Benchmark)
    public static class Memory {
        private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

        /** As in the library. */
        private static final int CHUNK = 1 << 14;

        @Param({"AdamW", "Sgd"})
        public String rule;

        @Param({"4096", "1048576"})
        public int n;

        @Param({"1", "2"})
        public int threads;

        private final IntConsumer range = this::range;
        private float[] p;
        private float[] g;
        private float[] m;
        private float[] v;
        private Workers workers;

        @Setup
        public void allocate() {
            System.gc();
            p = new float[n];
            g = new float[n];
            m = new float[n];
            v = rule.equals("AdamW") ? new float[n] : null;
            workers = Workers.of(threads);
        }

        @Setup(Level.Iteration)
        public void reset() {
            Values.parameters(FloatSpan.of(p));
            Values.gradients(FloatSpan.of(g));
            Values.state(FloatSpan.of(m));
            if (v != null) {
                Values.state(FloatSpan.of(v));
            }
        }

        @TearDown(Level.Iteration)
        public void check() {
            Values.check("p", FloatSpan.of(p));
            Values.check("m", FloatSpan.of(m));
        }

        @TearDown
        public void close() {
            workers.close();
        }

        private void move() {
            workers.run(n < 1 << 16 ? 1 : threads, range);
        }

        private void range(int i) {
            int ranges = n < 1 << 16 ? 1 : threads;
            int end = (i + 1) * (n / ranges);
            for (int from = i * (n / ranges); from < end; from += CHUNK) {
                int to = Math.min(end, from + CHUNK);
                if (v == null) {
                    three(p, g, m, from, to);
                } else {
                    four(p, g, m, v, from, to);
                }
            }
        }

        private static void four(float[] ps, float[] gs, float[] ms, float[] vs, int from, int to) {
            for (int i = from; i < to; i += SPECIES.length()) {
                FloatVector p = FloatVector.fromArray(SPECIES, ps, i);
                FloatVector g = FloatVector.fromArray(SPECIES, gs, i);
                FloatVector m = FloatVector.fromArray(SPECIES, ms, i);
                FloatVector v = FloatVector.fromArray(SPECIES, vs, i);
                m.intoArray(ps, i);
                v.intoArray(ms, i);
                p.max(g).intoArray(vs, i);
            }
        }

        private static void three(float[] ps, float[] gs, float[] bs, int from, int to) {
            for (int i = from; i < to; i += SPECIES.length()) {
                FloatVector p = FloatVector.fromArray(SPECIES, ps, i);
                FloatVector g = FloatVector.fromArray(SPECIES, gs, i);
                FloatVector b = FloatVector.fromArray(SPECIES, bs, i);
                b.intoArray(ps, i);
                p.max(g).intoArray(bs, i);
            }
        }
    }

    /** Tensors of libtorch. */
    @State(Scope.Benchmark)
    public static class Peer {
        @Param({"AdamW", "Sgd"})
        public String rule;

        @Param({"4096", "1048576"})
        public int n;

        @Param({"1", "2"})
        public int threads;

        private Tensor p;
        private Tensor g;
        private Tensor m;
        private Tensor v;
        private Torch.Call fused;
        private org.bytedeco.pytorch.Optimizer standard;

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
            // Fixed from here on, and so far that the corrections have ended.
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

        /** The first fused step must do what the library's does; one that did nothing would be fast. */
        private void checkFused() {
            Values.gradients(Torch.span(g));
            fused.run();
            Optimizer ours = new Optimizer(Values.allocate("array", n), Rules.of(rule));
            ours.step(Torch.span(g));
            float[] expected =
                    ours.state("all", Rules.of(rule).state().getFirst().name()).toArray();
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

    @Benchmark
    public void lanewise(Ours ours) {
        ours.optimizer.step(ours.gradients);
    }

    /** The scalar definition, which C2 vectorises where it can. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dlanewise.vectorBits=0")
    public void scalar(Ours ours) {
        ours.optimizer.step(ours.gradients);
    }

    /** The scalar definition, one element at a time. */
    @Benchmark
    @Fork(jvmArgsAppend = {"-Dlanewise.vectorBits=0", "-XX:-UseSuperWord"})
    public void scalarWithoutSuperWord(Ours ours) {
        ours.optimizer.step(ours.gradients);
    }

    /** The limit. */
    @Benchmark
    public void memory(Memory memory) {
        memory.move();
    }

    @Benchmark
    public void libtorchFused(Peer peer) {
        peer.fused.run();
    }

    @Benchmark
    public void libtorch(Peer peer) {
        peer.standard.step();
    }
}
