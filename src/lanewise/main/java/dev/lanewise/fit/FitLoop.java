package dev.lanewise.fit;

import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.Replicas;
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
    /** The steps of the ranks; null for a training of one process without replicas. */
    private final DataParallel parallel;

    private final int inputs;
    private final Batches batches;
    private final FloatSpan gradients;

    /** The losses of the replicas of a step. */
    private final double[] losses;

    /** Null without validation data. */
    private final Validation validation;

    /** The network that is evaluated: that which is trained, unless the rule evaluates other parameters. */
    private final Mlp evaluated;

    /** The parameters of the best epoch; null if they are not restored. */
    private final float[] best;

    FitLoop(Fit fit, Mlp mlp, Optimizer optimizer, DataParallel parallel, Data training, Data validation) {
        this.fit = fit;
        this.mlp = mlp;
        this.optimizer = optimizer;
        this.parallel = parallel;
        checkFits("training", training, mlp);
        // The memory of both must be the same, not only as long.
        FloatSpan updated = parallel == null ? optimizer.parameters() : parallel.weights();
        if (updated.length() != mlp.parameters().length() || !updated.overlaps(mlp.parameters())) {
            throw new IllegalArgumentException("optimizer must have the parameters of the network: " + updated.length()
                    + " floats, " + mlp.parameters().length() + " in the network");
        }
        boolean restores = fit.earlyStopping() != null && fit.earlyStopping().restoreBest();
        best = restores ? new float[(int) mlp.parameters().length()] : null;
        boolean averages = false;
        for (var group : optimizer.groups()) {
            averages |= group.rule().at(0).evaluation() != null;
        }
        evaluated = averages && (restores || validation != null) ? new Mlp(mlp.activation(), mlp.sizes()) : mlp;
        this.validation = validation == null ? null : new Validation(checkFits("validation", validation, mlp), mlp);
        inputs = training.inputs();
        batches = new Batches(training, fit.batch(), fit.seed(), fit.workers());
        gradients = mlp.gradients();
        losses = new double[parallel == null ? 0 : parallel.replicas().count()];
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
        for (int number = 1 + (int) (step / batches.steps());
                number <= fit.epochs() && step < fit.steps() && !stopped;
                number++) {
            for (FitListener listener : fit.listeners()) {
                listener.begin(number, step % batches.steps(), batches.steps());
            }
            long begin = System.nanoTime();
            long end = Math.min(number * batches.steps(), fit.steps());
            double loss = runSteps(step, end, number);
            double seconds = (System.nanoTime() - begin) / 1e9;
            step = end;
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
    private double runSteps(long step, long end, int epoch) {
        double sum = 0, weight = 0;
        for (; step < end; step++) {
            int rows = batches.count(step);
            Replicas own = gather(step, rows);
            double divisor = batches.targets().weight(0, rows);
            double loss = own == null
                    ? mlp.forwardBackward(batches.x(), 0, batches.targets(), 0, rows, divisor)
                    : microGradients(own, rows, divisor);
            if (!Double.isFinite(loss)) {
                throw new NonFiniteLossException(loss, step + 1, epoch, fit.epochs());
            }
            StepReport report = parallel == null ? optimizer.step(gradients) : parallel.step(1);
            for (int i = 0; i < fit.listeners().size(); i++) {
                fit.listeners().get(i).step(report, epoch, loss, rows);
            }
            sum += loss * divisor;
            weight += divisor;
        }
        return sum / weight;
    }

    /** {@return the replicas of this rank, whose rows are gathered; null for all rows} */
    private Replicas gather(long step, int rows) {
        if (parallel == null) {
            batches.gather(step);
            return null;
        }
        Replicas own = parallel.begin(rows);
        batches.gather(step, own.row(rows, own.from()), own.row(rows, own.end()));
        return own;
    }

    /** {@return the loss of the whole batch, whose gradient the ranks have then} */
    private double microGradients(Replicas own, int batch, double divisor) {
        for (int i = own.from(), end; i < own.end(); i = end) {
            end = own.subtree(i);
            int row = own.row(batch, i);
            mlp.forwardBackward(batches.x(), row * inputs, batches.targets(), row, own, i, end, batch, divisor, losses);
            parallel.add(i, end, gradients, losses);
        }
        return parallel.reduce();
    }

    private Epoch validated(int number, double loss, double seconds) {
        if (evaluated != mlp) {
            if (parallel == null) {
                optimizer.copyEvaluationParameters(evaluated.parameters());
            } else {
                parallel.copyEvaluationParameters(evaluated.parameters());
            }
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
