package dev.lanewise.nn;

import dev.lanewise.linalg.Activation;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Writes networks to safetensors files, which {@link MlpReader} reads. */
final class MlpFiles {
    /** The keys of the metadata. Files from before there was a version have neither that nor sizes. */
    static final String FORMAT = "format",
            MODEL = "model",
            VERSION = "version",
            SIZES = "sizes",
            ACTIVATION = "activation",
            WEIGHT = "weight";

    static final String MLP = "mlp";

    /** The newest version of the format, which is written. */
    static final int NEWEST = 1;

    /** The side of the square blocks of a transposition, whose rows and columns the L1 cache holds. */
    private static final int SIDE = 32;

    private MlpFiles() {}

    static void write(Mlp mlp, Path file, Layout layout, Map<String, String> texts) throws IOException {
        int layers = mlp.sizes().length - 1;
        if (!layout.layers().isEmpty() && layout.layers().size() != layers) {
            throw new IllegalArgumentException("layers must have " + layers + " names: " + layout.layers());
        }
        List<Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < layers; i++) {
            String name =
                    layout.layers().isEmpty() ? layout.name(i) : layout.layers().get(i);
            tensors.add(weight(
                    Layout.tensor(name, "weight"), mlp, mlp.parameterRanges().get(2 * i), layout.outputsFirst()));
            Mlp.Parameter bias = mlp.parameterRanges().get(2 * i + 1);
            tensors.add(Tensor.of(
                    Layout.tensor(name, "bias"), mlp.parameters().slice(bias.from(), bias.length()), bias.length()));
        }
        Safetensors.write(file, tensors, metadata(mlp, layout, texts));
    }

    private static Tensor weight(String name, Mlp mlp, Mlp.Parameter range, boolean outputsFirst) {
        FloatSpan weight = mlp.parameters().slice(range.from(), range.length());
        if (!outputsFirst) {
            return Tensor.of(name, weight, range.rows(), range.columns());
        }
        float[] transposed = new float[range.length()];
        transpose(weight.array(), range.from(), range.rows(), range.columns(), transposed, 0);
        return Tensor.of(name, FloatSpan.of(transposed), range.columns(), range.rows());
    }

    private static Map<String, String> metadata(Mlp mlp, Layout layout, Map<String, String> texts) {
        Map<String, String> metadata = new LinkedHashMap<>();
        // Readers of PyTorch's files expect its letters.
        metadata.put(FORMAT, layout.outputsFirst() ? "pt" : "lanewise");
        metadata.put(MODEL, MLP);
        metadata.put(VERSION, String.valueOf(NEWEST));
        metadata.put(SIZES, text(mlp.sizes()));
        metadata.put(ACTIVATION, text(mlp.activation()));
        metadata.put(WEIGHT, layout.weight());
        texts.forEach((key, value) -> {
            if (metadata.putIfAbsent(key, value) != null) {
                throw new IllegalArgumentException("metadata must not have the key of a network's own text: " + key);
            }
        });
        return metadata;
    }

    /** {@return the sizes of a network as a text} */
    static String text(int[] sizes) {
        return Arrays.stream(sizes).mapToObj(String::valueOf).collect(Collectors.joining(","));
    }

    /** {@return the name of an activation in the metadata} */
    static String text(Activation activation) {
        return activation.name().toLowerCase(Locale.ROOT);
    }

    /** Transposes a matrix of some rows and columns, in blocks, because a whole column is in as many cache lines as there are rows. */
    static void transpose(float[] from, int first, int rows, int columns, float[] to, int start) {
        for (int r0 = 0; r0 < rows; r0 += SIDE) {
            for (int c0 = 0; c0 < columns; c0 += SIDE) {
                for (int c = c0; c < Math.min(c0 + SIDE, columns); c++) {
                    for (int r = r0; r < Math.min(r0 + SIDE, rows); r++) {
                        to[start + c * rows + r] = from[first + r * columns + c];
                    }
                }
            }
        }
    }
}
