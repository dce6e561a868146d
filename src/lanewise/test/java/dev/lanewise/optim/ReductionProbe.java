package dev.lanewise.optim;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.List;

/** Adds the gradient to a sum, takes all three kinds of sums, and moves by their quotients; {@code z} begins as the parameters. */
record ReductionProbe(Schedule learningRate, NormScope scope) implements UpdateRule {
    ReductionProbe(NormScope scope) {
        this(new Constant(0.1), scope);
    }

    @Override
    public ReductionProbe withLearningRate(Schedule learningRate) {
        return new ReductionProbe(learningRate, scope);
    }

    @Override
    public List<StateBuffer> state() {
        return List.of(new StateBuffer("total"), StateBuffer.copyOfParameters("z"));
    }

    @Override
    public List<Reduction> reductions() {
        return List.of(
                new Reduction(Reduction.Term.PREPARED, scope),
                new Reduction(Reduction.Term.PARAMETER_SQUARES, scope),
                new Reduction(Reduction.Term.PREPARED_SQUARES, scope));
    }

    @Override
    public EvaluationWeights evaluation() {
        return new EvaluationWeights("z", 1);
    }

    @Override
    public void coefficients(Step step, float[] c) {
        c[0] = (float) step.gradientFactor();
    }

    @Override
    public void prepare(float[][] buffers, int from, int to, float[] c) {
        for (int i = from; i < to; i++) {
            buffers[2][i] += buffers[1][i] * c[0];
            buffers[4][i] = buffers[2][i] + buffers[3][i];
            buffers[5][i] = buffers[2][i] - buffers[0][i];
        }
    }

    @Override
    public void completeCoefficients(Step step, float[] c) {
        c[1] = (float) (step.learningRate() * step.sum(0) / Math.sqrt(step.sum(1) * step.sum(2)));
        step.effectiveLearningRate(c[1]);
    }

    @Override
    public void update(float[][] buffers, int from, int to, float[] c) {
        for (int i = from; i < to; i++) {
            buffers[0][i] -= buffers[2][i] * c[1];
        }
    }
}
