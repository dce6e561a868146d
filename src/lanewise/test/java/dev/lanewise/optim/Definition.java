package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Bf16Floats;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Noise;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A rule that runs by its scalar definition alone. The optimizer must have the same bits. */
final class Definition implements Step {
    /** The rule may be replaced between steps by one with the same state. */
    UpdateRule rule;

    /** The buffers are the parameters, the gradient, and the state. */
    final float[][] buffers;

    final float[] constants = new float[16];
    double learningRate;
    double gradientFactor = 1;
    private long number;
    private double norm;
    private final double[] sums;
    private final double[] scalars;

    /** The type in which the state is stored, and the index of the first parameter among those of the optimizer. */
    private final StateType type;

    private final long first;

    Definition(UpdateRule rule, float[] parameters) {
        this(rule, parameters, StateType.F32, 0);
    }

    Definition(UpdateRule rule, float[] parameters, StateType type, long first) {
        this.rule = rule;
        this.type = type.ofLength(parameters.length);
        this.first = first;
        this.learningRate = rule.learningRate().at(0);
        List<StateBuffer> state = rule.state();
        sums = new double[rule.reductions().size()];
        scalars = StepConstants.initialScalars(rule);
        buffers = new float[2 + state.size()][];
        buffers[0] = parameters.clone();
        for (int i = 0; i < state.size(); i++) {
            buffers[2 + i] = new float[parameters.length];
            Arrays.fill(buffers[2 + i], state.get(i).initial());
            if (state.get(i).copied()) {
                buffers[2 + i] = parameters.clone();
            }
            roundToNearest(i);
        }
    }

    /** Returns the vector loop of the same rule, whose buffers are still to be bound. */
    FusedLoop loop(boolean statistics) {
        return KernelRule.loop(rule, buffers.length, 0, 1, statistics);
    }

    /** Returns the vector loop of the first pass of the same rule, whose buffers are still to be bound; null if it prepares nothing. */
    FusedLoop prepareLoop() {
        int prepared =
                (int) rule.reductions().stream().filter(Reduction::isPrepared).count();
        Set<String> options = new HashSet<>(rule.options());
        options.add("prepare");
        if (((KernelRule) rule).addsUp()) {
            options.add(FusedLoop.SUMS);
        }
        return prepared == 0
                ? null
                : new FusedLoop(
                        ((KernelRule) rule).prepareKernel(),
                        Set.copyOf(options),
                        buffers.length,
                        0,
                        prepared,
                        1,
                        false);
    }

    /** Computes the coefficients of the next step. */
    void prepare(float[] gradient) {
        number++;
        norm = rule.normScope() == NormScope.NONE ? 0 : Math.abs(gradientFactor) * norm(gradient);
        rule.coefficients(this, constants);
    }

    void step(float[] gradient) {
        prepare(gradient);
        buffers[1] = gradient;
        if (!rule.reductions().isEmpty()) {
            reduce();
        }
        rule.update(buffers, 0, gradient.length, constants);
        roundState(1);
    }

    /** Rounds the state of one buffer, as it is set before the first step. */
    void roundToNearest(int buffer) {
        round(buffer, Integer.MIN_VALUE, 0, false);
    }

    private void roundState(int pass) {
        for (int b = 0; b + 2 < buffers.length; b++) {
            round(b, Noise.at(Noise.of(0, number, 2 * b + pass), first), Noise.STRIDE, true);
        }
    }

    private void round(int buffer, int noise, int stride, boolean random) {
        StateBuffer described = rule.state().get(buffer);
        StateType own = type.of(described);
        float[] state = buffers[2 + buffer];
        for (int i = 0; i < state.length && own == StateType.BF16; i++) {
            state[i] = Bf16Span.bf16ToFloat(
                    random ? Bf16Floats.round(state[i], noise + i * stride) : Bf16Span.floatToBf16(state[i]));
        }
        for (int i = 0; i < state.length && own == StateType.INT8; i += 256) {
            roundBlock(
                    state,
                    i,
                    Math.min(i + 256, state.length),
                    noise + i * stride,
                    stride,
                    described.kind() == StateBuffer.Kind.POSITIVE);
        }
    }

