package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The option {@code --layer-lr}: a rate for each layer in their order, or for some weights and biases by their names. */
final class LayerRatesOption {
    private LayerRatesOption() {}

    /**
     * Returns the learning rate of each weight and bias.
     *
     * @param text the value of the option; null for the one rate everywhere
     * @param layers how many layers the network has
     * @param rate the rate of those that are not named
     * @param given whether the user gave that rate
     * @return for each layer the rate of its weight and that of its bias
     * @throws UsageException if the text is malformed
     */
    static double[] of(String text, int layers, double rate, boolean given) {
        double[] rates = new double[2 * layers];
        Arrays.fill(rates, rate);
        if (text == null) {
            return rates;
        }
        List<String> parts = List.of(text.split(",", -1));
        if (!text.contains("=")) {
            if (parts.size() != layers) {
                throw new UsageException("--layer-lr must have a rate for each of the " + layers
                        + " layers, or be NAME=RATE,...: " + text);
            }
            if (given) {
                throw new UsageException("--lr does not apply: --layer-lr has a rate for every layer");
            }
            IntStream.range(0, rates.length).forEach(i -> rates[i] = number(parts.get(i / 2)));
            return rates;
        }
        List<String> names = names(layers);
        boolean[] named = new boolean[rates.length];
        for (String part : parts) {
            String name = part.replaceFirst("=.*", "");
            double value = number(part.substring(Math.min(part.length(), name.length() + 1)));
            int[] found = IntStream.range(0, rates.length)
                    .filter(i -> name.equals(names.get(i))
                            || names.get(i).startsWith(name + ".") && name.startsWith("layers."))
                    .toArray();
            if (found.length == 0) {
                throw new UsageException("--layer-lr: expected one of " + allowed(layers) + ", found '" + name + "'");
            }
            for (int i : found) {
                if (named[i]) {
                    throw new UsageException("--layer-lr must not name " + names.get(i) + " twice: " + text);
                }
                named[i] = true;
                rates[i] = value;
            }
        }
        return rates;
    }

    private static List<String> names(int layers) {
        return IntStream.range(0, layers)
                .boxed()
                .flatMap(i -> Stream.of("layers." + i + ".weight", "layers." + i + ".bias"))
                .toList();
    }

    private static List<String> allowed(int layers) {
        List<String> allowed = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            allowed.addAll(List.of("layers." + i, "layers." + i + ".weight", "layers." + i + ".bias"));
        }
        return allowed;
    }

    /** Returns any number; the rule checks its range. */
    private static double number(String text) {
        try {
            return new BigDecimal(text).doubleValue();
        } catch (NumberFormatException e) {
            throw new UsageException("--layer-lr: expected a number, found '" + text + "'", e);
        }
    }
}
