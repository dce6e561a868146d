package dev.lanewise.mnist.lab;

import dev.lanewise.linalg.Softmax;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.StepReport;
import dev.lanewise.schedule.Schedule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Trains one run on the caller's thread alone. A layer, its weights and its biases, is one group of parameters. */
final class Trainee {
    private static final int BLOCK = 500;

    private final Run run;
    private final Material material;
    private final Mlp mlp;
    private final Optimizer optimizer;
    private final int batch;
    private final float[] x;
    private final int[] y;
    private final float[] logits;
    private final float[] losses;
    private final float[] ratios;
    private final List<Result.Layer> layers;
    private final double[] accuracies;

    private Trainee(Run run, Material material) {
        this.run = run;
        this.material = material;
        int classes = material.training().classes();
        int pixels = material.training().pixels();
        mlp = new Mlp(Stream.of(Stream.of(pixels), run.hidden().stream(), Stream.of(classes))
                .flatMap(sizes -> sizes)
                .mapToInt(size -> size)
                .toArray());
        mlp.initialize(run.seed());
        boolean statistics = run.norms() != Run.Norms.NONE;
        optimizer = new Optimizer(mlp.parameters(), groups(), StepOptions.DEFAULT.withStatistics(statistics));
        batch = Math.min(run.batch(), run.images());
        x = new float[Math.max(batch, BLOCK) * pixels];
        y = new int[Math.max(batch, BLOCK)];
        logits = new float[BLOCK * classes];
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

    private List<ParameterGroup> groups() {
        List<Mlp.Parameter> ranges = mlp.parameterRanges();
        return IntStream.range(0, ranges.size() / 2)
                .mapToObj(i -> {
                    Mlp.Parameter weight = ranges.get(2 * i), bias = ranges.get(2 * i + 1);
                    Schedule rate = run.factors().isEmpty()
                            ? run.schedule()
                            : run.schedule().times(run.factors().get(i));
                    int length = bias.from() + bias.length() - weight.from();
                    return new ParameterGroup("layers." + i, weight.from(), length, run.rule(), rate);
                })
                .toList();
    }

    static Result train(Run run, Material material) {
        return new Trainee(run, material).train();
    }

    private Result train() {
        long begin = System.nanoTime();
        FloatSpan gradients = mlp.gradients();
        int[] order = new int[run.images()];
        int epoch = 0;
        int next = order.length;
        int check = 0;
        for (int step = 0; step < run.steps(); step++) {
            if (next == order.length) {
                material.order().fill(order, run.seed(), ++epoch);
                next = 0;
            }
            int count = Math.min(batch, order.length - next);
            material.training().gather(order, next, count, x, y);
            next += count;
            double loss = mlp.forwardBackward(x, 0, y, 0, count);
            losses[step] = Double.isFinite(loss) ? (float) loss : Float.NaN;
            if (Float.isNaN(losses[step])) {
                return result(step + 1, 0, begin);
            }
            note(optimizer.step(gradients), step);
            if (check < accuracies.length && (step + 1L) * accuracies.length >= (check + 1L) * run.steps()) {
                int from = material.training().size() - material.validation();
                accuracies[check++] = accuracy(material.training(), from, material.validation());
            }
        }
        double test = run.test() ? accuracy(material.test(), 0, material.test().size()) : Double.NaN;
        return result(run.steps(), test, begin);
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

    private double accuracy(Images images, int from, int count) {
        int classes = material.training().classes();
        int correct = 0;
        for (int i = 0; i < count; i += BLOCK) {
            int rows = Math.min(BLOCK, count - i);
            images.gather(null, from + i, rows, x, y);
            mlp.predict(x, 0, rows, logits, 0);
            for (int row = 0; row < rows; row++) {
                correct += Softmax.argmax(logits, row * classes, classes) == y[row] ? 1 : 0;
            }
        }
        return (double) correct / count;
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
