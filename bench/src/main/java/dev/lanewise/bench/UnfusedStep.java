package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.UpdateRule;
import java.util.Arrays;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A step without fusion: each operation of the formula is a vector loop over whole arrays ({@link VectorOps}), with the
 * operations that PyTorch's {@code foreach} optimizers call, such as {@code addcmul}. Small state is not flushed to zero;
 * temporary arrays are allocated once.
 */
@State(Scope.Benchmark)
public class UnfusedStep {
    @Param("AdamW")
    public String rule;

    /** The number of parameters, a multiple of {@link VectorOps#STEP}. */
    @Param("1048576")
    public int n;

    private float[][] buffers;
    private float[] t;
    private float[] u;
    private float[] c;

    private LateStep late;

    /** Allocates the buffers, after the loops have been checked and compiled on few elements. */
    @Setup
    public void allocate() {
        if (n % VectorOps.STEP != 0) {
            throw new IllegalArgumentException("n must be a multiple of " + VectorOps.STEP + ": " + n);
        }
        verify();
        begin(BenchRules.of(rule));
        reset();
        Values.warm(this::run);
        System.gc();
        buffers(n);
        reset();
        begin(BenchRules.of(rule));
    }

    private void buffers(int length) {
        buffers = new float[2 + BenchRules.of(rule).state().size()][length];
        t = new float[length];
        u = new float[length];
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

    /** Checks that the passes compute what the scalar definition does, apart from rounding. */
    void verify() {
        UpdateRule update = BenchRules.of(rule, 0.01);
        buffers(Values.SMALL);
        reset();
        begin(update);
        float[][] expected = Arrays.stream(buffers).map(float[]::clone).toArray(float[][]::new);
        late.define(expected);
        run();
        for (int b = 0; b < buffers.length; b++) {
            for (int i = 0; i < t.length; i++) {
                if (!(Math.abs(buffers[b][i] - expected[b][i]) <= 1e-5 * Math.max(0.01, Math.abs(expected[b][i])))) {
                    throw new IllegalStateException(
                            "buffer %d[%d] is %s, but should be %s".formatted(b, i, buffers[b][i], expected[b][i]));
                }
            }
        }
    }

    private void begin(UpdateRule update) {
        late = new LateStep(update, buffers);
        c = late.constants;
    }

    /** Runs a step and returns its sum of squares, so that C2 keeps it; 0 for rules without a norm. */
    double run() {
        float[] p = buffers[0], g = buffers[1];
        float[] m = buffers[Math.min(2, buffers.length - 1)], v = buffers[Math.min(3, buffers.length - 1)];
        switch (rule) {
            case "Sgd plain" -> VectorOps.add(p, g, -c[4]);
            case "Sgd" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.add(p, m, -c[4]);
            }
            case "Sgd Nesterov" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.setSum(t, g, m, c[2]);
                VectorOps.add(p, t, -c[4]);
            }
            case "NormalizedSgd" -> {
                double sum = VectorOps.sumOfSquares(g);
                VectorOps.set(m, m, c[1], 0);
                VectorOps.add(m, g, c[0]);
                VectorOps.add(p, m, -c[2]);
                return sum;
            }
            case "Rprop" -> {
                VectorOps.setSign(u, g);
                VectorOps.setProduct(t, u, m);
                VectorOps.scaleBySign(v, t, c[2], c[1]);
                VectorOps.clamp(v, c[3], c[4]);
                VectorOps.clearWhereNegative(u, t);
                VectorOps.addProduct(p, u, v, -c[5]);
                VectorOps.set(m, u, 1, 0);
            }
            case "RmsProp" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.addProduct(m, g, g, c[3]);
                VectorOps.setRoot(t, m);
                VectorOps.set(t, t, 1, c[4]);
                VectorOps.addQuotient(p, g, t, -c[6]);
            }
            case "RmsProp momentum" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.addProduct(m, g, g, c[3]);
                VectorOps.setRoot(t, m);
                VectorOps.set(t, t, 1, c[4]);
                VectorOps.set(v, v, c[5], 0);
                VectorOps.addQuotient(v, g, t, 1);
                VectorOps.add(p, v, -c[6]);
            }
            case "RmsProp centered" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.addProduct(m, g, g, c[3]);
                VectorOps.set(v, v, c[2], 0);
                VectorOps.add(v, g, c[3]);
                VectorOps.setDifference(t, m, v);
                VectorOps.setRoot(t, t);
                VectorOps.set(t, t, 1, c[4]);
                VectorOps.addQuotient(p, g, t, -c[6]);
            }
            case "AdamV0" -> {
                VectorOps.set(m, m, c[1], 0);
                VectorOps.add(m, g, 1);
                VectorOps.set(v, v, c[2], 0);
                VectorOps.addProduct(v, g, g, c[3]);
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, 1, c[5]);
                VectorOps.addQuotient(p, m, t, -c[4]);
            }
            case "Adam", "Adam AMSGrad", "AdamW", "AdamW AMSGrad", "RAdam" -> {
                if (rule.startsWith("AdamW")) {
                    VectorOps.set(p, p, c[1], 0);
                }
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.addProduct(v, g, g, c[5]);
                if (rule.endsWith("AMSGrad")) {
                    VectorOps.maximum(buffers[4], v);
                    VectorOps.setRoot(t, buffers[4]);
                } else {
                    VectorOps.setRoot(t, v);
                }
                VectorOps.set(t, t, c[7], c[8]);
                VectorOps.addQuotient(p, m, t, -c[6]);
            }
            case "SparseAdam" -> {
                VectorOps.set(m, m, c[1], 0);
                VectorOps.add(m, g, c[2]);
                VectorOps.set(v, v, c[3], 0);
                VectorOps.addProduct(v, g, g, c[4]);
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, 1, c[6]);
                VectorOps.addQuotient(p, m, t, -c[5]);
            }
            case "Ftrl" -> {
                VectorOps.setRoot(t, m);
                VectorOps.addProduct(m, g, g, 1);
                VectorOps.setRoot(u, m);
                VectorOps.setSum(t, u, t, -1);
                VectorOps.add(v, g, c[1]);
                VectorOps.addProduct(v, t, p, -1);
                VectorOps.set(t, u, 1, c[4]);
                VectorOps.set(p, p, 0, 0);
                VectorOps.addQuotient(p, v, t, -1);
            }
            case "AdamW update clipping" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.addProduct(v, g, g, c[5]);
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, c[7], 0);
                VectorOps.clamp(t, c[8], Float.MAX_VALUE);
                VectorOps.set(u, g, 1, 0);
                VectorOps.divide(u, t);
                late.complete(VectorOps.sumOfSquares(u));
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, c[7], c[8]);
                VectorOps.set(p, p, c[1], 0);
                VectorOps.addQuotient(p, m, t, -c[6]);
            }
            case "AdamW cautious" -> {
                VectorOps.set(p, p, c[1], 0);
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.addProduct(v, g, g, c[5]);
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, c[7], c[8]);
                VectorOps.setWhereAgreeing(u, m, g);
                VectorOps.addQuotient(p, u, t, -c[6]);
            }
            case "Lion cautious" -> {
                VectorOps.set(t, m, c[2], 0);
                VectorOps.add(t, g, c[3]);
                VectorOps.setSign(t, t);
                VectorOps.setWhereAgreeing(t, t, g);
                VectorOps.set(p, p, c[1], 0);
                VectorOps.add(p, t, -c[6]);
                VectorOps.set(m, m, c[4], 0);
                VectorOps.add(m, g, c[5]);
            }
            case "Lion" -> {
                VectorOps.set(t, m, c[2], 0);
                VectorOps.add(t, g, c[3]);
                VectorOps.setSign(t, t);
                VectorOps.set(p, p, c[1], 0);
                VectorOps.add(p, t, -c[6]);
                VectorOps.set(m, m, c[4], 0);
                VectorOps.add(m, g, c[5]);
            }
            case "Adagrad" -> {
                VectorOps.addProduct(m, g, g, 1);
                VectorOps.setRoot(t, m);
                VectorOps.set(t, t, 1, c[3]);
                VectorOps.addQuotient(p, g, t, -c[2]);
            }
            case "Adadelta" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.addProduct(m, g, g, c[3]);
                VectorOps.set(t, v, 1, c[4]);
                VectorOps.set(u, m, 1, c[4]);
                VectorOps.divide(t, u);
                VectorOps.setRoot(t, t);
                VectorOps.setProduct(t, t, g);
                VectorOps.set(v, v, c[2], 0);
                VectorOps.addProduct(v, t, t, c[3]);
                VectorOps.add(p, t, -c[5]);
            }
            case "Adamax" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.setMagnitude(t, g, c[5]);
                VectorOps.maximum(v, t);
                VectorOps.addQuotient(p, m, v, -c[6]);
            }
            case "NAdam" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.addProduct(v, g, g, c[5]);
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, c[8], c[9]);
                VectorOps.set(u, m, c[7], 0);
                VectorOps.add(u, g, c[6]);
                VectorOps.addQuotient(p, u, t, -1);
            }
            case "Lamb" -> {
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.addProduct(v, g, g, c[5]);
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, c[7], c[8]);
                VectorOps.set(u, m, c[6], 0);
                VectorOps.divide(u, t);
                VectorOps.add(u, p, c[1]);
                late.complete(VectorOps.sumOfSquares(p), VectorOps.sumOfSquares(u));
                VectorOps.add(p, u, -c[9]);
            }
            case "Lars" -> {
                late.complete(VectorOps.sumOfSquares(p));
                VectorOps.set(t, p, c[1], 0);
                VectorOps.add(t, g, c[0]);
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, t, c[3]);
                VectorOps.add(p, m, -c[4]);
            }
            case "Prodigy" -> {
                float[] first = buffers[3], moment = buffers[4], square = buffers[5];
                VectorOps.set(t, first, 1, 0);
                VectorOps.add(t, p, -1);
                VectorOps.setProduct(t, t, g);
                VectorOps.set(moment, moment, c[1], 0);
                VectorOps.add(moment, g, c[0] * c[2]);
                VectorOps.set(square, square, c[3], 0);
                VectorOps.addProduct(square, g, g, c[0] * c[0] * c[4]);
                VectorOps.set(m, m, c[5], 0);
                VectorOps.add(m, g, c[0] * c[6]);
                VectorOps.setMagnitude(u, m, 0);
                late.complete(c[0] * VectorOps.sum(t), VectorOps.sum(u));
                VectorOps.setRoot(t, square);
                VectorOps.set(t, t, 1, c[9]);
                VectorOps.addQuotient(p, moment, t, -c[8]);
            }
            case "Asgd" -> {
                VectorOps.set(p, p, c[2], 0);
                VectorOps.add(p, g, -c[3]);
                VectorOps.set(m, m, c[4], 0);
                VectorOps.add(m, p, 1 - c[4]);
            }
            case "Signum", "Signum SignSGD" -> {
                if (buffers.length > 2) {
                    VectorOps.set(m, m, c[2], 0);
                    VectorOps.add(m, g, c[3]);
                    VectorOps.setSign(t, m);
                } else {
                    VectorOps.setSign(t, g);
                }
                VectorOps.set(p, p, c[1], 0);
                VectorOps.add(p, t, -c[4]);
            }
            case "NovoGrad" -> {
                double sum = VectorOps.sumOfSquares(g);
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[0]);
                VectorOps.add(p, m, -c[3]);
                return sum;
            }
            case "ScheduleFreeSgd" -> {
                VectorOps.set(p, p, 1 - c[2], 0);
                VectorOps.add(p, m, c[2]);
                VectorOps.add(p, g, -c[3]);
                VectorOps.add(m, g, -c[4]);
            }
            case "ScheduleFreeAdamW", "ScheduleFreeAdamW inner momentum" -> {
                float[] direction = g;
                VectorOps.set(v, v, c[5], 0);
                VectorOps.addProduct(v, g, g, c[6]);
                if (buffers.length > 4) {
                    direction = buffers[4];
                    VectorOps.set(direction, direction, c[9], 0);
                    VectorOps.add(direction, g, c[10]);
                }
                VectorOps.setRoot(t, v);
                VectorOps.set(t, t, c[7], c[8]);
                VectorOps.set(p, p, 1 - c[2], 0);
                VectorOps.add(p, m, c[2]);
                VectorOps.addQuotient(p, direction, t, -c[3]);
                VectorOps.addQuotient(m, direction, t, -c[4]);
            }
            case "AdaBelief", "AdaBelief AMSGrad" -> {
                VectorOps.set(p, p, c[10], 0);
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, g, c[3]);
                VectorOps.setSum(t, g, m, -1);
                VectorOps.set(v, v, c[4], c[6]);
                VectorOps.addProduct(v, t, t, c[5]);
                if (rule.endsWith("AMSGrad")) {
                    VectorOps.maximum(buffers[4], v);
                    VectorOps.setRoot(t, buffers[4]);
                } else {
                    VectorOps.setRoot(t, v);
                }
                VectorOps.set(t, t, c[8], c[9]);
                VectorOps.addQuotient(p, m, t, -c[7]);
            }
            case "AdEMAMix" -> {
                VectorOps.set(m, m, 1 - c[2], 0);
                VectorOps.add(m, g, c[2]);
                VectorOps.set(v, v, 1 - c[3], 0);
                VectorOps.add(v, g, c[3]);
                VectorOps.set(buffers[4], buffers[4], c[4], 0);
                VectorOps.addProduct(buffers[4], g, g, c[5]);
                VectorOps.setRoot(t, buffers[4]);
                VectorOps.set(t, t, c[8], c[9]);
                VectorOps.set(u, m, c[6], 0);
                VectorOps.add(u, v, c[7]);
                VectorOps.divide(u, t);
                VectorOps.add(u, p, c[1]);
                VectorOps.add(p, u, -1);
            }
            case "Adan" -> {
                VectorOps.setSum(u, g, buffers[5], 1);
                VectorOps.set(m, m, 1 - c[2], 0);
                VectorOps.add(m, g, c[2]);
                VectorOps.set(v, v, 1 - c[3], 0);
                VectorOps.add(v, u, c[3]);
                VectorOps.set(u, u, c[4], 0);
                VectorOps.add(u, g, 1);
                VectorOps.set(buffers[4], buffers[4], c[5], 0);
                VectorOps.addProduct(buffers[4], u, u, c[6]);
                VectorOps.setRoot(t, buffers[4]);
                VectorOps.set(t, t, 1, c[9]);
                VectorOps.set(p, p, c[1], 0);
                VectorOps.addQuotient(p, m, t, -c[7]);
                VectorOps.addQuotient(p, v, t, -c[8]);
                VectorOps.set(buffers[5], g, -1, 0);
            }
            case "Adopt" -> {
                VectorOps.setRoot(t, v);
                VectorOps.clamp(t, c[7], Float.POSITIVE_INFINITY);
                VectorOps.set(u, g, 1, 0);
                VectorOps.divide(u, t);
                VectorOps.clamp(u, -c[8], c[8]);
                VectorOps.set(m, m, c[2], 0);
                VectorOps.add(m, u, c[3]);
                VectorOps.add(p, m, -c[6]);
                VectorOps.set(v, v, c[4], 0);
                VectorOps.addProduct(v, g, g, c[5]);
            }
            default -> throw new IllegalArgumentException(rule);
        }
        return 0;
    }
}
