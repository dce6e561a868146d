package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.UpdateRule;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A step without fusion: for each operation of the formula a vector loop over whole arrays, with the operations that
 * PyTorch's {@code foreach} optimizers call, such as {@code addcmul}. There is no flush of small state; temporary
 * arrays are kept.
 */
@State(Scope.Benchmark)
public class Passes {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    private static final int STEP = SPECIES.length();

    @Param("AdamW")
    public String rule;

    /** A multiple of the vectors' length. */
    @Param("1048576")
    public int n;

    private float[][] buffers;
    private float[] t;
    private float[] u;
    private float[] c;

    @Setup
    public void allocate() {
        if (n % STEP != 0) {
            throw new IllegalArgumentException("n must be a multiple of " + STEP + ": " + n);
        }
        buffers(Values.SMALL);
        check(Rules.of(rule, 0.01));
        c = constants(Rules.of(rule));
        reset();
        Values.warm(this::run);
        System.gc();
        buffers(n);
        reset();
        c = constants(Rules.of(rule));
    }

    private void buffers(int length) {
        buffers = new float[2 + Rules.of(rule).state().size()][length];
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

    /** The passes must do what the scalar definition does, but for rounding. */
    private void check(UpdateRule update) {
        reset();
        c = constants(update);
        float[][] expected = Arrays.stream(buffers).map(float[]::clone).toArray(float[][]::new);
        update.update(expected, new int[buffers.length], t.length, c);
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

    /** Those of a step so late that the corrections of the averages have ended. */
    private float[] constants(UpdateRule update) {
        float[] constants = new float[16];
        update.coefficients(
                new dev.lanewise.optim.Step() {
                    private double runningProduct = 1;

                    @Override
                    public long number() {
                        return 100_000;
                    }

                    @Override
                    public double learningRate() {
                        return update.learningRate();
                    }

                    @Override
                    public double gradientFactor() {
                        return 1;
                    }

                    @Override
                    public double gradientNorm() {
                        return Math.sqrt(sumOfSquares(buffers[1]));
                    }

                    @Override
                    public double runningProduct() {
                        return runningProduct;
                    }

                    @Override
                    public void runningProduct(double value) {
                        runningProduct = value;
                    }
                },
                constants);
        return constants;
    }

    /** Returns something that depends on a norm, where there is one. */
    double run() {
        float[] p = buffers[0], g = buffers[1];
        float[] m = buffers[Math.min(2, buffers.length - 1)], v = buffers[Math.min(3, buffers.length - 1)];
        switch (rule) {
            case "Sgd plain" -> add(p, g, -c[4]);
            case "Sgd" -> {
                set(m, m, c[2], 0);
                add(m, g, c[3]);
                add(p, m, -c[4]);
            }
            case "Sgd Nesterov" -> {
                set(m, m, c[2], 0);
                add(m, g, c[3]);
                setSum(t, g, m, c[2]);
                add(p, t, -c[4]);
            }
            case "NormalizedSgd" -> {
                double sum = sumOfSquares(g);
                set(m, m, c[1], 0);
                add(m, g, c[0]);
                add(p, m, -c[2]);
                return sum;
            }
            case "Rprop" -> {
                setProduct(t, g, m);
                scaleBySign(v, t, c[2], c[1]);
                clamp(v, c[3], c[4]);
                setSign(u, g);
                clearWhereNegative(u, t);
                addProduct(p, u, v, -c[5]);
                set(m, g, 1, 0);
                clearWhereNegative(m, t);
            }
            case "RmsProp" -> {
                set(m, m, c[2], 0);
                addProduct(m, g, g, c[3]);
                setRoot(t, m);
                set(t, t, 1, c[4]);
                addQuotient(p, g, t, -c[6]);
            }
            case "RmsProp momentum" -> {
                set(m, m, c[2], 0);
                addProduct(m, g, g, c[3]);
                setRoot(t, m);
                set(t, t, 1, c[4]);
                set(v, v, c[5], 0);
                addQuotient(v, g, t, 1);
                add(p, v, -c[6]);
            }
            case "RmsProp centered" -> {
                set(m, m, c[2], 0);
                addProduct(m, g, g, c[3]);
                set(v, v, c[2], 0);
                add(v, g, c[3]);
                setDifference(t, m, v);
                setRoot(t, t);
                set(t, t, 1, c[4]);
                addQuotient(p, g, t, -c[6]);
            }
            case "AdamV0" -> {
                set(m, m, c[1], 0);
                add(m, g, 1);
                set(v, v, c[2], 0);
                addProduct(v, g, g, c[3]);
                setRoot(t, v);
                set(t, t, 1, c[5]);
                addQuotient(p, m, t, -c[4]);
            }
            case "Adam", "Adam AMSGrad", "AdamW", "AdamW AMSGrad", "RAdam" -> {
                if (rule.startsWith("AdamW")) {
                    set(p, p, c[1], 0);
                }
                set(m, m, c[2], 0);
                add(m, g, c[3]);
                set(v, v, c[4], 0);
                addProduct(v, g, g, c[5]);
                if (rule.endsWith("AMSGrad")) {
                    maximum(buffers[4], v);
                    setRoot(t, buffers[4]);
                } else {
                    setRoot(t, v);
                }
                set(t, t, c[7], c[8]);
                addQuotient(p, m, t, -c[6]);
            }
            case "Lion" -> {
                set(t, m, c[2], 0);
                add(t, g, c[3]);
                setSign(t, t);
                set(p, p, c[1], 0);
                add(p, t, -c[6]);
                set(m, m, c[4], 0);
                add(m, g, c[5]);
            }
            case "Adagrad" -> {
                addProduct(m, g, g, 1);
                setRoot(t, m);
                set(t, t, 1, c[3]);
                addQuotient(p, g, t, -c[2]);
            }
            case "Adadelta" -> {
                set(m, m, c[2], 0);
                addProduct(m, g, g, c[3]);
                set(t, v, 1, c[4]);
                set(u, m, 1, c[4]);
                divide(t, u);
                setRoot(t, t);
                setProduct(t, t, g);
                set(v, v, c[2], 0);
                addProduct(v, t, t, c[3]);
                add(p, t, -c[5]);
            }
            case "Adamax" -> {
                set(m, m, c[2], 0);
                add(m, g, c[3]);
                set(v, v, c[4], 0);
                setMagnitude(t, g, c[5]);
                maximum(v, t);
                addQuotient(p, m, v, -c[6]);
            }
            case "NAdam" -> {
                set(m, m, c[2], 0);
                add(m, g, c[3]);
                set(v, v, c[4], 0);
                addProduct(v, g, g, c[5]);
                setRoot(t, v);
                set(t, t, c[8], c[9]);
                set(u, m, c[7], 0);
                add(u, g, c[6]);
                addQuotient(p, u, t, -1);
            }
            default -> throw new IllegalArgumentException(rule);
        }
        return 0;
    }

    /** x = y · a + b. */
    private static void set(float[] x, float[] y, float a, float b) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i).mul(a).add(b).intoArray(x, i);
        }
    }

    /** x = x + y · a. */
    private static void add(float[] x, float[] y, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .add(FloatVector.fromArray(SPECIES, y, i).mul(a))
                    .intoArray(x, i);
        }
    }

    /** x = y + z · a. */
    private static void setSum(float[] x, float[] y, float[] z, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i)
                    .add(FloatVector.fromArray(SPECIES, z, i).mul(a))
                    .intoArray(x, i);
        }
    }

    /** x = x + y · z · a. */
    private static void addProduct(float[] x, float[] y, float[] z, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .add(FloatVector.fromArray(SPECIES, y, i)
                            .mul(FloatVector.fromArray(SPECIES, z, i))
                            .mul(a))
                    .intoArray(x, i);
        }
    }

    /** x = y · z. */
    private static void setProduct(float[] x, float[] y, float[] z) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i)
                    .mul(FloatVector.fromArray(SPECIES, z, i))
                    .intoArray(x, i);
        }
    }

    /** x = y − z². */
    private static void setDifference(float[] x, float[] y, float[] z) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector b = FloatVector.fromArray(SPECIES, z, i);
            FloatVector.fromArray(SPECIES, y, i).sub(b.mul(b)).intoArray(x, i);
        }
    }

    /** x = √y. */
    private static void setRoot(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i).sqrt().intoArray(x, i);
        }
    }

    /** x = x / y. */
    private static void divide(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .div(FloatVector.fromArray(SPECIES, y, i))
                    .intoArray(x, i);
        }
    }

    /** x = x + y · a / z. */
    private static void addQuotient(float[] x, float[] y, float[] z, float a) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .add(FloatVector.fromArray(SPECIES, y, i).mul(a).div(FloatVector.fromArray(SPECIES, z, i)))
                    .intoArray(x, i);
        }
    }

    /** x = max(x, y). */
    private static void maximum(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .max(FloatVector.fromArray(SPECIES, y, i))
                    .intoArray(x, i);
        }
    }

    /** x = |y| + b. */
    private static void setMagnitude(float[] x, float[] y, float b) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, y, i).abs().add(b).intoArray(x, i);
        }
    }

    /** x = sign(y). */
    private static void setSign(float[] x, float[] y) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector a = FloatVector.fromArray(SPECIES, y, i);
            FloatVector.zero(SPECIES)
                    .blend(1, a.compare(VectorOperators.GT, 0))
                    .blend(-1, a.compare(VectorOperators.LT, 0))
                    .intoArray(x, i);
        }
    }

    /** x = x · (up if s &gt; 0, down if s &lt; 0, else 1). */
    private static void scaleBySign(float[] x, float[] s, float up, float down) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector a = FloatVector.fromArray(SPECIES, s, i);
            FloatVector factor = FloatVector.broadcast(SPECIES, 1)
                    .blend(up, a.compare(VectorOperators.GT, 0))
                    .blend(down, a.compare(VectorOperators.LT, 0));
            FloatVector.fromArray(SPECIES, x, i).mul(factor).intoArray(x, i);
        }
    }

    /** x = x, at least low and at most high. */
    private static void clamp(float[] x, float low, float high) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i).max(low).min(high).intoArray(x, i);
        }
    }

    /** x = 0 where s &lt; 0. */
    private static void clearWhereNegative(float[] x, float[] s) {
        for (int i = 0; i < x.length; i += STEP) {
            FloatVector.fromArray(SPECIES, x, i)
                    .blend(0, FloatVector.fromArray(SPECIES, s, i).compare(VectorOperators.LT, 0))
                    .intoArray(x, i);
        }
    }

    /** With four sums, so that it waits for memory and not for itself. */
    static double sumOfSquares(float[] x) {
        FloatVector a = FloatVector.zero(SPECIES), b = a, c = a, d = a;
        int i = 0;
        for (; i + 4 * STEP <= x.length; i += 4 * STEP) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
            FloatVector x1 = FloatVector.fromArray(SPECIES, x, i + STEP);
            FloatVector x2 = FloatVector.fromArray(SPECIES, x, i + 2 * STEP);
            FloatVector x3 = FloatVector.fromArray(SPECIES, x, i + 3 * STEP);
            a = a.add(x0.mul(x0));
            b = b.add(x1.mul(x1));
            c = c.add(x2.mul(x2));
            d = d.add(x3.mul(x3));
        }
        for (; i < x.length; i += STEP) {
            FloatVector x0 = FloatVector.fromArray(SPECIES, x, i);
            a = a.add(x0.mul(x0));
        }
        return a.add(b).add(c.add(d)).reduceLanes(VectorOperators.ADD);
    }
}
