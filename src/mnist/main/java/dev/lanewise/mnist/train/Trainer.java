package dev.lanewise.mnist.train;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.cli.Progress;
import dev.lanewise.mnist.cli.ScheduleOption;
import dev.lanewise.mnist.data.Batches;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepReport;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.tune.SpikeDoctor.Finding;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The training loop. Each epoch takes the images in an order that follows from the seed and the number of the epoch; the
 * last batch is as large as what is left. A step allocates nothing, unless somebody watches it.
 */
public final class Trainer {
    private final Batches batches;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final int epochs;
    private final long steps;
    private final Rates rates;
    private final Outputs outputs;
    /** When the training began, or would have begun if it had not been interrupted. */
    private long begin;

    /**
     * What the learning rates depend on besides the step.
     *
     * @param plateau the schedule that looks at what was measured; or null
     * @param metric what it looks at; or null
     * @param byName whether not all weights and biases have the same rate
     */
    public record Rates(ReduceOnPlateau plateau, ScheduleOption.Metric metric, boolean byName) {}

    /**
     * Where a training tells how it goes.
     *
     * @param evaluation of the images that it does not train on, after each epoch
     * @param watch looks at every step; or null
     * @param aloud whether what is found then is printed
     */
    public record Outputs(
            Progress progress,
            MetricsLog metrics,
            TrainingCheckpoint saves,
            Evaluation evaluation,
            TrainingMonitor watch,
            boolean aloud) {}

    public Trainer(Batches batches, Mlp mlp, Optimizer optimizer, int epochs, Rates rates, Outputs outputs) {
        this.batches = batches;
        this.mlp = mlp;
        this.optimizer = optimizer;
        this.epochs = epochs;
        this.steps = batches.steps();
        this.rates = rates;
        this.outputs = outputs;
    }

    /**
     * Trains for all epochs, or for what the optimizer's steps have left of them.
     *
     * @param position what was measured in the steps that are taken already
     * @return the time in nanoseconds
     * @throws DivergedException when the loss or the weights are no longer finite
     */
    public long run(ResumePoint position) {
        begin = System.nanoTime() - position.nanos();
        Evaluation evaluation = outputs.evaluation;
        if (position.plateau() != null) {
            rates.plateau.restore(position.plateau());
        }
        int epoch = 1 + (int) (optimizer.steps() / steps);
        if (epoch > epochs) {
            evaluation.run();
        }
        for (; epoch <= epochs; epoch++) {
            outputs.progress.beginEpoch(epoch, optimizer.steps() % steps, steps);
            long start = System.nanoTime() - position.epochNanos();
            double loss = epoch(epoch, position.lossSum(), start);
            double seconds = (System.nanoTime() - start) / 1e9;
            evaluation.run();
            outputs.progress.endEpoch(epoch, loss, evaluation, seconds);
            outputs.metrics.epoch(epoch, loss, evaluation, seconds);
            observe(loss);
            position = ResumePoint.START;
            save(0, 0);
        }
        return System.nanoTime() - begin;
    }

    /** Lets the schedule and the report know what an epoch gave. */
    private void observe(double loss) {
        Evaluation evaluation = outputs.evaluation;
        if (outputs.watch != null) {
            outputs.watch.epoch(
                    new TrainingMonitor.Epoch(optimizer.steps(), loss, evaluation.loss(), evaluation.accuracy()));
        }
        if (rates.plateau != null) {
            rates.plateau.observe(
                    switch (rates.metric) {
                        case TRAINING_LOSS -> loss;
                        case VALIDATION_LOSS -> evaluation.loss();
                        case VALIDATION_ACCURACY -> evaluation.accuracy();
                    });
        }
    }

    private void save(double lossSum, long epochNanos) {
        long now = System.nanoTime();
        outputs.saves.save(new ResumePoint(lossSum, epochNanos, now - begin, outputs.metrics.force()));
    }

    /** Batches in an epoch. */
    public static long steps(int size, int batch) {
        return ((long) size + batch - 1) / batch;
    }

    /** One pass over the images, or the rest of one; returns the mean of their losses. */
    private double epoch(int epoch, double sum, long start) {
        FloatSpan gradients = mlp.gradients();
        long end = epoch * steps;
        while (optimizer.steps() < end) {
            int count = batches.gather(optimizer.steps());
            double loss = mlp.forwardBackward(batches.x(), 0, batches.y(), 0, count);
            if (!Double.isFinite(loss)) {
                outputs.metrics.step(optimizer.steps() + 1, epoch, loss, optimizer.report(), rates.byName);
                if (outputs.watch != null) {
                    say(outputs.watch.noStep(optimizer.steps() + 1, loss));
                }
                throw diverged("the loss became " + loss, optimizer.steps() + 1, epoch);
            }
            StepReport report = optimizer.step(gradients);
            outputs.metrics.step(report.step(), epoch, loss, report, rates.byName);
            outputs.progress.step(loss);
            if (outputs.watch != null) {
                say(outputs.watch.step(loss, report));
            }
            sum += loss * count;
            // The end of the epoch is saved when it has been evaluated.
            if (optimizer.steps() < end && outputs.saves.due()) {
                checkWeights(epoch);
                save(sum, System.nanoTime() - start);
            }
        }
        checkWeights(epoch);
        return sum / batches.images();
    }

    private void say(List<Finding> findings) {
        if (outputs.aloud) {
            findings.forEach(finding -> outputs.progress.say("watch: " + finding.text()));
        }
    }

    /** The loss of the last batch says nothing of what its step did. */
    private void checkWeights(int epoch) {
        FloatSpan parameters = mlp.parameters();
        for (long i = 0; i < parameters.length(); i++) {
            if (!Float.isFinite(parameters.get(i))) {
                throw diverged("a weight became " + parameters.get(i), optimizer.steps(), epoch);
            }
        }
    }

    private DivergedException diverged(String what, long step, int epoch) {
        String learningRates = optimizer.report().groups().stream()
                .map(group -> String.format(Locale.ROOT, "%.3g", group.learningRate()))
                .distinct()
                .collect(Collectors.joining(", "));
        return new DivergedException(String.format(
                Locale.ROOT,
                "%s at step %d, in epoch %d of %d, after a step with learning rate %s: try a smaller --lr,"
                        + " --clip-norm 1, or --schedule warmup-cosine, which begins with small steps",
                what,
                step,
                epoch,
                epochs,
                learningRates));
    }
}
