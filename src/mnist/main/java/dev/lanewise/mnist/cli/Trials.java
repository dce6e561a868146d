package dev.lanewise.mnist.cli;

import dev.lanewise.Workers;
import dev.lanewise.fit.Batches;
import dev.lanewise.fit.Data;
import dev.lanewise.fit.Fit;
import dev.lanewise.fit.FitListener;
import dev.lanewise.fit.ModelGroups;
import dev.lanewise.fit.NonFiniteLossException;
import dev.lanewise.mnist.data.Split;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.BaseRate;
import dev.lanewise.mnist.train.Evaluation;
import dev.lanewise.mnist.train.EvaluationNetwork;
import dev.lanewise.mnist.train.TrainingMonitor;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.StepReport;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.tune.LearningRateRangeTest;
import dev.lanewise.tune.TrainingStep;
import dev.lanewise.tune.TrialResult;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.IntFunction;

/** The short trainings of {@code find-lr}. All have the initial weights and the batches of {@code train}. */
final class Trials {
    private final TrainingOptions setup;
    private final Mlp mlp;
    private final StepOptions options;
    private final Data images;
    private final int batch;
    private final Evaluation evaluation;

    Trials(TrainingOptions setup, Mlp mlp, Workers workers, Split split, int batch, int classes) {
        this.setup = setup;
        this.mlp = mlp;
        this.options = StepOptions.DEFAULT.withWorkers(workers).withClipping(setup.clipping());
        this.images = split.training().first(split.training().size());
        this.batch = batch;
        this.evaluation = split.validation() == null
                ? null
                : new Evaluation(Evaluation.Kind.VALIDATION, split.validation(), classes);
    }

    /** Runs the range test. The network is of no use after it, so nothing is to be restored. */
    LearningRateRangeTest.Result range(LearningRateRangeTest test, Progress progress) {
        double[] rate = new double[1];
        mlp.initialize(setup.seed());
        UpdateRule rule = BaseRate.follow(setup.rule(), step -> rate[0]);
        Optimizer optimizer = optimizer(layer -> rule, options);
        Batches batches = new Batches(images, batch, setup.seed(), options.workers());
        TrainingStep training = (learningRate, step) -> {
            rate[0] = learningRate;
            int rows = batches.gather(optimizer.steps());
            double loss = mlp.forwardBackward(batches.x(), 0, batches.targets(), 0, rows);
            if (Double.isFinite(loss)) {
                optimizer.step(mlp.gradients());
                progress.step(loss);
            }
            return loss;
        };
        try {
            return test.run(training, List.of(), () -> {});
        } catch (IllegalStateException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    /** Trains with a rate for each layer. */
    TrialResult run(double[] rates, int steps, Progress progress) {
        mlp.initialize(setup.seed());
        Optimizer optimizer = optimizer(layer -> setup.rule(rates[layer], "--to"), options.withStatistics(true));
        double[] losses = new double[steps];
        double[][] ratios = new double[steps][];
        Fit fit = new Fit(Integer.MAX_VALUE)
                .withSteps(steps)
                .withBatch(batch)
                .withSeed(setup.seed())
                .withWorkers(options.workers())
                .withListener(new FitListener() {
                    @Override
                    public void step(StepReport report, int epoch, double loss, int rows) {
                        int step = (int) report.step() - 1;
                        losses[step] = loss;
                        ratios[step] = weightRatios(report);
                        progress.step(loss);
                    }
                });
        try {
            fit.run(mlp, optimizer, images);
        } catch (NonFiniteLossException e) {
            int taken = (int) optimizer.steps();
            losses[taken] = e.loss();
            progress.skip(steps - taken);
            return new TrialResult(
                    Arrays.copyOf(losses, taken + 1), Arrays.copyOf(ratios, taken), OptionalDouble.empty());
        } catch (IllegalStateException e) {
            throw new UsageException(e.getMessage(), e);
        }
        if (evaluation == null) {
            return new TrialResult(losses, ratios, OptionalDouble.empty());
        }
        evaluation.run(new EvaluationNetwork(mlp, optimizer, options.workers()).current());
        if (evaluation.undefined() >= 0) {
            double[] diverged = Arrays.copyOf(losses, steps + 1);
            diverged[steps] = Double.NaN;
            return new TrialResult(diverged, ratios, OptionalDouble.empty());
        }
        return new TrialResult(losses, ratios, OptionalDouble.of(evaluation.accuracy()));
    }

    private Optimizer optimizer(IntFunction<UpdateRule> rule, StepOptions options) {
        return new Optimizer(mlp.parameters(), ModelGroups.of(mlp, i -> rule.apply(i / 2)), options);
    }

    /** Returns the update ratios of the weights alone: biases start at 0, so their ratio is meaningless. */
    private static double[] weightRatios(StepReport report) {
        return report.groups().stream()
                .filter(group -> group.name().endsWith(".weight"))
                .mapToDouble(TrainingMonitor::ratio)
                .toArray();
    }
}
