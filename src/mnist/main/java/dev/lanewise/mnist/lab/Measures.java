package dev.lanewise.mnist.lab;

import dev.lanewise.report.Series;
import dev.lanewise.tune.Judge;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** What is taken of the same run with several seeds. */
public final class Measures {
    private Measures() {}

    public static double mean(List<Result> seeds, ToDoubleFunction<Result> value) {
        return seeds.stream().mapToDouble(value).sum() / seeds.size();
    }

    public static SeedStatistics accuracy(List<Result> seeds) {
        return SeedStatistics.of(seeds.stream().mapToDouble(Result::accuracy).toArray());
    }

    public static SeedStatistics test(List<Result> seeds) {
        return SeedStatistics.of(seeds.stream().mapToDouble(Result::test).toArray());
    }

    /** The first of the rates at which the mean accuracy on the validation images is highest. */
    public static int best(List<List<Result>> grid) {
        return IntStream.range(0, grid.size())
                .boxed()
                .max((a, b) -> {
                    int order = Double.compare(
                            accuracy(grid.get(a)).mean(), accuracy(grid.get(b)).mean());
                    return order == 0 ? Integer.compare(b, a) : order;
                })
                .orElseThrow();
    }

    public static boolean trains(Result result) {
        return new Judge().of(result.outcome()) == dev.lanewise.tune.Verdict.TRAINS;
    }

    /** What became of the seeds, such as "2 trains, 1 spiked". */
    public static String judged(List<Result> seeds) {
        Map<dev.lanewise.tune.Verdict, Integer> counts = new EnumMap<>(dev.lanewise.tune.Verdict.class);
        for (Result result : seeds) {
            counts.merge(new Judge().of(result.outcome()), 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .map(entry -> (counts.size() == 1 ? "" : entry.getValue() + " ")
                        + entry.getKey().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    public static String rates(double... rates) {
        return Arrays.stream(rates).mapToObj(Format::rate).collect(Collectors.joining(", "));
    }

    /** The accuracy on the validation images against the epochs. */
    public static Series accuracies(String name, List<Result> seeds, double epochs) {
        int checks = seeds.getFirst().accuracies().length;
        double[] x = Curves.row(checks, i -> epochs * (i + 1) / checks);
        return Curves.of(
                name,
                x,
                seeds.stream()
                        .map(result -> Curves.row(checks, i -> 100 * result.accuracies()[i]))
                        .toList());
    }

    public static <T> List<T> repeat(T item, int times) {
        return Collections.nCopies(times, item);
    }
}
