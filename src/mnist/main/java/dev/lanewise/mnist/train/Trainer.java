package dev.lanewise.mnist.train;

import dev.lanewise.distributed.DataParallel;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.Batches;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepReport;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.tune.SpikeDetector.Finding;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The training of {@code train}: epochs of the training loop, with an evaluation, the log and the checkpoint after each. */
public final class Trainer {
    private final Batches batches;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final int epochs;
    private final long steps;
    private final Rates rates;
    private final Outputs outputs;
    private final TrainingLoop loop;

    /** What the learning rate of each group is multiplied by, and the rates of the last step. */
    private final double[] units;

    private final double[] learningRates;

    /** What was measured before this process, from which its log goes on. */
    private ResumePoint resumed;

    /** When the training began, or would have begun if it had not been interrupted. */
    private long begin;

    // The epoch at work.
    private int epoch;
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
     * @param parallel the steps of the ranks; null for a training without replicas
     */
    public Trainer(
            Batches batches,
            Mlp mlp,
            Optimizer optimizer,
            DataParallel parallel,
            int epochs,
            Rates rates,
            Outputs outputs) {
        this.batches = batches;
        this.mlp = mlp;
        this.optimizer = optimizer;
        this.epochs = epochs;
        this.steps = batches.steps();
        this.rates = rates;
        this.outputs = outputs;
        this.units = optimizer.groups().stream()
                .mapToDouble(group -> BaseRate.unit(group.rule()))
                .toArray();
        this.learningRates = new double[units.length];
        this.loop = new TrainingLoop(batches, mlp, optimizer, parallel, this::taken);
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
        begin = System.nanoTime() - from.nanos();
        if (from.plateau() != null) {
            rates.plateau.restore(from.plateau());
        }
        epoch = 1 + (int) (optimizer.steps() / steps);
        Evaluation evaluation = outputs.evaluation;
        if (epoch > epochs) {
            evaluate(evaluation);
        }
        for (; epoch <= epochs; epoch++) {
            outputs.progress.beginEpoch(epoch, optimizer.steps() % steps, steps);
            epochBegin = System.nanoTime() - from.epochNanos();
            lossSum = from.lossSum();
            runEpoch();
            double loss = lossSum / batches.images();
            double seconds = (System.nanoTime() - epochBegin) / 1e9;
            evaluate(evaluation);
            outputs.progress.endEpoch(epoch, loss, evaluation, seconds);
            outputs.metrics.epoch(epoch, loss, evaluation, seconds);
            observe(loss);
            from = ResumePoint.START;
            save(0, 0);
        }
        return System.nanoTime() - begin;
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

    /** Takes the epoch's steps that are left. */
    private void runEpoch() {
        double loss = loop.run(epoch * steps);
        if (!Double.isFinite(loss)) {
            long failed = optimizer.steps() + 1;
            outputs.metrics.step(
                    failed, epoch, loss, optimizer.report(), learningRates(optimizer.report()), rates.byName);
            if (outputs.monitor != null) {
                print(outputs.monitor.noStep(failed, loss));
            }
            throw diverged("the loss became " + loss, failed);
        }
        checkWeights();
    }

    private void taken(StepReport report, double loss, int images) {
        outputs.metrics.step(report.step(), epoch, loss, report, learningRates(report), rates.byName);
        outputs.progress.step(loss);
        if (outputs.monitor != null) {
            print(outputs.monitor.step(loss, report, learningRates));
        }
        lossSum += loss * images;
        // The end of the epoch is saved when it has been evaluated.
        if (report.step() < epoch * steps && outputs.checkpoint.due()) {
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
        outputs.checkpoint.save(outputs.metrics.point(lossSum, epochNanos, now - begin, resumed));
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
                Math.min(epoch, epochs),
                epochs,
                last));
    }

    private double[] learningRates(StepReport report) {
        for (int i = 0; i < units.length; i++) {
            learningRates[i] = units[i] * report.groups().get(i).learningRate();
        }
        return learningRates;
    }
}
