package dev.lanewise.nn;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;

/**
 * The way that a file has the layers of a network: under which names, and in which order the numbers of a weight are. The order must be
 * stated, because the shape of a square weight does not reveal it.
 *
 * <p>Each layer has a weight with two dimensions, {@code NAME.weight}, and a bias, {@code NAME.bias}. The names are free, as they are
 * in PyTorch: {@code 0} and {@code 2} in {@code nn.Sequential}, or {@code fc1}, {@code layers.0}, {@code linear_relu_stack.0},
 * {@code _orig_mod.fc1}; a single {@code nn.Linear} has {@code weight} and {@code bias}.
 *
 * <p>A file does not reveal the order of the layers, because its writer may have sorted the names. They are taken in this order:
 *
 * <ol>
 * <li>If {@link #withLayers} states one, in that order.
 * <li>If the names differ in nothing but numbers, in the order of the numbers: {@code fc2} before {@code fc10}.
 * <li>Otherwise in the order in which each layer has as many inputs as the one before it has outputs, where names that differ in
 *     numbers alone keep the order of these. If there are two such orders, the file is refused, and so it is from 65 layers on.
 * </ol>
 *
 * <p>{@snippet :
 * Mlp mlp = Mlp.load(file, Layout.PYTORCH);
 * Mlp squares = Mlp.load(Path.of("squares.safetensors"), Layout.PYTORCH.withLayers("encoder", "decoder"));
 * }
 *
 * @param outputsFirst whether the shape of a weight is [outputs, inputs], and not [inputs, outputs]
 * @param layers the names of the layers, without {@code .weight}, from the inputs to the outputs; if there are none, those of a
 *     file are found as above, and a new file has {@code layers.0}, {@code layers.1} and so on or, with the outputs first,
 *     {@code 0}, {@code 2} and so on, the names in an {@code nn.Sequential} of linear layers with an activation between them
 */
public record Layout(boolean outputsFirst, List<String> layers) {
    /** This library's own layout: all outputs of an input together, [inputs, outputs]. */
    public static final Layout LANEWISE = new Layout(false, List.of());

    /** The layout of PyTorch's {@code Linear}: all inputs of an output together, [outputs, inputs]. */
    public static final Layout PYTORCH = new Layout(true, List.of());

    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if two layers have the same name
     */
    public Layout {
        layers = List.copyOf(layers);
        if (new HashSet<>(layers).size() < layers.size()) {
            throw new IllegalArgumentException("layers must have a name each: " + layers);
        }
    }

    /**
     * {@return this layout with other names}
     *
     * @param layers the names of the layers, without {@code .weight}, from the inputs to the outputs; none for the default
     * @throws IllegalArgumentException if two layers have the same name
     */
    public Layout withLayers(String... layers) {
        return new Layout(outputsFirst, Arrays.asList(layers));
    }

    /** {@return the name of the order of a weight, as the metadata of a file has it} */
    String weight() {
        return outputsFirst ? "[outputs, inputs]" : "[inputs, outputs]";
    }

    /** {@return the layout with the other order} */
    Layout other() {
        return new Layout(!outputsFirst, layers);
    }

    /** {@return the Java name of the order} */
    String constant() {
        return outputsFirst ? "Layout.PYTORCH" : "Layout.LANEWISE";
    }

    /** {@return the default name of a layer} */
    String name(int layer) {
        return outputsFirst ? String.valueOf(2 * layer) : "layers." + layer;
    }

    /** {@return the name of a tensor of a layer} */
    static String tensor(String layer, String kind) {
        return layer.isEmpty() ? kind : layer + "." + kind;
    }
}
