package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.NormScope;
import dev.lanewise.optim.UpdateRule;
import java.util.function.IntConsumer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * The lower limit of a step's time: as many arrays as the rule has are read, and all but the gradient written, with almost no
 * arithmetic. Before that, as many arrays are read as the rule reads once more, for a norm of the gradient or for its first pass.
 */
@State(Scope.Benchmark)
public class MemoryTraffic {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;

    /** Elements of a call, as in the library. */
    private static final int CHUNK = 1 << 16;

    /** The index where a cache line begins in a large array, whose data begin 16 bytes after one; the library begins there too. */
    private static final int LINE = 12;

    /** The most buffers of a rule that there is a loop for. */
    static final int MOST = 6;

    @Param("AdamW")
    public String rule;

    @Param("1048576")
    public int n;

    @Param("1")
    public int threads;

    private final IntConsumer range = this::range;
    private final IntConsumer read = this::read;
    private float[][] buffers;
    private int reads;
    private int ranges;
    private float[] greatest;
    private Workers workers;

    @Setup
    public void allocate() {
        UpdateRule rule = BenchRules.of(this.rule);
        int onePass = Float.BYTES * (3 + 2 * rule.state().size());
        reads = (rule.bytesPerParameter() - onePass) / Float.BYTES + (rule.normScope() == NormScope.NONE ? 0 : 1);
        ranges = n < 1 << 16 ? 1 : threads;
        greatest = new float[ranges];
        workers = Workers.of(threads);
        int size = n;
        n = Values.SMALL;
        buffers = new float[2 + rule.state().size()][LINE + n];
        Values.warm(this::move);
        n = size;
        System.gc();
        buffers = new float[2 + rule.state().size()][LINE + n];
    }

    @Setup(Level.Iteration)
    public void reset() {
        Values.parameters(FloatSpan.of(buffers[0]));
        Values.gradients(FloatSpan.of(buffers[1]));
        for (int i = 2; i < buffers.length; i++) {
            Values.state(FloatSpan.of(buffers[i]));
        }
    }

    @TearDown(Level.Iteration)
    public void check() {
        for (int i = 0; i < buffers.length; i++) {
            Values.check("buffer " + i, FloatSpan.of(buffers[i]));
        }
    }

    @TearDown
    public void close() {
        workers.close();
    }

    float move() {
        if (reads > 0) {
            workers.run(ranges, read);
        }
        workers.run(ranges, range);
        return greatest[0];
    }

    private void range(int i) {
        int end = end(i);
        float[] p = buffers[0], g = buffers[1];
        for (int from = from(i); from < end; from += CHUNK) {
            int to = Math.min(end, from + CHUNK);
            switch (buffers.length) {
                case 2 -> two(p, g, from, to);
                case 3 -> three(p, g, buffers[2], from, to);
                case 4 -> four(p, g, buffers[2], buffers[3], from, to);
                case 5 -> five(p, g, buffers[2], buffers[3], buffers[4], from, to);
                case 6 -> six(buffers, from, to);
                default -> throw new IllegalStateException("a rule with " + buffers.length + " buffers");
            }
        }
    }

    private void read(int i) {
        int end = end(i);
        for (int b = 1; b <= reads; b++) {
            float[] x = buffers[b % buffers.length];
            for (int from = from(i); from < end; from += CHUNK) {
                greatest[i] = Math.max(greatest[i], one(x, from, Math.min(end, from + CHUNK)));
            }
        }
    }

    private int from(int range) {
        return LINE + vectors((long) n * range / ranges);
    }

    private int end(int range) {
        return LINE + vectors((long) n * (range + 1) / ranges);
    }

    private static int vectors(long elements) {
        return (int) (elements - elements % SPECIES.length());
    }

    /** {@return the maximum, from four partial maxima, so that the loop waits for memory and not for its own results} */
    static float one(float[] gs, int from, int to) {
        int step = SPECIES.length();
        FloatVector a = FloatVector.zero(SPECIES), b = a, c = a, d = a;
        int i = from;
        for (; i + 4 * step <= to; i += 4 * step) {
            a = a.max(FloatVector.fromArray(SPECIES, gs, i));
            b = b.max(FloatVector.fromArray(SPECIES, gs, i + step));
            c = c.max(FloatVector.fromArray(SPECIES, gs, i + 2 * step));
            d = d.max(FloatVector.fromArray(SPECIES, gs, i + 3 * step));
        }
        for (; i < to; i += step) {
            a = a.max(FloatVector.fromArray(SPECIES, gs, i));
        }
        return a.max(b).max(c.max(d)).reduceLanes(jdk.incubator.vector.VectorOperators.MAX);
    }

    private static void two(float[] ps, float[] gs, int from, int to) {
        for (int i = from; i < to; i += SPECIES.length()) {
            FloatVector p = FloatVector.fromArray(SPECIES, ps, i);
            FloatVector g = FloatVector.fromArray(SPECIES, gs, i);
            p.max(g).intoArray(ps, i);
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

    private static void five(float[] ps, float[] gs, float[] ms, float[] vs, float[] xs, int from, int to) {
        for (int i = from; i < to; i += SPECIES.length()) {
            FloatVector p = FloatVector.fromArray(SPECIES, ps, i);
            FloatVector g = FloatVector.fromArray(SPECIES, gs, i);
            FloatVector m = FloatVector.fromArray(SPECIES, ms, i);
            FloatVector v = FloatVector.fromArray(SPECIES, vs, i);
            FloatVector x = FloatVector.fromArray(SPECIES, xs, i);
            m.intoArray(ps, i);
            v.intoArray(ms, i);
            x.intoArray(vs, i);
            p.max(g).intoArray(xs, i);
        }
    }

    private static void six(float[][] buffers, int from, int to) {
        float[] ps = buffers[0], gs = buffers[1], ms = buffers[2], vs = buffers[3], xs = buffers[4], ys = buffers[5];
        for (int i = from; i < to; i += SPECIES.length()) {
            FloatVector p = FloatVector.fromArray(SPECIES, ps, i);
            FloatVector g = FloatVector.fromArray(SPECIES, gs, i);
            FloatVector m = FloatVector.fromArray(SPECIES, ms, i);
            FloatVector v = FloatVector.fromArray(SPECIES, vs, i);
            FloatVector x = FloatVector.fromArray(SPECIES, xs, i);
            FloatVector y = FloatVector.fromArray(SPECIES, ys, i);
            m.intoArray(ps, i);
            v.intoArray(ms, i);
            x.intoArray(vs, i);
            y.intoArray(xs, i);
            p.max(g).intoArray(ys, i);
        }
    }
}
