package dev.lanewise.bench;

import dev.lanewise.optim.Reduction;
import dev.lanewise.optim.StateScalar;
import dev.lanewise.optim.Step;
import dev.lanewise.optim.UpdateRule;
import java.util.Arrays;
import java.util.List;

/** A step of a rule so late that bias corrections no longer matter, with its constants. */
final class LateStep implements Step {
    final float[] constants = new float[16];

    private final UpdateRule rule;
    private final float[][] buffers;
    private final double[] scalars;
    private double[] sums;

    /** Computes the constants, apart from those that {@link #complete} adds. */
    LateStep(UpdateRule rule, float[][] buffers) {
        this.rule = rule;
        this.buffers = buffers;
        this.scalars = rule.scalars().stream().mapToDouble(StateScalar::initial).toArray();
        rule.coefficients(this, constants);
    }

    /** Completes the constants of a rule with reductions. */
    void complete(double... sums) {
        this.sums = sums;
        rule.completeCoefficients(this, constants);
    }

    /** Runs the scalar definition on copies of the buffers, after the first pass of a rule with reductions. */
    void define(float[][] buffers) {
        List<Reduction> reductions = rule.reductions();
        if (!reductions.isEmpty()) {
            prepare(buffers, reductions);
        }
        rule.update(buffers, 0, buffers[0].length, constants);
    }

    private void prepare(float[][] buffers, List<Reduction> reductions) {
        float[][] all = Arrays.copyOf(buffers, buffers.length + reductions.size());
        float[][] terms = new float[reductions.size()][];
        int next = buffers.length;
        for (int i = 0; i < terms.length; i++) {
            boolean prepared = reductions.get(i).term() != Reduction.Term.PARAMETER_SQUARES;
            terms[i] = prepared ? new float[buffers[0].length] : buffers[0];
            if (prepared) {
                all[next++] = terms[i];
            }
        }
        all = Arrays.copyOf(all, next);
        if (next > buffers.length) {
            rule.prepare(all, 0, buffers[0].length, constants);
        }
        double[] found = new double[terms.length];
        for (int i = 0; i < terms.length; i++) {
            boolean squared = reductions.get(i).term() != Reduction.Term.PREPARED;
            for (float x : terms[i]) {
                found[i] += squared ? (double) x * x : x;
            }
        }
        complete(found);
    }

    @Override
    public long number() {
        return 100_000;
    }

    @Override
    public double learningRate() {
        return rule.learningRate().at(0);
    }

    @Override
    public double gradientFactor() {
        return 1;
    }

    @Override
    public double gradientNorm() {
        return Math.sqrt(VectorOps.sumOfSquares(buffers[1]));
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
