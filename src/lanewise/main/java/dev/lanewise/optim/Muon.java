package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Muon orthogonalizes the momentum of a matrix, so that a step has about the same size in all directions. It is for the inner matrices of a
 * network; {@link AdamW} is due for vectors, embeddings and the last layer, and {@link #groups} assigns both.
 *
 * <pre>
 * g = gradientFactor · gradient
 * b = μ · b + (1 − μ) · g
 * u = μ · b + (1 − μ) · g                           b without nesterov
 * x = NewtonSchulz(u / ‖u‖)                         five steps of x = (a · I + b · A + c · A²) · x, A = x · xᵀ
 * p = (1 − learningRate · weightDecay) · p − learningRate · factor · x
 * </pre>
 *
 * The factor depends on the {@link Scale}. The cost is that of 15 products: 5 · (4m²n + 2m³) floating-point operations a step for
 * a matrix of the sides m ≤ n, or (3.3m + 1.7m²/n) / batch of the layer's passes. It pays off with batches that are large against m.
 *
 * <p><b>State:</b> {@code momentum_buffer} b, initially 0. The optimizer has one more buffer of this length, for u and x, which
 * other groups use for their second state buffer.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-3, momentum 0.95, Nesterov's, weight decay 0.1, the original scale and
 * Jordan's coefficients. With the original scale rates of about 0.02 are usual; with {@link Scale#MATCH_RMS} those of AdamW are.
 *
 * <p><b>Where it differs:</b> PyTorch, Keller Jordan and Moonlight iterate in bfloat16, which moves x by up to 4 %; here, as in
 * Optax, Burn and Emerging-Optimizers, in float. b is an average as in PyTorch's code, while its documentation, Moonlight and
 * Keras have {@code b = μ · b + g}, which is 1 / (1 − μ) times as large and has the same direction. PyTorch divides by max(‖u‖,
 * 1e-7), which takes away the step of small gradients; here the norm is divided out whatever its size. "Fan-out over fan-in" of
 * the original scale is rows over columns in PyTorch, which stores outputs × inputs; here the group's {@link MatrixShape} has the
 * axis. The decay is by the learning rate without the factor, as in PyTorch.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN or infinity makes all parameters of its group NaN, and stays in b. A u of zeros gives no
 * step. A zero gradient moves the parameters by the full length, by momentum, until b has decayed to the flush: 2⁻¹⁰⁰ is added to
 * b and taken off again, and 2⁻⁹⁴, or more with a larger μ, to and from u, so that neither is ever subnormal and u becomes 0. The
 * scale of the gradient has no influence, from 1e-30 to 1e30, so clipping by norm and loss scaling have next to none.
 *
 * <p><b>Source:</b> Jordan et al. 2024, Muon: An optimizer for hidden layers in neural networks; Liu et al. 2025, Muon is Scalable for LLM
 * Training, arXiv 2502.16982; Amsel et al. 2025, The Polar Express, arXiv 2505.16932.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param nesterov whether the gradient is mixed into the momentum once more
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param scale the factor of the step
 * @param coefficients the coefficients of the iteration
 */
public record Muon(
        Schedule learningRate,
        double momentum,
        boolean nesterov,
        double weightDecay,
        Scale scale,
        Coefficients coefficients)
        implements MatrixRule {
    /** The factor of a step, which depends on the shape of the matrix. */
    public enum Scale {
        /** √max(1, fan-out / fan-in): Keller Jordan's, and PyTorch's default. */
        ORIGINAL,
        /** 0.2 · √max(rows, columns): the step has AdamW's root mean square. It is PyTorch's {@code match_rms_adamw}. */
        MATCH_RMS,
        /** √max(rows, columns): the root mean square is 1. It is that of Emerging-Optimizers. */
        SPECTRAL;

        double factor(MatrixShape shape) {
            double longer = Math.max(shape.rows(), shape.columns());
            return switch (this) {
                case ORIGINAL -> Math.sqrt(Math.max(1, (double) shape.outputs() / shape.inputs()));
                case MATCH_RMS -> 0.2 * Math.sqrt(longer);
                case SPECTRAL -> Math.sqrt(longer);
            };
        }
    }

    /** The polynomials of the five steps of the iteration, and where they take the singular values in [0.01, 1], relative to the norm. */
    public enum Coefficients {
        /** The same polynomial five times: to [0.68, 1.13]. */
        JORDAN(1, repeated(3.4445, -4.7750, 2.0315)),
        /** A polynomial for each step: to [0.98, 1.03]. It is the default of timm and Emerging-Optimizers. */
        QUINTIC(1, new double[][] {
            {4.0848, -6.8946, 2.9270},
            {3.9505, -6.3029, 2.6377},
            {3.7418, -5.5913, 2.3037},
            {2.8769, -3.1427, 1.2046},
            {2.8366, -3.0525, 1.2012}
        }),
        /** The best polynomial for each step, after a division by 1.02 · ‖u‖: to [0.86, 1.14], and from 0.001 too. */
        POLAR_EXPRESS(1.02, new double[][] {
            {8.156554524902461, -22.48329292557795, 15.878769915207462},
            {4.042929935166739, -2.808917465908714, .5000178451051316},
            {3.8916678022926607, -2.772484153217685, .5060648178503393},
            {3.285753657755655, -2.3681294933425376, .46449024233303106},
            {2.3465413258596377, -1.7097828382687081, .42323551169305323}
        });

        /** The factor of the norm by which the matrix is divided. */
        final double safety;

        /** a, b and c of each step. */
        final double[][] steps;

        Coefficients(double safety, double[][] steps) {
            this.safety = safety;
            this.steps = steps;
        }

        private static double[][] repeated(double... step) {
            return new double[][] {step, step, step, step, step};
        }
    }

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Muon {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("momentum", momentum);
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
        if (scale == null) {
            throw new IllegalArgumentException("scale must be ORIGINAL, MATCH_RMS or SPECTRAL: null");
        }
        if (coefficients == null) {
            throw new IllegalArgumentException("coefficients must be JORDAN, QUINTIC or POLAR_EXPRESS: null");
        }
    }

    /** Makes the rule with the defaults of PyTorch, which are listed above. */
    public Muon() {
        this(1e-3);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public Muon(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public Muon(Schedule learningRate) {
        this(learningRate, 0.95, true, 0.1, Scale.ORIGINAL, Coefficients.JORDAN);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public Muon withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Muon withLearningRate(Schedule learningRate) {
        return new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public Muon withMomentum(double momentum) {
        return new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with or without Nesterov's momentum}
     * @param nesterov whether the gradient is mixed into the momentum once more */
    public Muon withNesterov(boolean nesterov) {
        return new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Muon withWeightDecay(double weightDecay) {
        return new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another scale}
     * @param scale the factor of the step */
    public Muon withScale(Scale scale) {
        return new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with other coefficients}
     * @param coefficients the coefficients of the iteration */
    public Muon withCoefficients(Coefficients coefficients) {
        return new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /**
     * Assigns rules to the parameters of a network: this one to its matrices but the last, and {@link #adamW()} to vectors, groups
     * without a shape and the last matrix, which is the output layer. A network of one layer has no Muon.
     *
     * @param groups the weights and biases, in any order, with the shapes of the matrices; their own rules are ignored
     * @return the groups with these rules, in the same order
     */
    public List<ParameterGroup> groups(List<ParameterGroup> groups) {
        ParameterGroup last = null;
        for (ParameterGroup group : groups) {
            last = isMatrix(group) && (last == null || group.from() > last.from()) ? group : last;
        }
        List<ParameterGroup> assigned = new ArrayList<>();
        for (ParameterGroup group : groups) {
            assigned.add(group.withRule(isMatrix(group) && group != last ? this : adamW()));
        }
        return List.copyOf(assigned);
    }

    private static boolean isMatrix(ParameterGroup group) {
        return group.shape() != null && !group.shape().isVector();
    }

    /**
     * Returns the rule for what is no inner matrix: {@link AdamW} with a twentieth of this learning rate in the original scale, whose
     * steps are that much smaller, and with this learning rate in the others; the weight decay is this one.
     *
     * @return AdamW, with its defaults otherwise
     */
    public AdamW adamW() {
        AdamW rule = new AdamW().withWeightDecay(weightDecay);
        if (scale != Scale.ORIGINAL) {
            return rule.withLearningRate(learningRate);
        }
        return rule.withLearningRate(
                learningRate instanceof Constant(double rate) ? new Constant(rate / 20) : learningRate.times(0.05));
    }

    /** {@return the name of the vector loops, {@link dev.lanewise.internal.kernel.MuonKernel}} */
    @Override
    public String kernel() {
        return "Muon";
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("momentum_buffer"));
    }

    @Override
    public Set<String> options() {
        return nesterov ? Set.of("nesterov") : Set.of();
    }

    /** The first pass reads the gradient and b, and writes b and u; the second reads x and changes the parameters. */
    @Override
    public int bytesPerParameter() {
        return 16 + 12;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        coefficients(step, momentum, weightDecay, scale, c);
    }

    static void coefficients(Step step, double momentum, double weightDecay, Scale scale, float[] c) {
        c[0] = (float) step.gradientFactor();
        c[1] = (float) momentum;
        c[2] = (float) (1 - momentum);
        // A b that decays stays at up to half a unit of its flush / (1 − μ), which must be less than half a unit of
        // that of u.
        c[3] = Math.scalb(TINY, Math.getExponent(2 / (1 - momentum)) + 1);
        c[4] = (float) (1 - step.learningRate() * weightDecay);
        double rate = step.learningRate() * scale.factor(step.shape());
        step.effectiveLearningRate(rate);
        c[5] = (float) Math.min(rate, Float.MAX_VALUE);
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        prepare(buffers, from, to, c, nesterov);
    }

    static void prepare(float[][] buffers, int from, int to, float[] c, boolean nesterov) {
        float scale = c[0], mu = c[1], fresh = c[2], flush = c[3];
        float[] g = buffers[1], b = buffers[2], u = buffers[3];
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale * fresh;
            float bi = b[i] * mu + gi + TINY - TINY;
            b[i] = bi;
            u[i] = (nesterov ? bi * mu + gi : bi) + flush - flush;
        }
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        move(buffers, from, to, c);
    }

    static void move(float[][] buffers, int from, int to, float[] c) {
        float shrink = c[4], rate = c[5];
        float[] p = buffers[0], x = buffers[3];
        for (int i = from; i < to; i++) {
            p[i] = p[i] * shrink - x[i] * rate;
        }
    }
}
