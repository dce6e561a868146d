package dev.lanewise.mnist.lab;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.stream.Collectors;

/** Writes numbers as the page shows them. */
public final class Format {
    private Format() {}

    /** {@return a number with two significant digits, as a learning rate needs them} */
    public static String rate(double value) {
        return digits(value, 2);
    }

    /** {@return a number with so many significant digits; "none" for NaN} */
    public static String digits(double value, int digits) {
        if (Double.isNaN(value)) {
            return "none";
        }
        if (Double.isInfinite(value) || value == 0) {
            return value == 0 ? "0" : value > 0 ? "∞" : "−∞";
        }
        BigDecimal rounded = new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        double size = Math.abs(value);
        String text = size >= 1e-4 && size < 1e5
                ? rounded.stripTrailingZeros().toPlainString()
                : String.format(Locale.ROOT, "%." + (digits - 1) + "e", value)
                        .replaceFirst("\\.?0*e", "e")
                        .replace("e+", "e")
                        .replaceFirst("e(-?)0", "e$1");
        return text.replace('-', '−');
    }

    /** {@return a fraction as a percentage} */
    public static String percent(double fraction) {
        return Double.isNaN(fraction) ? "none" : String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
    }

    /** {@return the mean of fractions as a percentage, with their standard deviation} */
    public static String percent(SeedStatistics fractions) {
        return fractions.count() < 2
                ? percent(fractions.mean())
                : String.format(Locale.ROOT, "%.2f ± %.2f %%", 100 * fractions.mean(), 100 * fractions.deviation());
    }

    /** {@return a difference of fractions in percentage points, with its sign} */
    public static String points(double difference) {
        return Double.isNaN(difference)
                ? "none"
                : String.format(Locale.ROOT, "%+.2f points", 100 * difference).replace('-', '−');
    }

    /** {@return the mean of differences of fractions in percentage points, with its interval} */
    public static String points(SeedStatistics difference) {
        return points(difference.mean())
                + interval(
                        difference,
                        value ->
                                String.format(Locale.ROOT, "%+.2f", 100 * value).replace('-', '−'));
    }

    /** {@return the mean of ratios or other numbers with three digits, with its interval} */
    public static String digits(SeedStatistics values) {
        return digits(values.mean(), 3) + interval(values, value -> digits(value, 3));
    }

    /** Nothing where the seeds are too few or one has no value. */
    private static String interval(SeedStatistics values, DoubleFunction<String> text) {
        return Double.isFinite(values.low()) && Double.isFinite(values.high())
                ? " (90 %: " + text.apply(values.low()) + " to " + text.apply(values.high()) + ")"
                : "";
    }

    /** {@return a count of epochs in words} */
    public static String epochs(int count) {
        return count == 1 ? "one epoch" : count + " epochs";
    }

    /** {@return a count with commas between thousands} */
    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** {@return items with commas, and an "and" before the last} */
    public static String list(List<?> items) {
        List<String> texts = items.stream().map(String::valueOf).toList();
        return texts.size() < 2
                ? String.join("", texts)
                : String.join(", ", texts.subList(0, texts.size() - 1)) + " and " + texts.getLast();
    }

    /** {@return rates with commas, and an "and" before the last} */
    public static String rates(List<Double> rates) {
        return list(rates.stream().map(Format::rate).collect(Collectors.toList()));
    }

    /** {@return the sizes of a network's layers} */
    public static String network(int pixels, List<Integer> hidden, int classes) {
        StringBuilder text = new StringBuilder().append(pixels);
        for (int i = 0; i < hidden.size(); i++) {
            text.append('–').append(hidden.get(i));
        }
        return text.append('–').append(classes).toString();
    }
}
