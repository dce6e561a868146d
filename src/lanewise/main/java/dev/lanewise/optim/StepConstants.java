package dev.lanewise.optim;

import dev.lanewise.internal.kernel.ScalarDefinition;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The constants of a step, for one group or for several groups that always have the same. */
final class StepConstants implements Step {
    private static final int COUNT = 16;

    /**
     * The calls of a method of which the first alone runs a scalar definition. C2 inlines a method of more than 35 bytes only where
     * it is called at least a quarter as often as its caller. It would inline the definition, with all between, into the step of an
     * optimizer, where it vectorizes some loops in part only, which it vectorizes whole if it compiles the definition by itself.
     */
    private static final int CALLS = 8;

    final ParameterGroup settings;

    /** The scalar definition of the rule of the step. */
    final ScalarDefinition definition = this::update;

    /** The scalar definition of the first pass of the rule of the step. */
    final ScalarDefinition preparation = this::prepare;

    /** The coefficients that the rule computed for the step. */
    final float[] coefficients = new float[COUNT];

    /** The factor by which clipping scales the gradient, and the sum of squares over the rule's norm scope. */
    double clipCoefficient = 1;

    double sumOfSquares;

    /** The sums of the rule's reductions, over their scopes. */
    final double[] sums;

    private UpdateRule rule;
    private double learningRate;
    private double effectiveLearningRate;
    private double gradientFactor;

    /** The number of the step and the scalars after it; they are kept when the step is applied. */
    private long number;

    private final double[] scalars;

    private long keptNumber;
    private final double[] keptScalars;

    StepConstants(ParameterGroup settings, long number, double[] scalars) {
        this.settings = settings;
        this.rule = settings.rule().at(0);
        this.keptNumber = number;
        this.keptScalars = scalars.clone();
        this.scalars = scalars.clone();
        this.sums = new double[rule.reductions().size()];
    }

    /** {@return the scalars of a rule before its first step} */
    static double[] initialScalars(UpdateRule rule) {
        List<StateScalar> scalars = rule.scalars();
        double[] initial = new double[scalars.size()];
        for (int i = 0; i < initial.length; i++) {
            initial[i] = scalars.get(i).initial();
        }
        return initial;
    }

    /** Sets the constants of the groups. Groups that always have the same constants share them, so that many groups cost little. */
    static StepConstants[] share(GroupState[] groups, Clipping clipping) {
        Map<List<Object>, StepConstants> shared = new LinkedHashMap<>();
        double[] common = commonScalars(groups);
        for (GroupState group : groups) {
            ParameterGroup settings = group.settings;
            long number = group.constants == null ? 0 : group.constants.keptNumber;
            double[] scalars = group.constants == null ? initialScalars(settings.rule()) : group.constants.keptScalars;
            double[] current = common != null && Groups.sharesSums(List.of(group.reductions)) ? common : scalars;
            boolean own = clipping.kind() == Clipping.Kind.GROUP_NORM
                    || settings.rule().normScope() == NormScope.GROUP
                    || settings.rule().needsMatrix()
                    || group.reductions.length > 0;
            // The hash of a rule takes the JVM 30 ms to link, and one group needs none.
            List<Object> key = groups.length == 1
                    ? List.of()
                    : List.of(settings.rule(), settings.frozen(), own ? group : "", number, list(current));
            group.constants = shared.computeIfAbsent(key, any -> new StepConstants(settings, number, current));
        }
        return shared.values().toArray(StepConstants[]::new);
    }

    /**
     * {@return the scalars of the groups that share sums; null if none do, or before they have any} Those of a frozen group are
     * from before it was frozen.
     */
    private static double[] commonScalars(GroupState[] groups) {
        StepConstants common = null;
        for (GroupState group : groups) {
            boolean shares = group.constants != null && Groups.sharesSums(List.of(group.reductions));
            if (shares && (common == null || common.settings.frozen())) {
                common = group.constants;
            }
        }
        return common == null ? null : common.keptScalars;
    }

    private static List<Double> list(double[] values) {
        List<Double> list = new ArrayList<>();
        for (double value : values) {
            list.add(value);
        }
        return list;
    }

    /** Evaluates the rule and the learning rate of a step, before anything is written. */
    void prepare(long steps) {
        if (!settings.frozen()) {
            rule = ruleAt(steps);
            learningRate = rateAt(steps);
        }
    }

