package dev.lanewise.nn;

import dev.lanewise.internal.Check;
import dev.lanewise.linalg.Activation;
import dev.lanewise.nn.Mlp.Parameter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Lays out the parameters of an {@link Mlp} in one array. */
final class MlpLayout {
    private MlpLayout() {}

    /** Checks the sizes, and returns the number of parameters. */
    static int checkParameters(int[] sizes) {
        if (sizes.length < 2) {
            throw new IllegalArgumentException(
                    "sizes must have at least 2 elements (inputs and classes): " + Arrays.toString(sizes));
        }
        long parameters = 0;
        for (int i = 0; i < sizes.length; i++) {
            Check.atLeast(1, "sizes[" + i + "]", sizes[i]);
            parameters += i == 0 ? 0 : (sizes[i - 1] + 1L) * sizes[i];
            if (parameters > Integer.MAX_VALUE - 16) {
                throw new IllegalArgumentException(
                        "sizes must give at most 2³¹ − 17 parameters: " + Arrays.toString(sizes));
            }
        }
        return (int) parameters;
    }

    /** {@return the ranges of each layer's weight and bias, without gaps} */
    static List<Parameter> ranges(int[] sizes) {
        List<Parameter> ranges = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < sizes.length - 1; i++) {
            int in = sizes[i], out = sizes[i + 1];
            ranges.add(new Parameter("layers." + i + ".weight", from, in * out, in, out));
            ranges.add(new Parameter("layers." + i + ".bias", from + in * out, out, 1, out));
            from += (in + 1) * out;
        }
        return List.copyOf(ranges);
    }

    /** Draws the weights as {@link Mlp#initialize} documents. */
    static void initialize(float[] parameters, List<Parameter> ranges, Activation activation, long seed) {
        Arrays.fill(parameters, 0);
        Normal normal = new Normal(seed);
        boolean rectified = activation != Activation.TANH && activation != Activation.NONE;
        for (int i = 0; i < ranges.size(); i += 2) {
            Parameter weight = ranges.get(i);
            double deviation =
                    Math.sqrt(rectified ? 2.0 / weight.rows() : 2.0 / (weight.rows() + (double) weight.columns()));
            for (int j = weight.from(); j < weight.from() + weight.length(); j++) {
                parameters[j] = (float) (deviation * normal.next());
            }
        }
    }

    /** {@return the text of {@link Mlp#summary}} */
    static String summary(Mlp mlp) {
        StringBuilder text = new StringBuilder();
        int[] sizes = mlp.sizes();
        row(text, "layer", "shape", "activation", "parameters", "bytes");
        long parameters = 0;
        for (int i = 0; i < sizes.length - 1; i++) {
            Parameter weight = mlp.parameterRanges().get(2 * i);
            boolean last = i == sizes.length - 2;
            long own = weight.length() + (long) weight.columns();
            row(
                    text,
                    "layers." + i,
                    weight.rows() + " × " + weight.columns(),
                    (last ? Activation.NONE : mlp.activation()).name().toLowerCase(Locale.ROOT),
                    number(own),
                    number(Float.BYTES * own));
            parameters += own;
        }
        row(text, "total", "", "", number(parameters), number(Float.BYTES * parameters));
        return text.toString();
    }

    private static void row(StringBuilder text, String name, String shape, String activation, String n, String bytes) {
        text.append(String.format(Locale.ROOT, "%-10s %15s %10s %13s %15s%n", name, shape, activation, n, bytes)
                .replace(System.lineSeparator(), "\n"));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }
}
