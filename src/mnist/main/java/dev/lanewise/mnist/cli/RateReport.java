package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.Split;
import dev.lanewise.tune.LearningRateRangeTest;
import dev.lanewise.tune.LearningRateSearch;
import dev.lanewise.tune.TrialResult;
import dev.lanewise.tune.TrialVerdict;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.stream.Collectors;

/** The lines that {@code find-lr} prints. */
final class RateReport {
    private final PrintWriter out;

    RateReport(PrintWriter out) {
        this.out = out;
    }

    /** Prints what will be trained. */
    void begin(int[] sizes, String optimizer, int batch, Split split) {
        String network = Arrays.stream(sizes).mapToObj(String::valueOf).collect(Collectors.joining("-"));
        out.println(network + " with " + optimizer + ", batches of " + batch + " of "
                + split.training().size() + " images"
                + (split.validation() == null ? "" : ", " + split.validation().size() + " held out"));
    }

    /**
     * Prints the suggestions of a range test.
     *
     * @param steps how many steps it was to take
     */
    void range(LearningRateRangeTest.Result result, int steps) {
        double last = result.points().getLast().learningRate();
        out.println(
                result.points().size() < steps
                        ? "the loss blew up at " + rate(last)
                        : "the loss did not blow up: a higher --to may tell more");
        suggestion("valley", result.valley(), "half-way through the longest fall, fastai's choice");
        suggestion("slide", result.slide(), "where the slope, seen from the end, begins to be even");
        suggestion("minimum", result.minimum(), "a tenth of the rate with the lowest loss");
        suggestion("steep", result.steep(), "where the loss falls fastest");
        out.println(
                result.valley().isPresent()
                        ? "try --lr " + rate(result.valley().getAsDouble())
                        : "no suggestion: the curve has too few points; try more --steps or a lower --from");
    }

    private void suggestion(String name, OptionalDouble rate, String meaning) {
        if (rate.isPresent()) {
            out.println(String.format(Locale.ROOT, "%-8s %-10s %s", name, rate(rate.getAsDouble()), meaning));
        }
    }

    /** Returns the line of a training: its rates, the verdict, and what it reached. */
    static String line(double[] rates, TrialVerdict verdict, TrialResult outcome) {
        double[] losses = outcome.losses();
        String text = Arrays.stream(rates).distinct().count() == 1 ? rate(rates[0]) : rates(rates);
        return String.format(
                        Locale.ROOT,
                        "%-10s %-9s last loss %-9s%s",
                        text,
                        verdict.name().toLowerCase(Locale.ROOT),
                        loss(losses[losses.length - 1]),
                        outcome.accuracy().isPresent()
                                ? String.format(
                                        Locale.ROOT,
                                        " validation accuracy %5.2f %%",
                                        100 * outcome.accuracy().getAsDouble())
                                : "")
                .stripTrailing();
    }

    private static String loss(double loss) {
        return loss < 1e5 ? String.format(Locale.ROOT, "%.4f", loss) : String.format(Locale.ROOT, "%.1e", loss);
    }

    /** Prints what a search found. */
    void explain(String name, LearningRateSearch.Result result) {
        out.println(name + ": "
                + (result.limit().isPresent()
                        ? "too high from " + rate(result.limit().getAsDouble())
                        : "nothing was too high, so a higher --to may tell more")
                + (result.largest().isPresent()
                        ? "; the largest that trains is "
                                + rate(result.largest().getAsDouble())
                        : "; none trains: try a lower --from, or more --steps")
                + accuracy(result));
    }

    /** Returns the accuracy at the best rate; empty without validation. */
    private static String accuracy(LearningRateSearch.Result result) {
        return result.attempts().stream()
                .filter(attempt -> result.best().isPresent()
                        && attempt.learningRate() == result.best().getAsDouble()
                        && attempt.result().accuracy().isPresent())
                .map(attempt -> String.format(
                        Locale.ROOT,
                        "; the best on images held out is %s with %.2f %%",
                        rate(attempt.learningRate()),
                        100 * attempt.result().accuracy().getAsDouble()))
                .findFirst()
                .orElse("");
    }

    /** Returns the rates as {@code --layer-lr} takes them. */
    static String rates(double[] rates) {
        return Arrays.stream(rates).mapToObj(RateReport::rate).collect(Collectors.joining(","));
    }

    /** Returns a rate with three digits. */
    static String rate(double rate) {
        BigDecimal rounded = new BigDecimal(rate)
                .round(new MathContext(3, RoundingMode.HALF_EVEN))
                .stripTrailingZeros();
        return rate >= 1e-6 ? rounded.toPlainString() : rounded.toString();
    }
}
