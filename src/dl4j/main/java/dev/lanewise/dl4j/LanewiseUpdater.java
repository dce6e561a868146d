package dev.lanewise.dl4j;

import dev.lanewise.optim.Rules;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.schedule.Constant;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.schedule.ISchedule;

/**
 * A rule of Lanewise as the updater of a DL4J network:
 *
 * {@snippet :
 * new NeuralNetConfiguration.Builder()
 *         .updater(new LanewiseUpdater(new Adam(new WarmupCosine(1e-3, 100, 10_000))))
 *         .weightInit(WeightInit.RELU)
 *         .list(layers)
 *         .build();
 * }
 *
 * <p>DL4J computes the gradient, calls the updater, which turns the gradient into the update in place, and subtracts the update. The
 * parameters then have the bits that a step of Lanewise's {@link dev.lanewise.optim.Optimizer} gives, but for the sign of a zero. The
 * state is in the network's own array, so {@code ModelSerializer} saves it, and training that is resumed gives the same bits.
 *
 * <p>The updater does not see the parameters. Rules that need them are refused, and so is a weight decay of the rule; use DL4J's
 * own, {@code weightDecay(0.01)} of its builder, which is that of {@link dev.lanewise.optim.AdamW}: it subtracts learning rate ×
 * decay × parameter. The learning rate is the rule's schedule, at DL4J's count of iterations.
 *
 * <p>Equal updaters of adjacent layers run as one loop. The network's data type must be {@code FLOAT}, the default.
 */
public final class LanewiseUpdater implements IUpdater {
    private static final long serialVersionUID = 1;

    /** The rule as text: all that the network's JSON has of it. */
    private String rule;

    private transient UpdateRule parsed;

    /** For Jackson, which sets the field. */
    private LanewiseUpdater() {}

    /**
     * Makes an updater.
     *
     * @param rule a rule of the library whose update does not depend on the parameters: one of Sgd, Rprop, RmsProp, AdamV0, Adam, AdamW
     *     without decay, Lion without decay, Adagrad, Adadelta, Adamax, RAdam, Signum, AdaBelief, AdEMAMix, Adan and Adopt
     * @throws IllegalArgumentException if the rule is another, or has a schedule of the application's own, which could not be saved
     */
    public LanewiseUpdater(UpdateRule rule) {
        LanewiseGradientUpdater.check(rule);
        this.rule = Rules.toText(rule);
        this.parsed = rule;
    }

    /** {@return the rule} */
    public UpdateRule rule() {
        if (parsed == null) {
            parsed = Rules.parse(rule);
        }
        return parsed;
    }

    @Override
    public long stateSize(long numParams) {
        return rule().state().size() * numParams;
    }

    @Override
    public LanewiseGradientUpdater instantiate(INDArray viewArray, boolean initializeViewArray) {
        LanewiseGradientUpdater updater = new LanewiseGradientUpdater(this);
        updater.setStateViewArray(viewArray, null, 'c', initializeViewArray);
        return updater;
    }

    @Override
    public LanewiseGradientUpdater instantiate(Map<String, INDArray> updaterState, boolean initializeStateArrays) {
        LanewiseGradientUpdater updater = new LanewiseGradientUpdater(this);
        updater.setState(updaterState, initializeStateArrays);
        return updater;
    }

    /** {@return the rule's learning rate at an iteration} */
    @Override
    public double getLearningRate(int iteration, int epoch) {
        return rule().at(iteration).learningRate().at(iteration);
    }

    @Override
    public boolean hasLearningRate() {
        return true;
    }

    /**
     * Gives the rule a constant learning rate, as {@code MultiLayerNetwork.setLearningRate} does.
     *
     * @param lr the learning rate
     * @param lrSchedule null, because a schedule of DL4J's is none of the rule's
     * @throws IllegalArgumentException if there is a schedule, or if the rate is out of range
     */
    @Override
    public void setLrAndSchedule(double lr, ISchedule lrSchedule) {
        if (lrSchedule != null) {
            throw new IllegalArgumentException(
                    "lrSchedule must be null, since the schedule is that of the rule: " + lrSchedule);
        }
        parsed = rule().withLearningRate(new Constant(lr));
        rule = Rules.toText(parsed);
    }

    @Override
    public LanewiseUpdater clone() {
        return new LanewiseUpdater(rule());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LanewiseUpdater updater && updater.rule.equals(rule);
    }

    @Override
    public int hashCode() {
        return rule.hashCode();
    }

    @Override
    public String toString() {
        return "LanewiseUpdater[" + rule + "]";
    }
}
