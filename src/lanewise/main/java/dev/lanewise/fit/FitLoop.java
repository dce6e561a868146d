package dev.lanewise.fit;

import dev.lanewise.internal.Check;
import dev.lanewise.internal.event.Events;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepReport;
import java.util.ArrayList;
import java.util.List;

/** A run of a {@link Fit}. */
final class FitLoop {
    private final Fit fit;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final Batches batches;
    private final FloatSpan gradients;

    /** Null without validation data. */
    private final Validation validation;

    /** The network that is evaluated: that which is trained, unless the rule evaluates other parameters. */
    private final Mlp evaluated;

    /** The parameters of the best epoch; null if they are not restored. */
    private final float[] best;

    FitLoop(Fit fit, Mlp mlp, Optimizer optimizer, Data training, Data validation) {
        this.fit = fit;
        this.mlp = mlp;
        this.optimizer = optimizer;
        checkFits("training", training, mlp);
        // The memory of both must be the same, not only as long.
        if (optimizer.parameters().length() != mlp.parameters().length()
                || !optimizer.parameters().overlaps(mlp.parameters())) {
            throw new IllegalArgumentException("optimizer must have the parameters of the network: "
                    + optimizer.parameters().length() + " floats, "
                    + mlp.parameters().length() + " in the network");
        }
        boolean averages = false;
        for (var group : optimizer.groups()) {
            averages |= group.rule().at(0).evaluation() != null;
        }
        evaluated = averages ? new Mlp(mlp.activation(), mlp.sizes()) : mlp;
        this.validation = validation == null ? null : new Validation(checkFits("validation", validation, mlp), mlp);
        batches = new Batches(training, fit.batch(), fit.seed(), fit.workers());
        gradients = mlp.gradients();
        boolean restores = fit.earlyStopping() != null && fit.earlyStopping().restoreBest();
        best = restores ? new float[(int) mlp.parameters().length()] : null;
    }

    private static Data checkFits(String name, Data data, Mlp mlp) {
        int[] sizes = mlp.sizes();
        Check.equal("inputs of " + name, data.inputs(), sizes[0], "inputs of the network");
        data.targets().checkRows(data.rows(), sizes[sizes.length - 1]);
        return data;
    }

    FitResult run() {
        List<Epoch> epochs = new ArrayList<>();
        Epoch lowest = null;
        double bound = Double.POSITIVE_INFINITY;
        int waited = 0;
        long step = optimizer.steps();
        boolean stopped = false;
        for (int number = 1 + (int) (step / batches.steps()); number <= fit.epochs() && !stopped; number++) {
            long begin = System.nanoTime();
            double loss = runSteps(step, number);
            double seconds = (System.nanoTime() - begin) / 1e9;
            step = number * batches.steps();
            Epoch epoch = validated(number, loss, seconds);
            epochs.add(epoch);
            Events.epoch(epoch.number(), epoch.steps(), loss, epoch.validationLoss(), epoch.accuracy(), seconds);
            for (FitListener listener : fit.listeners()) {
                listener.epoch(epoch);
            }
            if (lowest == null || epoch.monitored() < lowest.monitored()) {
                lowest = epoch;
            }
            if (fit.earlyStopping() != null) {
                if (epoch.monitored() < bound - fit.earlyStopping().minDelta()) {
                    bound = epoch.monitored();
                    waited = 0;
                } else {
                    waited++;
                }
                if (best != null && lowest == epoch) {
                    evaluated.parameters().copyTo(0, best, 0, best.length);
                }
                stopped = waited >= fit.earlyStopping().patience();
            }
        }
        if (best != null && lowest != null) {
            mlp.parameters().copyFrom(best, 0, 0, best.length);
        }
        return new FitResult(epochs, lowest, stopped);
    }

    /** {@return the mean loss of the rows of the steps of an epoch that are left} */
    private double runSteps(long step, int epoch) {
        double sum = 0, weight = 0;
        for (; step < epoch * batches.steps(); step++) {
            int rows = batches.gather(step);
            double divisor = batches.targets().weight(0, rows);
            double loss = mlp.forwardBackward(batches.x(), 0, batches.targets(), 0, rows, divisor);
            if (!Double.isFinite(loss)) {
                throw new ArithmeticException("the loss became " + loss + " at step " + (step + 1) + ", in epoch "
                        + epoch + " of " + fit.epochs() + ": try a smaller learning rate, clipping, or a warmup");
            }
            StepReport report = optimizer.step(gradients);
            for (int i = 0; i < fit.listeners().size(); i++) {
                fit.listeners().get(i).step(report, epoch, loss, rows);
            }
            sum += loss * divisor;
            weight += divisor;
        }
        return sum / weight;
    }

    private Epoch validated(int number, double loss, double seconds) {
        if (evaluated != mlp) {
            optimizer.copyEvaluationParameters(evaluated.parameters());
        }
        if (validation != null) {
            validation.run(evaluated);
        }
        return new Epoch(
                number,
                fit.epochs(),
                optimizer.steps(),
                loss,
                validation == null ? Double.NaN : validation.loss(),
                validation == null ? Double.NaN : validation.accuracy(),
                seconds);
    }
}
