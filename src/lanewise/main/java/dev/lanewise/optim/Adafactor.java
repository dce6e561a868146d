package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * Adafactor divides the gradient by the root of its mean square, as Adam does, but of a matrix it keeps the mean squares of the
 * rows and of the columns only, so that its state takes rows + columns floats instead of 2 · rows · columns. The step is in
 * proportion to the parameters.
 *
 * <pre>
 * g = gradientFactor · gradient
 * k = t ^ beta2Decay,   ρ = min(learningRate, 1 / √t)
 * R = R + k · (mean of g² over each row − R)        if factored
 * C = C + k · (mean of g² over each column − C)
 * V = R · Cᵀ / max(mean of R, ε₁)
 * V = V + k · (g² − V)                              otherwise
 * u = g / √max(V, ε₁²)
 * p = (1 − learningRate · weightDecay) · p − ρ · max(ε₂, RMS(p)) / max(1, RMS(u) / clipThreshold) · u
 * </pre>
 *
 * RMS is the root mean square over the group. A step has three parts, which read 8, 4 and 4 bytes of a parameter and its gradient
 * and write 4 of them, and a vector's V besides.
 *
 * <p><b>State:</b> {@code row_var} R, one float for each row, and {@code col_var} C, one for each column, if factored;
 * {@code variance} V otherwise. All are initially 0, and the first step has k = 1. Rows and columns are those of the group's
 * {@link MatrixShape}, so of a weight that is inputs × outputs {@code row_var} is PyTorch's {@code col_var}. t counts the applied
 * steps from 1.
 *
 * <p><b>Defaults:</b> they are PyTorch's: learning rate 1e-2, beta2Decay −0.8, ε₁ 2⁻²³, ε₂ 1e-3, clip threshold 1, no weight
 * decay, factored.
 *
 * <p><b>Where it differs:</b> the learning rate is a cap, as in PyTorch: with 1e-2 the rate is constant until step 10,000, and
 * then 1 / √t, whatever the schedule is. {@link StepReport.Group#effectiveLearningRate()} is the whole factor of u. PyTorch
 * factors all tensors with at least two dimensions; here factored is an option of the rule, which then needs matrices, and
 * {@link #groups} assigns it. PyTorch's ε₁ is a lower limit of a mean of squares, and here too, so it acts on gradients below
 * 3e-4; Optax, timm and Hugging Face add 1e-30 to g² instead. Optax and timm factor only large matrices, cap β₂ or keep a
 * momentum; there is none here. Keras allocates a full V beside the factors.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN or infinity makes all parameters of its group NaN, and stays in the state. A zero
 * gradient moves nothing but by decay. {@link #TINY} is added to V, R and C, so that they are never subnormal and √V divides with
 * ε₁ = 0 too. Parameters that are all 0 move by ε₂ · ρ.
 *
 * <p><b>Source:</b> Shazeer and Stern 2018, Adafactor: Adaptive Learning Rates with Sublinear Memory Cost, arXiv 1804.04235.
 *
 * @param learningRate the largest relative step, from 0
 * @param beta2Decay the exponent of the weight of a new square, at most 0
 * @param epsilon1 the lower limit ε₁ of the mean of R and of √V, from 0
 * @param epsilon2 the lower limit ε₂ of the root mean square of the parameters, from 0
 * @param clipThreshold the root mean square of u above which it is scaled down, from 1
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param factored whether the rule keeps the factors of V, for which its groups must be matrices
 */
public record Adafactor(
        Schedule learningRate,
        double beta2Decay,
        double epsilon1,
        double epsilon2,
        double clipThreshold,
        double weightDecay,
        boolean factored)
        implements KernelRule {
    private static final List<Reduction> SUMS = List.of(
            new Reduction(Reduction.Term.PARAMETER_SQUARES, NormScope.GROUP),
            new Reduction(Reduction.Term.PREPARED_SQUARES, NormScope.GROUP));

    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public Adafactor {
        Objects.requireNonNull(learningRate, "learningRate");
        if (!(beta2Decay <= 0 && beta2Decay > Double.NEGATIVE_INFINITY)) {
            throw new IllegalArgumentException("beta2Decay must be finite and at most 0: " + beta2Decay);
        }
        Check.notNegative("epsilon1", epsilon1);
        Check.notNegative("epsilon2", epsilon2);
        if (!(clipThreshold >= 1 && clipThreshold < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("clipThreshold must be finite and at least 1: " + clipThreshold);
        }
        Check.notNegative("weightDecay", weightDecay);
        RateChecks.decay(learningRate, weightDecay);
    }

    /**
     * Makes the rule with the defaults: learning rate 1e-2, beta2Decay −0.8, ε₁ 2⁻²³, ε₂ 1e-3, clip threshold 1, no weight decay,
     * factored.
     */
    public Adafactor() {
        this(1e-2);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the largest relative step, from 0 */
    public Adafactor(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the largest relative step, from 0 */
    public Adafactor(Schedule learningRate) {
        this(learningRate, -0.8, 0x1p-23, 1e-3, 1, 0, true);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the largest relative step, from 0 */
    public Adafactor withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public Adafactor withLearningRate(Schedule learningRate) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /** {@return this rule with another weight of new squares}
     * @param beta2Decay the exponent of the weight of a new square, at most 0 */
    public Adafactor withBeta2Decay(double beta2Decay) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /** {@return this rule with another ε₁}
     * @param epsilon1 the lower limit of the mean of R and of √V, from 0 */
    public Adafactor withEpsilon1(double epsilon1) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /** {@return this rule with another ε₂}
     * @param epsilon2 the lower limit of the root mean square of the parameters, from 0 */
    public Adafactor withEpsilon2(double epsilon2) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /** {@return this rule with another threshold}
     * @param clipThreshold the root mean square of u above which it is scaled down, from 1 */
    public Adafactor withClipThreshold(double clipThreshold) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public Adafactor withWeightDecay(double weightDecay) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /** {@return this rule for matrices, or for any parameters}
     * @param factored whether the rule keeps the factors of V */
    public Adafactor withFactored(boolean factored) {
        return new Adafactor(learningRate, beta2Decay, epsilon1, epsilon2, clipThreshold, weightDecay, factored);
    }

    /**
     * Assigns this rule to the parameters of a network: factored to matrices, and not factored to the other groups.
     *
     * @param groups the weights and biases, in any order, with the shapes of the matrices; their own rules are ignored
     * @return the groups with these rules, in the same order
     */
    public List<ParameterGroup> groups(List<ParameterGroup> groups) {
        List<ParameterGroup> assigned = new ArrayList<>();
        for (ParameterGroup group : groups) {
            boolean matrix = group.shape() != null && !group.shape().isVector();
            assigned.add(group.withRule(withFactored(matrix)));
        }
        return List.copyOf(assigned);
    }

    /** {@return the name of the vector loops, {@link dev.lanewise.internal.kernel.AdafactorKernel}} */
    @Override
    public String kernel() {
        return "Adafactor";
    }

    @Override
    public boolean needsMatrix() {
        return factored;
    }

    @Override
    public List<StateBuffer> state() {
        return factored
                ? List.of(
                        new StateBuffer("row_var", 0, false, StateBuffer.Extent.ROW),
                        new StateBuffer("col_var", 0, false, StateBuffer.Extent.COLUMN))
                : List.of(StateBuffer.positive("variance", 0));
    }

    @Override
    public Set<String> options() {
        return factored ? Set.of("factored") : Set.of();
    }

    @Override
    public List<Reduction> reductions() {
        return SUMS;
    }

    /**
     * The parameters are read twice and written once, the gradient is read twice, once more if factored; V is read twice and
     * written once.
     */
    @Override
    public int bytesPerParameter() {
        return factored ? 24 : 32;
    }

    @Override
    public int passes(StateBuffer buffer) {
        return 3;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        double weight = Math.pow(step.number(), beta2Decay);
        c[0] = (float) step.gradientFactor();
        c[1] = (float) (1 - weight);
        c[2] = (float) weight;
        c[3] = (float) (epsilon1 * epsilon1);
        c[4] = (float) (1 - step.learningRate() * weightDecay);
        c[6] = (float) epsilon1;
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], keep = c[1], fresh = c[2], least = c[3];
        float[] g = buffers[1], v = buffers[2], u = buffers[3];
        for (int i = from; i < to; i++) {
            float gi = g[i] * scale;
            if (!factored) {
                v[i] = v[i] * keep + gi * gi * fresh + TINY;
            }
            u[i] = gi / (float) Math.sqrt(Math.max(v[i], least));
        }
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        double parameters = Math.sqrt(step.sum(0) / step.length()), update = Math.sqrt(step.sum(1) / step.length());
        double relative = Math.min(step.learningRate(), 1 / Math.sqrt(step.number()));
        double rate = relative * Math.max(epsilon2, parameters) / Math.max(1, update / clipThreshold);
        step.effectiveLearningRate(rate);
        c[5] = (float) Math.min(rate, Float.MAX_VALUE);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        float scale = c[0], least = c[3], shrink = c[4], rate = c[5];
        float[] p = buffers[0], g = buffers[1], v = buffers[2];
        for (int i = from; i < to; i++) {
            p[i] = p[i] * shrink - g[i] * scale / (float) Math.sqrt(Math.max(v[i], least)) * rate;
        }
    }
}
