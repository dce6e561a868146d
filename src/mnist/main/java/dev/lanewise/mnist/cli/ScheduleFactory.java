package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.cli.ScheduleOption.Shape;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.PlateauMetric;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.CosineRestarts;
import dev.lanewise.schedule.Exponential;
import dev.lanewise.schedule.InverseSquareRoot;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.OneCycle;
import dev.lanewise.schedule.Polynomial;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.ReduceOnPlateau.Goal;
import dev.lanewise.schedule.ReduceOnPlateau.Threshold;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.StepDecay;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.schedule.WarmupStableDecay;
import java.math.BigDecimal;
import java.util.List;

/**
 * Makes the schedules that {@code --schedule} asks for.
 *
 * @param option the parsed option
 */
record ScheduleFactory(ScheduleOption option) {
    /**
     * Returns the plateau that all learning rates follow, which begins at 1; null for the other schedules.
     *
     * @throws UsageException if a value is out of range
     */
    ReduceOnPlateau plateau() {
        if (option.shape() != Shape.REDUCE_ON_PLATEAU) {
            return null;
        }
        try {
            Goal goal = option.metric() == PlateauMetric.VALIDATION_ACCURACY ? Goal.MAXIMUM : Goal.MINIMUM;
            return new ReduceOnPlateau(
                    1,
                    goal,
                    number("factor"),
                    whole("patience"),
                    number("threshold"),
                    Threshold.RELATIVE,
                    whole("cooldown"),
                    fraction("floor"),
                    0);
        } catch (IllegalArgumentException e) {
            throw failed(e);
        }
    }

    /**
     * Returns the schedule of a learning rate.
     *
     * @param rate the rate, in general the highest
     * @param epoch the number of steps of an epoch
     * @param all the number of steps of the training
     * @param plateau from {@link #plateau()}
     * @throws UsageException if a value is out of range
     */
    Schedule schedule(double rate, long epoch, long all, ReduceOnPlateau plateau) {
        try {
            return switch (option.shape()) {
                case CONSTANT -> new Constant(rate);
                case STEP -> new StepDecay(rate, number("factor"), length("every", epoch, all));
                case MULTI_STEP -> new MultiStep(rate, number("factor"), milestones(epoch, all));
                case EXPONENTIAL -> {
                    double factor = fraction("factor");
                    yield new Exponential(rate, StrictMath.pow(factor, 1.0 / length("every", epoch, all)));
                }
                case POLYNOMIAL -> new Polynomial(rate, number("power"), all, rate * fraction("floor"));
                case LINEAR_WARMUP -> new LinearWarmup(rate, steps("warmup", epoch, all), number("start"));
                case COSINE -> new Cosine(rate, all, rate * fraction("floor"));
                case COSINE_RESTARTS ->
                    new CosineRestarts(rate, length("period", epoch, all), whole("growth"), rate * fraction("floor"));
                case WARMUP_COSINE ->
                    new WarmupCosine(rate, steps("warmup", epoch, all), all, rate * fraction("floor"));
                case ONE_CYCLE -> new OneCycle(rate, all, number("rise"), number("division"), number("final-division"));
                case WARMUP_STABLE_DECAY -> {
                    long decay = steps("decay", epoch, all);
                    long warmup = steps("warmup", epoch, all);
                    if (decay > all - warmup) {
                        throw new IllegalArgumentException(
                                "warmup and decay must fit in the " + all + " steps: " + warmup + " and " + decay);
                    }
                    yield new WarmupStableDecay(rate, warmup, all - decay, all, rate * fraction("floor"));
                }
                case INVERSE_SQUARE_ROOT -> new InverseSquareRoot(rate, length("warmup", epoch, all));
                // Not a record: what it says of itself would not be the same in the next process.
                case REDUCE_ON_PLATEAU -> plateau.times(rate);
            };
        } catch (IllegalArgumentException e) {
            throw failed(e);
        }
    }

    private UsageException failed(IllegalArgumentException e) {
        return new UsageException("--schedule " + option + ": " + e.getMessage(), e);
    }

    private double number(String key) {
        return ((BigDecimal) option.settings().get(key)).doubleValue();
    }

    private double fraction(String key) {
        double value = number(key);
        if (value > 1) {
            throw new IllegalArgumentException(key + " must be in [0, 1]: " + value);
        }
        return value;
    }

    private long whole(String key) {
        BigDecimal value = (BigDecimal) option.settings().get(key);
        try {
            return value.longValueExact();
        } catch (ArithmeticException e) {
            String expected = value.scale() > 0 ? "a whole number" : "below 2^63";
            throw new IllegalArgumentException(key + " must be " + expected + ": " + value.toPlainString(), e);
        }
    }

    private long steps(String key, long epoch, long all) {
        return ((TrainingLength) option.settings().get(key)).steps(epoch, all);
    }

    /** Returns the steps of a length, at least one unless it is 0. */
    private long length(String key, long epoch, long all) {
        TrainingLength length = (TrainingLength) option.settings().get(key);
        return length.value().signum() == 0 ? 0 : Math.max(1, length.steps(epoch, all));
    }

    private List<Long> milestones(long epoch, long all) {
        return ((List<?>) option.settings().get("at"))
                .stream()
                        .map(length -> ((TrainingLength) length).steps(epoch, all))
                        .toList();
    }
}
