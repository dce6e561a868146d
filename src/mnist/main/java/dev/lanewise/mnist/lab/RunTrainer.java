package dev.lanewise.mnist.lab;

import dev.lanewise.Workers;
import dev.lanewise.fit.Fit;
import dev.lanewise.fit.FitListener;
import dev.lanewise.fit.ModelGroups;
import dev.lanewise.fit.NonFiniteLossException;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.train.Evaluation;
import dev.lanewise.mnist.train.EvaluationNetwork;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.StepReport;
import dev.lanewise.optim.UpdateRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Trains one run on the caller's thread alone. A layer, its weights and its biases, is one group of parameters. */
final class RunTrainer implements FitListener {
    private final Run run;
    private final LabData data;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final EvaluationNetwork network;
    private final Evaluation validation;
    private final float[] losses;
    private final float[] ratios;
    private final List<Result.Layer> layers;
    private final double[] accuracies;
    private int check;

    private RunTrainer(Run run, LabData data) {
        this.run = run;
        this.data = data;
        int classes = data.training().classes();
        int pixels = data.training().pixels();
        mlp = new Mlp(Stream.of(Stream.of(pixels), run.hidden().stream(), Stream.of(classes))
                .flatMap(sizes -> sizes)
                .mapToInt(size -> size)
                .toArray());
        mlp.initialize(run.seed());
        boolean statistics = run.norms() != Run.Norms.NONE;
        optimizer = new Optimizer(
                mlp.parameters(),
                groups(),
                StepOptions.DEFAULT
                        .withStatistics(statistics)
                        .withState(run.state())
                        .withStateSeed(run.seed()));
        network = new EvaluationNetwork(mlp, optimizer, Workers.caller());
        validation = run.checks() > 0 ? evaluation(Evaluation.Kind.VALIDATION, data.validation()) : null;
        losses = new float[run.steps()];
        ratios = new float[statistics ? run.steps() : 0];
        layers = run.norms() == Run.Norms.ALL
                ? Stream.generate(() -> new Result.Layer(
                                new float[run.steps()], new float[run.steps()], new float[run.steps()]))
                        .limit(run.hidden().size() + 1)
                        .toList()
                : List.of();
        accuracies = new double[run.checks()];
    }

    private Evaluation evaluation(Evaluation.Kind kind, DataSet images) {
        return new Evaluation(kind, images, data.training().classes());
    }

    private List<ParameterGroup> groups() {
        UpdateRule first = run.rule().at(0);
        if (first.needsMatrix() || !first.reductions().isEmpty()) {
            // Their norms and shapes are those of a weight or a bias.
            return ModelGroups.of(mlp, i -> run.rule());
        }
        List<Mlp.Parameter> ranges = mlp.parameterRanges();
        return IntStream.range(0, ranges.size() / 2)
                .mapToObj(i -> {
                    Mlp.Parameter weight = ranges.get(2 * i), bias = ranges.get(2 * i + 1);
                    UpdateRule rule = run.factors().isEmpty()
                            ? run.rule()
                            : run.rule()
                                    .withLearningRate(run.rule()
                                            .learningRate()
                                            .times(run.factors().get(i)));
                    int length = bias.from() + bias.length() - weight.from();
                    return new ParameterGroup("layers." + i, weight.from(), length, rule);
                })
                .toList();
    }

    static Result train(Run run, LabData data) {
        return new RunTrainer(run, data).train();
    }

    private Result train() {
        long begin = System.nanoTime();
        try {
            new Fit(Integer.MAX_VALUE)
                    .withSteps(run.steps())
                    .withBatch(run.batch())
                    .withSeed(run.seed())
                    .withListener(this)
                    .run(mlp, optimizer, data.training().first(run.images()));
        } catch (NonFiniteLossException e) {
            int taken = (int) optimizer.steps();
            losses[taken] = Float.NaN;
            return result(taken + 1, 0, begin);
        }
        if (!run.test()) {
            return result(run.steps(), Double.NaN, begin);
        }
        Evaluation test = evaluation(Evaluation.Kind.TEST, data.test());
        test.run(network.current());
        return result(run.steps(), test.accuracy(), begin);
    }

    @Override
    public void step(StepReport report, int epoch, double loss, int images) {
        int step = (int) report.step() - 1;
        losses[step] = (float) loss;
        note(report, step);
        if (check < accuracies.length && (step + 1L) * accuracies.length >= (check + 1L) * run.steps()) {
            validation.run(network.current());
            accuracies[check++] = validation.accuracy();
        }
    }

    private void note(StepReport report, int step) {
        if (ratios.length == 0) {
            return;
        }
        double largest = 0;
        for (int i = 0; i < report.groups().size(); i++) {
            StepReport.Group group = report.groups().get(i);
            largest = Math.max(largest, group.updateRatio());
            if (!layers.isEmpty()) {
                layers.get(i).update()[step] = finite(group.updateNorm());
                layers.get(i).weight()[step] = finite(group.parameterNorm());
                layers.get(i).largest()[step] = finite(group.largestUpdate());
            }
        }
        ratios[step] = finite(largest);
    }

    /** The norm of weights near the largest float is beyond it. */
    private static float finite(double value) {
        float rounded = (float) value;
        return Float.isFinite(rounded) ? rounded : Float.NaN;
    }

    private Result result(int steps, double test, long begin) {
        int applied = (int) optimizer.steps();
        List<Result.Layer> cut = new ArrayList<>();
        for (Result.Layer layer : layers) {
            cut.add(new Result.Layer(
                    Arrays.copyOf(layer.update(), applied),
                    Arrays.copyOf(layer.weight(), applied),
                    Arrays.copyOf(layer.largest(), applied)));
        }
        double tested = run.test() ? test : Double.NaN;
        double seconds = (System.nanoTime() - begin) / 1e9;
        return new Result(
                Arrays.copyOf(losses, steps),
                Arrays.copyOf(ratios, Math.min(applied, ratios.length)),
                cut,
                accuracies,
                tested,
                seconds);
    }
}
