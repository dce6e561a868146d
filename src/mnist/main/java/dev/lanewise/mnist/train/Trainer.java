package dev.lanewise.mnist.train;

import dev.lanewise.distributed.DataParallel;
import dev.lanewise.fit.Data;
import dev.lanewise.fit.Epoch;
import dev.lanewise.fit.Fit;
import dev.lanewise.fit.FitListener;
import dev.lanewise.fit.FitResult;
import dev.lanewise.fit.NonFiniteLossException;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepReport;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.tune.SpikeDetector.Finding;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The training of {@code train}: a {@link Fit}, with an evaluation, the log and the checkpoint after each epoch. */
public final class Trainer implements FitListener {
    private final Fit fit;
    private final Data images;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final DataParallel parallel;
    private final Rates rates;
    private final Outputs outputs;

    /** What the learning rate of each group is multiplied by, and the rates of the last step. */
    private final double[] units;

    private final double[] learningRates;

    /** What was measured before this process, from which its log goes on. */
    private ResumePoint resumed;

    /** When the training began, or would have begun if it had not been interrupted. */
    private long began;

    // The epoch at work, and the step that ends it.
    private int epoch;
    private long end;
    private long epochBegin;
    private double lossSum;

    /**
     * The part of the learning rates that does not follow from the step.
     *
     * @param plateau the schedule that observes a metric; or null
     * @param metric what it observes; or null
     * @param byName whether the log has a rate for each weight and bias, because they differ
     */
    public record Rates(ReduceOnPlateau plateau, PlateauMetric metric, boolean byName) {}

    /**
     * The outputs of a training.
     *
     * @param evaluation evaluates the images that are not trained on, after each epoch
     * @param network what is evaluated
     * @param monitor observes every step; or null
     * @param printed whether the monitor's findings are printed
     */
    public record Outputs(
            TrainingProgress progress,
            MetricsLog metrics,
            TrainingCheckpoint checkpoint,
            Evaluation evaluation,
            EvaluationNetwork network,
            TrainingMonitor monitor,
            boolean printed) {}

    /**
     * Makes a training that has taken no step.
     *
     * @param fit the recipe, which this training adds itself to
     * @param images what is trained on
     * @param parallel the steps of the ranks; null for a training without replicas
     */
    public Trainer(
            Fit fit, Data images, Mlp mlp, Optimizer optimizer, DataParallel parallel, Rates rates, Outputs outputs) {
        this.fit = fit.withListener(this);
        this.images = images;
        this.mlp = mlp;
        this.optimizer = optimizer;
        this.parallel = parallel;
        this.rates = rates;
        this.outputs = outputs;
        this.units = optimizer.groups().stream()
                .mapToDouble(group -> BaseRate.unit(group.rule()))
                .toArray();
        this.learningRates = new double[units.length];
    }

    /**
     * Trains for all epochs, or for those that the optimizer's steps have left.
     *
     * @param from the measurements of the steps that are taken already
     * @return the time in nanoseconds
     * @throws DivergedException when the loss or the weights are no longer finite
     */
    public long run(ResumePoint from) {
        resumed = from;
        began = System.nanoTime() - from.nanos();
        if (from.plateau() != null) {
            rates.plateau.restore(from.plateau());
        }
        FitResult result;
        try {
            result = parallel == null ? fit.run(mlp, optimizer, images) : fit.run(mlp, parallel, images);
        } catch (NonFiniteLossException e) {
            outputs.metrics.step(
                    e.step(), epoch, e.loss(), optimizer.report(), learningRates(optimizer.report()), rates.byName);
            if (outputs.monitor != null) {
                print(outputs.monitor.noStep(e.step(), e.loss()));
            }
            throw diverged("the loss became " + e.loss(), e.step());
        } catch (IllegalStateException e) {
            // Options that are legal alone can give a step with numbers beyond those of a float, which is not taken.
            throw new UsageException(e.getMessage(), e);
        }
        if (result.epochs().isEmpty()) {
            epoch = fit.epochs();
            evaluate(outputs.evaluation);
        }
        return System.nanoTime() - began;
    }

