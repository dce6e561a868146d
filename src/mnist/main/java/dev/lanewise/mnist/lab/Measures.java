package dev.lanewise.mnist.lab;

import dev.lanewise.report.Series;
import dev.lanewise.tune.TrialCriteria;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/** Quantities of one run that was repeated with several seeds. */
public final class Measures {
    private Measures() {}

    /** {@return a quantity with each seed} */
    public static SeedStatistics of(List<Result> seeds, ToDoubleFunction<Result> value) {
        return SeedStatistics.of(seeds.stream().mapToDouble(value).toArray());
    }

    /** {@return the accuracy on the validation images with each seed} */
    public static SeedStatistics accuracy(List<Result> seeds) {
        return of(seeds, Result::accuracy);
    }

    /** {@return the accuracy on the test images with each seed} */
    public static SeedStatistics test(List<Result> seeds) {
        return of(seeds, Result::test);
    }

    /** {@return whether a run trains, by the library's criteria} */
    public static boolean trains(Result result) {
        return new TrialCriteria().of(result.outcome()) == dev.lanewise.tune.TrialVerdict.TRAINS;
    }

    /** {@return what became of the runs, such as "2 trains, 1 spiked"} */
    public static String judged(List<Result> seeds) {
        Map<dev.lanewise.tune.TrialVerdict, Integer> counts = new EnumMap<>(dev.lanewise.tune.TrialVerdict.class);
        for (Result result : seeds) {
            counts.merge(new TrialCriteria().of(result.outcome()), 1, Integer::sum);
        }
        return counts.entrySet().stream()
                .map(entry -> (counts.size() == 1 ? "" : entry.getValue() + " ")
                        + entry.getKey().name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
    }

    /** {@return the losses of each seed, for {@link Curves}} */
    public static List<float[]> losses(List<Result> seeds) {
        return seeds.stream().map(Result::losses).toList();
    }

    /** {@return rates with commas} */
    public static String rates(double... rates) {
        return Arrays.stream(rates).mapToObj(Format::rate).collect(Collectors.joining(", "));
    }

    /** {@return the accuracy on the validation images against the epochs} */
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
}
