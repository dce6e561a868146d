package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.optim.Lbfgs;
import dev.lanewise.optim.LbfgsOptions;
import dev.lanewise.optim.LineSearch;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.schedule.Cosine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Compares L-BFGS with Breeze's and with SGD on {@link SoftmaxRegression}: how many evaluations, and how much time, to within a
 * distance of the minimum. The two take turns, because the machine's speed changes.
 */
final class LbfgsComparison {
    private static final int HISTORY = 10, BATCH = 128;
    private static final int WARM_UP = 10;
    private static final double[] DISTANCES = {1e-2, 1e-3, 1e-4, 1e-5};
    private static final double[] RATES = {0.02, 0.05, 0.1, 0.2, 0.5};

    private final SoftmaxRegression regression;
    private final Workers workers;
    private final int iterations;

    LbfgsComparison(Path folder, Workers workers, int iterations) throws IOException {
        this.workers = workers;
        this.iterations = iterations;
        this.regression = new SoftmaxRegression(folder, workers);
    }

    /** What a minimization did: the losses of its evaluations with their times, the nanoseconds, and those outside of the function. */
    private record Outcome(int iterations, double[] losses, long[] times, long total, long outside, double accuracy) {
        double least() {
            return Arrays.stream(losses).min().orElseThrow();
        }

        /** The number of evaluations up to the first with this loss, or 0. */
        int evaluationsTo(double loss) {
            for (int i = 0; i < losses.length; i++) {
                if (losses[i] <= loss) {
                    return i + 1;
                }
            }
            return 0;
        }
    }

    private Outcome outcome(int iterations) {
        long total = regression.elapsed();
        int count = regression.evaluations;
        return new Outcome(
                iterations,
                Arrays.copyOf(regression.losses, count),
                Arrays.copyOf(regression.times, count),
                total,
                total - regression.inside,
                regression.accuracy());
    }

    private Outcome lanewise() {
        regression.begin();
        LbfgsOptions options = LbfgsOptions.DEFAULT
                .withLineSearch(LineSearch.strongWolfe())
                .withHistorySize(HISTORY)
                .withMaxIterations(iterations)
                .withTolerances(1e-7, 1e-10)
                .withWorkers(workers);
        Lbfgs lbfgs = new Lbfgs(regression.mlp.parameters(), options);
        lbfgs.step((parameters, gradient) -> {
            double loss = regression.evaluate();
            gradient.copyFrom(regression.mlp.gradients());
            return loss;
        });
        Outcome outcome = outcome(lbfgs.report().iterations());
        System.out.println("  " + lbfgs.report());
        return outcome;
    }

    private Outcome breeze() {
        return outcome(BreezeLbfgs.minimize(regression, iterations, HISTORY, 1e-10));
    }

    /** Trains by SGD with momentum for some epochs at a rate that falls to 0, and returns its loss over all images. */
    private double sgd(double rate, int epochs) {
        regression.begin();
        int images = regression.labels.length, pixels = regression.images.length / images;
        int steps = epochs * (images / BATCH);
        Sgd rule = new Sgd(new Cosine(rate, steps)).withMomentum(0.9).withWeightDecay(SoftmaxRegression.LAMBDA);
        Optimizer optimizer = new Optimizer(regression.mlp.parameters(), rule);
        SplittableRandom random = new SplittableRandom(1);
        float[] x = new float[BATCH * pixels];
        int[] y = new int[BATCH];
        for (int step = 0; step < steps; step++) {
            for (int i = 0; i < BATCH; i++) {
                int image = random.nextInt(images);
                System.arraycopy(regression.images, image * pixels, x, i * pixels, pixels);
                y[i] = regression.labels[image];
            }
            regression.mlp.forwardBackward(x, 0, y, 0, BATCH);
            optimizer.step(regression.mlp.gradients());
        }
        return regression.evaluate();
    }

    void run(int rounds, int epochs) {
        List<Outcome> ours = new ArrayList<>(), theirs = new ArrayList<>();
        // C2 compiles the products meanwhile.
        regression.begin();
        for (int i = 0; i < WARM_UP; i++) {
            regression.evaluate();
        }
        for (int round = 0; round < rounds; round++) {
            ours.add(lanewise());
            print("Lanewise", ours.getLast());
            theirs.add(breeze());
            print("Breeze", theirs.getLast());
        }
        double minimum = Math.min(ours.get(0).least(), theirs.get(0).least());
        System.out.printf("%nthe least loss %.8f; medians of %d rounds in turn%n", minimum, rounds);
        System.out.println("| distance | Lanewise: evaluations | seconds | Breeze: evaluations | seconds |");
        for (double distance : DISTANCES) {
            System.out.printf(
                    "| %.0e | %s | %s |%n", distance, cell(ours, minimum + distance), cell(theirs, minimum + distance));
        }
        System.out.printf(
                "microseconds an iteration outside of the function: Lanewise %.1f, Breeze %.1f%n",
                outside(ours), outside(theirs));
        for (double rate : RATES) {
            double loss = sgd(rate, epochs);
            System.out.printf(
                    "SGD, momentum 0.9, cosine from %.2f, %d epochs of batches of %d: loss %.6f (%.1e above), accuracy"
                            + " %.4f, %.1f s%n",
                    rate, epochs, BATCH, loss, loss - minimum, regression.accuracy(), regression.elapsed() / 1e9);
        }
    }

    private static void print(String name, Outcome outcome) {
        System.out.printf(
                "%s: %d iterations, %d evaluations, loss %.8f, accuracy %.4f, %.2f s%n",
                name,
                outcome.iterations,
                outcome.losses.length,
                outcome.least(),
                outcome.accuracy,
                outcome.total / 1e9);
    }

    private static String cell(List<Outcome> outcomes, double loss) {
        int evaluations = outcomes.get(0).evaluationsTo(loss);
        if (evaluations == 0) {
            return "never | –";
        }
        return evaluations + " | "
                + "%.2f"
                        .formatted(median(outcomes.stream()
                                .mapToDouble(each -> each.times[evaluations - 1] / 1e9)
                                .toArray()));
    }

    private static double outside(List<Outcome> outcomes) {
        return median(outcomes.stream()
                .mapToDouble(each -> each.outside / 1e3 / each.iterations)
                .toArray());
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        return (values[(values.length - 1) / 2] + values[values.length / 2]) / 2;
    }
}
