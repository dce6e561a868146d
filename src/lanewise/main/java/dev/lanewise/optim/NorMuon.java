package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import dev.lanewise.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * NorMuon is {@link Muon} whose orthogonalized matrix is divided by a running root mean square of each output, so that no output
 * of a layer moves much more than another. It is for the inner matrices of a network, as Muon is, and {@link #groups} assigns the
 * rules.
 *
 * <pre>
 * g = gradientFactor · gradient
 * b = μ · b + (1 − μ) · g
 * u = μ · b + (1 − μ) · g                           b without nesterov
 * x = NewtonSchulz(u / ‖u‖)                         as Muon's
 * v = β₂ · v + (1 − β₂) · mean of x² over each output
 * y = x / (√v + 1e-10)                              for the elements of each output
 * p = (1 − learningRate · weightDecay) · p − learningRate · factor · y · ‖x‖ / ‖y‖
 * </pre>
 *
 * The length of the step is that of Muon with the same {@link Muon.Scale}, and the cost is that of Muon and two passes over the matrix.
 *
 * <p><b>State:</b> {@code momentum_buffer} b, and {@code second_momentum_buffer} v with a float for each output, a row or a column as the
 * group's {@link MatrixShape} determines; both are initially 0. The optimizer has one more buffer for u and x, as with Muon.
 *
 * <p><b>Defaults:</b> they are the authors': learning rate 0.02, momentum 0.95, β₂ 0.95, Nesterov's, no weight decay, the
 * original scale and Jordan's coefficients.
 *
 * <p><b>Where it differs:</b> the authors take a matrix as outputs × inputs, and so each row as an output; here the shape has the
 * axis. They iterate in bfloat16, here the iteration is in float. They add 1e-7 to ‖u‖ and 1e-10 to ‖y‖; here the norms are
 * divided out whatever their size. v is not corrected for its beginning at 0, which ‖x‖ / ‖y‖ makes up for.
 *
 * <p><b>NaN, infinity, zero:</b> one NaN or infinity makes all parameters of its group NaN, and stays in b and v. An x of zeros
 * gives no step, where earlier implementations divided 0 by 0. {@link #TINY} is added to v, so that it is never subnormal; an
 * output whose gradient is always 0 does not move. b and u are flushed as Muon's.
 *
 * <p><b>Source:</b> Li et al. 2025, NorMuon: Making Muon more efficient and scalable, arXiv 2510.05491.
 *
 * @param learningRate the learning rate of each step, from 0
 * @param momentum the decay μ of the momentum buffer, in [0, 1)
 * @param beta2 the decay of the mean squares of the outputs, in [0, 1)
 * @param nesterov whether the gradient is mixed into the momentum once more
 * @param weightDecay the decoupled decay, from 0; learningRate × weightDecay must be below 1
 * @param scale the factor of the step
 * @param coefficients the coefficients of the iteration
 */
public record NorMuon(
        Schedule learningRate,
        double momentum,
        double beta2,
        boolean nesterov,
        double weightDecay,
        Muon.Scale scale,
        Muon.Coefficients coefficients)
        implements MatrixRule {
    /**
     * Checks the hyperparameters.
     *
     * @throws IllegalArgumentException if a value is out of range; the message has its name, its value and what is allowed
     */
    public NorMuon {
        Objects.requireNonNull(learningRate, "learningRate");
        Check.belowOne("beta2", beta2);
        // It has the checks of the others.
        new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
    }

    /**
     * Makes the rule with the defaults: learning rate 0.02, momentum 0.95, β₂ 0.95, Nesterov's, no weight decay, the original
     * scale, Jordan's coefficients.
     */
    public NorMuon() {
        this(0.02);
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate, from 0 */
    public NorMuon(double learningRate) {
        this(RateChecks.constant(learningRate));
    }

    /** Makes the rule with a learning rate and the defaults.
     * @param learningRate the learning rate of each step, from 0 */
    public NorMuon(Schedule learningRate) {
        this(learningRate, 0.95, 0.95, true, 0, Muon.Scale.ORIGINAL, Muon.Coefficients.JORDAN);
    }

    /** {@return this rule with another learning rate}
     * @param learningRate the learning rate, from 0 */
    public NorMuon withLearningRate(double learningRate) {
        return withLearningRate(RateChecks.constant(learningRate));
    }

    @Override
    public NorMuon withLearningRate(Schedule learningRate) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another momentum}
     * @param momentum the decay μ of the momentum buffer, in [0, 1) */
    public NorMuon withMomentum(double momentum) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another decay of the mean squares}
     * @param beta2 the decay of the mean squares of the outputs, in [0, 1) */
    public NorMuon withBeta2(double beta2) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with or without Nesterov's momentum}
     * @param nesterov whether the gradient is mixed into the momentum once more */
    public NorMuon withNesterov(boolean nesterov) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another weight decay}
     * @param weightDecay the weight decay, from 0 */
    public NorMuon withWeightDecay(double weightDecay) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with another scale}
     * @param scale the factor of the step */
    public NorMuon withScale(Muon.Scale scale) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /** {@return this rule with other coefficients}
     * @param coefficients the coefficients of the iteration */
    public NorMuon withCoefficients(Muon.Coefficients coefficients) {
        return new NorMuon(learningRate, momentum, beta2, nesterov, weightDecay, scale, coefficients);
    }

    /**
     * Assigns rules to the parameters of a network: this one to its matrices but the last, and {@link Muon#adamW()} of the same
     * hyperparameters to the rest, as {@link Muon#groups} does.
     *
     * @param groups the weights and biases, in any order, with the shapes of the matrices; their own rules are ignored
     * @return the groups with these rules, in the same order
     */
    public List<ParameterGroup> groups(List<ParameterGroup> groups) {
        Muon muon = new Muon(learningRate, momentum, nesterov, weightDecay, scale, coefficients);
        List<ParameterGroup> assigned = new ArrayList<>();
        for (ParameterGroup group : muon.groups(groups)) {
            assigned.add(group.rule() == muon ? group.withRule(this) : group);
        }
        return List.copyOf(assigned);
    }

    /** {@return the name of the vector loops, {@link dev.lanewise.internal.kernel.MuonKernel}} */
    @Override
    public String kernel() {
        return "Muon";
    }

    @Override
    public double outputDecay() {
        return beta2;
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(
                new StateBuffer("momentum_buffer"),
                new StateBuffer("second_momentum_buffer", 0, false, StateBuffer.Extent.OUTPUT));
    }

    @Override
    public Set<String> options() {
        return nesterov ? Set.of("nesterov") : Set.of();
    }

    /** The passes of Muon, and those that read x, and read and write it; the products are not counted. */
    @Override
    public int bytesPerParameter() {
        return 28 + 12;
    }

    @Override
    public void coefficients(Step step, float[] c) {
        Muon.coefficients(step, momentum, weightDecay, scale, c);
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        Muon.prepare(buffers, from, to, c, nesterov);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        Muon.move(buffers, from, to, c);
    }
}