    private UpdateRule ruleAt(long steps) {
        UpdateRule next;
        try {
            next = settings.rule().at(steps);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "the rule of group " + settings.name() + " at step " + steps + ": " + e.getMessage(), e);
        }
        if (!RuleStructure.matches(rule, next)) {
            throw new IllegalStateException("the rule of group " + settings.name() + " must stay "
                    + RuleStructure.describe(rule) + ": " + RuleStructure.describe(next) + " at step " + steps);
        }
        return next;
    }

    private double rateAt(long steps) {
        double rate = rule.learningRate().at(steps);
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException("the learning rate of group " + settings.name()
                    + " must be finite and not negative: " + rate + " at step " + steps);
        }
        if (rate > Float.MAX_VALUE) {
            throw new IllegalStateException("the learning rate of group " + settings.name() + " must be at most "
                    + Float.MAX_VALUE + ": " + rate + " at step " + steps);
        }
        double decay = rule.weightDecay();
        if (!(rate * decay < 1)) {
            throw new IllegalStateException("learningRate × weightDecay must be below 1: " + rate + " × " + decay
                    + " at step " + steps + " in group " + settings.name());
        }
        return rate;
    }

    /**
     * Computes the coefficients of a step, for a gradient that is multiplied by a factor and clipped, before anything is written.
     *
     * @param finite whether the gradient is known to be finite, or its norm has no part in the coefficients
     */
    void compute(double factor, boolean finite) {
        if (!settings.frozen()) {
            number = keptNumber + 1;
            System.arraycopy(keptScalars, 0, scalars, 0, scalars.length);
            gradientFactor = factor * clipCoefficient;
            effectiveLearningRate = learningRate;
            // Those that complete() computed for the last step are none of this one's.
            Arrays.fill(coefficients, 0);
            rule.coefficients(this, coefficients);
            for (int i = 0; finite && i < COUNT; i++) {
                checkCoefficient(coefficients[i]);
            }
        }
    }

    /** Infinity would make NaN of each parameter whose update is 0, and NaN of all. */
    private void checkCoefficient(float coefficient) {
        if (!Float.isFinite(coefficient)) {
            throw new IllegalStateException("coefficients of the rule of group " + settings.name()
                    + " must be finite as floats: " + coefficient + " at step " + (number - 1) + ", learning rate "
                    + learningRate + ", gradient factor " + gradientFactor + ", " + rule);
        }
    }

    /** Completes the coefficients of a rule with reductions, whose sums have been set; the rule of another group may have none. */
    void complete() {
        if (sums.length > 0 && !settings.frozen()) {
            rule.completeCoefficients(this, coefficients);
        }
    }

    /** Counts the step whose coefficients were computed. */
    void apply() {
        if (!settings.frozen()) {
            keptNumber = number;
            System.arraycopy(scalars, 0, keptScalars, 0, scalars.length);
        }
    }

    /** {@return the number of steps applied} */
    long steps() {
        return keptNumber;
    }

    private void prepare(float[][] buffers, int from, int to, float[] coefficients) {
        for (int call = 0; call < CALLS; call++) {
            prepare(call, buffers, from, to, coefficients);
        }
    }

    private void prepare(int call, float[][] buffers, int from, int to, float[] coefficients) {
        if (call == 0) {
            rule.prepare(buffers, from, to, coefficients);
        }
    }

    /** {@return the rule of the step} */
    UpdateRule rule() {
        return rule;
    }

    private void update(float[][] buffers, int from, int to, float[] coefficients) {
        for (int call = 0; call < CALLS; call++) {
            update(call, buffers, from, to, coefficients);
        }
    }

    private void update(int call, float[][] buffers, int from, int to, float[] coefficients) {
        if (call == 0) {
            rule.update(buffers, from, to, coefficients);
        }
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public double learningRate() {
        return learningRate;
    }

    @Override
    public double gradientFactor() {
        return gradientFactor;
    }

    @Override
    public double gradientNorm() {
        return Math.abs(gradientFactor) * Math.sqrt(sumOfSquares);
    }

    @Override
    public MatrixShape shape() {
        return rule.needsMatrix() ? settings.shape() : null;
    }

    @Override
    public long length() {
        return settings.length();
    }

    @Override
    public double sum(int index) {
        return sums[index];
    }

    @Override
    public void effectiveLearningRate(double rate) {
        effectiveLearningRate = rate;
    }

    double effectiveLearningRate() {
        return effectiveLearningRate;
    }

    @Override
    public double scalar(int index) {
        return scalars[index];
    }

    @Override
    public void scalar(int index, double value) {
        scalars[index] = value;
    }

    /** {@return a copy of the numbers that the rule keeps, after the last step that was applied} */
    double[] scalars() {
        return keptScalars.clone();
    }
}
