package dev.lanewise.mnist.lab;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Numbers as the page writes them. */
public final class Format {
    private Format() {}

    /** Two significant digits, such as a learning rate needs. */
    public static String rate(double value) {
        return digits(value, 2);
    }

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

    /** A fraction as a percentage. */
    public static String percent(double fraction) {
        return Double.isNaN(fraction) ? "none" : String.format(Locale.ROOT, "%.2f %%", 100 * fraction);
    }

    public static String percent(SeedStatistics sample) {
        return sample.count() < 2
                ? percent(sample.mean())
                : String.format(Locale.ROOT, "%.2f ± %.2f %%", 100 * sample.mean(), 100 * sample.deviation());
    }

    /** A difference of fractions in percentage points, with its sign. */
    public static String points(double difference) {
        return Double.isNaN(difference)
                ? "none"
                : String.format(Locale.ROOT, "%+.2f points", 100 * difference).replace('-', '−');
    }

    public static String count(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    /** With commas, and an "and" before the last. */
    public static String list(List<?> items) {
        List<String> texts = items.stream().map(String::valueOf).toList();
        return texts.size() < 2
                ? String.join("", texts)
                : String.join(", ", texts.subList(0, texts.size() - 1)) + " and " + texts.getLast();
    }

    public static String rates(List<Double> rates) {
        return list(rates.stream().map(Format::rate).collect(Collectors.toList()));
    }

    public static String network(int pixels, List<Integer> hidden, int classes) {
        StringBuilder text = new StringBuilder().append(pixels);
        for (int i = 0; i < hidden.size(); i++) {
            text.append('–').append(hidden.get(i));
        }
        return text.append('–').append(classes).toString();
    }
}