    /** The numbers of a block of 8-bit state, in double, where each is exact. */
    private static void roundBlock(float[] state, int from, int to, int noise, int stride, boolean positive) {
        float most = Float.MIN_NORMAL;
        for (int i = from; i < to; i++) {
            most = Float.isFinite(state[i]) ? Math.max(most, Math.abs(state[i])) : most;
        }
        double scale = Math.scalb(1.0, Math.getExponent(most));
        for (int i = from; i < to; i++) {
            if (!Float.isFinite(state[i])) {
                state[i] = positive ? Math.abs(state[i]) : state[i];
                continue;
            }
            // A float, because what underflows is 0 there.
            double y = (float) (Math.abs(state[i]) / scale), up = (noise + (i - from) * stride >>> 12) * 0x1p-20;
            y = positive ? Math.max(y, 0x1p-30) : y;
            double spacing = Math.scalb(1.0, Math.getExponent(y) - 3);
            if (!positive && y < 0x1p-13) {
                spacing = 0x1p-16;
                y = Math.rint(y * 0x1p36) * 0x1p-36;
            }
            float rounded = (float) (Math.floor(y / spacing + up) * spacing * scale);
            state[i] = positive ? rounded : Math.copySign(rounded, state[i]);
        }
    }

    /** The first pass of a rule with reductions, in one piece. */
    private void reduce() {
        int length = buffers[0].length;
        List<Reduction> prepared =
                rule.reductions().stream().filter(Reduction::isPrepared).toList();
        float[][] all = Arrays.copyOf(buffers, buffers.length + prepared.size());
        for (int i = buffers.length; i < all.length; i++) {
            all[i] = new float[length];
        }
        if (!prepared.isEmpty()) {
            rule.prepare(all, 0, length, constants);
            roundState(0);
        }
        int next = buffers.length;
        for (int r = 0; r < sums.length; r++) {
            Reduction reduction = rule.reductions().get(r);
            float[] terms = reduction.isPrepared() ? all[next++] : buffers[0];
            sums[r] = sum(terms, reduction.term() != Reduction.Term.PREPARED);
        }
        rule.completeCoefficients(this, constants);
    }

    /** Element i is added to partial sum i mod 16, the partial sums of 4096 elements as a tree, and those of the blocks in their order. */
    static double sum(float[] terms, boolean squared) {
        double sum = 0;
        for (int block = 0; block < terms.length; block += 4096) {
            double[] partial = new double[16];
            for (int i = block; i < Math.min(block + 4096, terms.length); i++) {
                partial[i % 16] += squared ? (double) terms[i] * terms[i] : terms[i];
            }
            for (int half = 8; half > 0; half /= 2) {
                for (int i = 0; i < half; i++) {
                    partial[i] += partial[i + half];
                }
            }
            sum += partial[0];
        }
        return sum;
    }

    float[] parameters() {
        return buffers[0];
    }

    float[] state(String name) {
        return buffers[2 + rule.state().stream().map(StateBuffer::name).toList().indexOf(name)];
    }

    /** Returns the norm as the library computes it, because the order of its sum is not tested here. */
    private static double norm(float[] gradient) {
        double[] norm = new double[1];
        record Probe(Schedule learningRate, double[] norm) implements UpdateRule {
            @Override
            public Probe withLearningRate(Schedule learningRate) {
                return new Probe(learningRate, norm);
            }

            @Override
            public List<StateBuffer> state() {
                return List.of();
            }

            @Override
            public NormScope normScope() {
                return NormScope.ALL;
            }

            @Override
            public void coefficients(Step step, float[] constants) {
                norm[0] = step.gradientNorm();
            }

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {}
        }
        new Optimizer(FloatSpan.of(new float[gradient.length]), new Probe(new Constant(0), norm))
                .step(FloatSpan.of(gradient));
        return norm[0];
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
        return norm;
    }

    @Override
    public long length() {
        return buffers[0].length;
    }

    @Override
    public double sum(int index) {
        return sums[index];
    }

    @Override
    public void effectiveLearningRate(double rate) {}

    @Override
    public double scalar(int index) {
        return scalars[index];
    }

    @Override
    public void scalar(int index, double value) {
        scalars[index] = value;
    }
}
