package dev.lanewise.mnist.lab;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/** Counts the runs that the experiments ask for, and gives each a plausible result without training. */
final class DryRun implements RunSource {
    /** The rate below which runs train and from which they diverge: inside the grids, so that the searches bisect. */
    private static final double LIMIT = 0.2;

    private final Set<Run> runs = ConcurrentHashMap.newKeySet();

    @Override
    public List<Result> of(List<Run> requested) {
        runs.addAll(requested);
        return requested.stream().map(DryRun::imagined).toList();
    }

    /** {@return how many different runs there are} */
    int runs() {
        return runs.size();
    }

    /** {@return about how long all runs take, in microseconds of one core} */
    double work(LabData data) {
        return runs.stream().mapToDouble(run -> run.work(data)).sum();
    }

    private static Result imagined(Run run) {
        boolean diverges =
                Stream.concat(Stream.of(1.0), run.factors().stream()).anyMatch(factor -> factor * run.rate() >= LIMIT);
        float[] losses = new float[run.steps()];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = 2 / (1 + i);
        }
        losses[losses.length - 1] = diverges ? Float.NaN : 0.1f;
        float[] norms = new float[run.steps()];
        Arrays.fill(norms, 0.1f);
        double[] accuracies = new double[run.checks()];
        Arrays.fill(accuracies, 0.5);
        List<Result.Layer> layers = run.norms() == Run.Norms.ALL
                ? Collections.nCopies(run.hidden().size() + 1, new Result.Layer(norms, norms, norms))
                : List.of();
        float[] ratios = run.norms() == Run.Norms.NONE ? new float[0] : norms;
        return new Result(losses, ratios, layers, accuracies, run.test() ? 0.5 : Double.NaN, 0);
    }
}