    @Override
    public void begin(int number, long done, long steps) {
        epoch = number;
        end = number * steps;
        outputs.progress.beginEpoch(number, done, steps);
        // Only the first epoch can have begun before.
        epochBegin = System.nanoTime() - (done > 0 ? resumed.epochNanos() : 0);
        lossSum = done > 0 ? resumed.lossSum() : 0;
    }

    @Override
    public void epoch(Epoch result) {
        checkWeights();
        Evaluation evaluation = outputs.evaluation;
        double loss = lossSum / images.rows();
        double seconds = (System.nanoTime() - epochBegin) / 1e9;
        evaluate(evaluation);
        outputs.progress.endEpoch(epoch, loss, evaluation, seconds);
        outputs.metrics.epoch(epoch, loss, evaluation, seconds);
        observe(loss);
        save(0, 0);
    }

    /**
     * Evaluates the network.
     *
     * @throws DivergedException if it has no finite output for an image, which finite weights can have too
     */
    public void evaluate(Evaluation evaluation) {
        evaluation.run(outputs.network.current());
        if (evaluation.undefined() >= 0) {
            throw diverged(
                    "the output for " + evaluation.name() + " image " + evaluation.undefined() + " is not finite",
                    optimizer.steps());
        }
    }

    /** Evaluates the trained network on the test images, unless the last epoch has done so. */
    public void evaluateLast(Evaluation tested) {
        if (tested != outputs.evaluation) {
            evaluate(tested);
        }
    }

    @Override
    public void step(StepReport report, int number, double loss, int rows) {
        outputs.metrics.step(report.step(), epoch, loss, report, learningRates(report), rates.byName);
        outputs.progress.step(loss);
        if (outputs.monitor != null) {
            print(outputs.monitor.step(loss, report, learningRates));
        }
        lossSum += loss * rows;
        // The end of the epoch is saved when it has been evaluated.
        if (report.step() < end && outputs.checkpoint.due()) {
            checkWeights();
            save(lossSum, System.nanoTime() - epochBegin);
        }
    }

    /** Gives the results of an epoch to the monitor and to the schedule. */
    private void observe(double loss) {
        Evaluation evaluation = outputs.evaluation;
        if (outputs.monitor != null) {
            outputs.monitor.epoch(
                    new TrainingMonitor.Epoch(optimizer.steps(), loss, evaluation.loss(), evaluation.accuracy()));
        }
        if (rates.plateau != null) {
            rates.plateau.observe(rates.metric.value(loss, evaluation));
        }
    }

    private void save(double lossSum, long epochNanos) {
        long now = System.nanoTime();
        outputs.metrics.force();
        outputs.checkpoint.save(outputs.metrics.point(lossSum, epochNanos, now - began, resumed));
    }

    private void print(List<Finding> findings) {
        if (outputs.printed) {
            findings.forEach(finding -> outputs.progress.print("watch: " + finding.text()));
        }
    }

    /** The loss of a batch is from before its step, so a step that ruins the weights shows in the weights alone. */
    private void checkWeights() {
        FloatSpan parameters = mlp.parameters();
        for (long i = 0; i < parameters.length(); i++) {
            if (!Float.isFinite(parameters.get(i))) {
                throw diverged("a weight became " + parameters.get(i), optimizer.steps());
            }
        }
    }

    private DivergedException diverged(String what, long step) {
        String last = Arrays.stream(learningRates(optimizer.report()))
                .mapToObj(rate -> String.format(Locale.ROOT, "%.3g", rate))
                .distinct()
                .collect(Collectors.joining(", "));
        return new DivergedException(String.format(
                Locale.ROOT,
                "%s at step %d, in epoch %d of %d, after a step with learning rate %s: try a smaller --lr,"
                        + " --clip-norm 1, or --schedule warmup-cosine, which begins with small steps",
                what,
                step,
                epoch,
                fit.epochs(),
                last));
    }

    private double[] learningRates(StepReport report) {
        for (int i = 0; i < units.length; i++) {
            learningRates[i] = units[i] * report.groups().get(i).learningRate();
        }
        return learningRates;
    }
}
