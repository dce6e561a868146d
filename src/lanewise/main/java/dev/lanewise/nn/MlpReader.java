package dev.lanewise.nn;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Activation;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.SafetensorsException;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a network from a safetensors file. All tensors are checked before any memory is allocated for them. */
final class MlpReader {
    /** The number of tensors that a message names. */
    private static final int NAMED = 4;

    private final Path path;
    private final Safetensors file;
    private final Layout layout;

    /** The activation; null if it is the one in the metadata, or ReLU if there is none. */
    private final Activation activation;

    private MlpReader(Path path, Safetensors file, Layout layout, Activation activation) {
        this.path = path;
        this.file = file;
        this.layout = layout;
        this.activation = activation;
    }

    /**
     * Reads a network.
     *
     * @param layout the order of weights; null if it is the one in the metadata
     * @param activation the activation; null if it is the one in the metadata, or ReLU if there is none
     */
    static Mlp read(Path path, Layout layout, Activation activation, Workers workers) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            Safetensors file = Safetensors.map(path, arena);
            MlpReader reader =
                    new MlpReader(path, file, layout == null ? ownLayout(path, file.metadata()) : layout, activation);
            reader.checkMetadata(file.metadata());
            return reader.read(workers);
        }
    }

    private static Layout ownLayout(Path path, Map<String, String> metadata) throws SafetensorsException {
        String weight = metadata.get(MlpFiles.WEIGHT);
        for (Layout layout : List.of(Layout.LANEWISE, Layout.PYTORCH)) {
            if (layout.weight().equals(weight)) {
                return layout;
            }
        }
        throw new SafetensorsException(path + ": expected the metadata weight with " + Layout.LANEWISE.weight() + " or "
                + Layout.PYTORCH.weight() + ", found " + found(weight)
                + "; a file of PyTorch's is loaded with Layout.PYTORCH");
    }

    private void checkMetadata(Map<String, String> metadata) throws SafetensorsException {
        expect(metadata, MlpFiles.MODEL, MlpFiles.MLP);
        String version = metadata.get(MlpFiles.VERSION);
        // Other writers may have versions of their own.
        if (metadata.containsKey(MlpFiles.MODEL) && version != null && !version.equals("" + MlpFiles.NEWEST)) {
            throw failure("expected the metadata version " + MlpFiles.NEWEST + ", found " + found(version)
                    + "; a newer version of Lanewise may read it");
        }
        String weight = metadata.get(MlpFiles.WEIGHT);
        if (layout.other().weight().equals(weight)) {
            throw failure("expected weights " + layout.weight() + ", found the metadata weight " + weight
                    + ": load it with " + layout.other().constant());
        }
    }

    private void expect(Map<String, String> metadata, String key, String expected) throws SafetensorsException {
        String found = metadata.get(key);
        if (found != null && !found.equals(expected)) {
            throw failure("expected the metadata " + key + " " + expected + ", found " + found(found));
        }
    }

    private Activation activation() throws SafetensorsException {
        if (activation != null) {
            expect(file.metadata(), MlpFiles.ACTIVATION, MlpFiles.text(activation));
            return activation;
        }
        String name = file.metadata().get(MlpFiles.ACTIVATION);
        for (Activation each : Activation.values()) {
            if (MlpFiles.text(each).equals(name)) {
                return each;
            }
        }
        if (name != null) {
            throw failure("expected the metadata activation none, relu, tanh, gelu or silu, found " + found(name));
        }
        return Activation.RELU;
    }

    /** {@return a text of a file in a form fit for a message} */
    private static String found(String text) {
        return text == null
                ? "none"
                : (text.length() <= 80 ? text : text.substring(0, 80) + "…").replaceAll("\\p{Cntrl}", "�");
    }

    private Mlp read(Workers workers) throws SafetensorsException {
        Activation activation = activation();
        List<String> layers = order(weights());
        int[] sizes = sizes(layers);
        String saved = file.metadata().get(MlpFiles.SIZES);
        if (saved != null && file.metadata().containsKey(MlpFiles.MODEL) && !saved.equals(MlpFiles.text(sizes))) {
            throw failure("expected weights of the metadata sizes " + found(saved) + ", found " + MlpFiles.text(sizes));
        }
        Mlp mlp;
        try {
            mlp = new Mlp(workers, activation, sizes);
        } catch (IllegalArgumentException e) {
            throw failure(e.getMessage());
        }
        for (int i = 0; i < layers.size(); i++) {
            copy(
                    Layout.tensor(layers.get(i), "weight"),
                    mlp,
                    mlp.parameterRanges().get(2 * i));
            String bias = Layout.tensor(layers.get(i), "bias");
            if (file.names().contains(bias)) {
                copy(bias, mlp, mlp.parameterRanges().get(2 * i + 1));
            }
        }
        return mlp;
    }

    /** {@return the names of all layers, after a check of all names and of the types and shapes of the weights} */
    private Set<String> weights() throws SafetensorsException {
        Set<String> layers = new HashSet<>();
        for (String name : file.names()) {
            if (name.equals("weight") || name.endsWith(".weight")) {
                layers.add(name.equals("weight") ? "" : name.substring(0, name.length() - ".weight".length()));
            }
        }
        for (String name : file.names()) {
            boolean bias = name.equals("bias") || name.endsWith(".bias");
            String layer = name.equals("bias") ? "" : bias ? name.substring(0, name.length() - ".bias".length()) : null;
            if (!layers.contains(layer) && !name.equals("weight") && !name.endsWith(".weight")) {
                throw otherTensors("found " + described(name) + (bias ? " without a weight" : " besides"));
            }
        }
        if (layers.isEmpty()) {
            throw otherTensors("found none");
        }
        for (String layer : layers) {
            checkWeight(Layout.tensor(layer, "weight"));
        }
        return layers;
    }

    private SafetensorsException otherTensors(String found) {
        String first = layout.name(0);
        return failure("expected the tensors " + first + ".weight, " + first + ".bias and so on"
                + (layout.outputsFirst() ? ", or those of other names than " + first : "") + ", " + found);
    }

    private void checkWeight(String name) throws SafetensorsException {
        Tensor tensor = file.tensor(name);
        List<Long> shape = tensor.shape();
        if (shape.size() != 2 || shape.stream().anyMatch(size -> size < 1 || size > Integer.MAX_VALUE)) {
            throw failure("expected " + found(name) + " of shape " + layout.weight() + ", found " + shape);
        }
        checkType(tensor);
    }

    private void checkType(Tensor tensor) throws SafetensorsException {
        if (!DType.convertible().contains(tensor.dtype())) {
            throw failure("expected " + found(tensor.name()) + " of a type of " + DType.convertible() + ", found "
                    + tensor.dtype());
        }
    }

    private List<String> order(Set<String> layers) throws SafetensorsException {
        List<String> stated = layout.layers();
        if (!stated.isEmpty()) {
            if (stated.size() != layers.size() || !layers.containsAll(stated)) {
                throw failure("expected the layers " + named(stated) + ", found "
                        + named(layers.stream().sorted(LayerOrder::compare).toList()));
            }
            return stated;
        }
        List<List<String>> orders = LayerOrder.find(layers, this::inputs, this::outputs);
        if (orders.size() == 2) {
            boolean several = !orders.getFirst().equals(orders.getLast());
            throw failure("expected layers in one order only, found "
                    + (several
                            ? named(orders.getFirst()) + " and " + named(orders.getLast())
                            : layers.size() + " layers whose names do not give it")
                    + "; state the order by withLayers");
        }
        return orders.isEmpty() ? layers.stream().sorted(LayerOrder::compare).toList() : orders.getFirst();
    }

    private static List<String> named(List<String> names) {
        List<String> named = new ArrayList<>();
        names.stream().limit(2 * NAMED).map(MlpReader::found).forEach(named::add);
        if (names.size() > named.size()) {
            named.add("…");
        }
        return named;
    }

    private long inputs(String layer) {
        return shape(layer).get(layout.outputsFirst() ? 1 : 0);
    }

    private long outputs(String layer) {
        return shape(layer).get(layout.outputsFirst() ? 0 : 1);
    }

    private List<Long> shape(String layer) {
        return file.tensor(Layout.tensor(layer, "weight")).shape();
    }

    /** {@return the sizes of the network, after a check that each layer follows the one before} */
    private int[] sizes(List<String> layers) throws SafetensorsException {
        int[] sizes = new int[layers.size() + 1];
        for (int i = 0; i < layers.size(); i++) {
            String layer = layers.get(i);
            if (i > 0 && inputs(layer) != sizes[i]) {
                throw failure("expected " + found(Layout.tensor(layer, "weight")) + " of shape "
                        + layout.weight().replace("inputs", String.valueOf(sizes[i])) + ", found " + shape(layer)
                        + " after "
                        + described(Layout.tensor(layers.get(i - 1), "weight")) + orOtherwise(layers));
            }
            sizes[i] = Math.toIntExact(inputs(layer));
            sizes[i + 1] = Math.toIntExact(outputs(layer));
            checkBias(layers, Layout.tensor(layer, "bias"), sizes[i + 1]);
        }
        return sizes;
    }

    private void checkBias(List<String> layers, String name, int outputs) throws SafetensorsException {
        boolean there = file.names().contains(name);
        if (!there && !layout.outputsFirst()) {
            throw failure("expected " + found(name) + " of shape [" + outputs + "], found none");
        }
        if (there) {
            Tensor bias = file.tensor(name);
            if (!bias.shape().equals(List.of((long) outputs))) {
                throw failure("expected " + found(name) + " of shape [" + outputs + "], found " + bias.shape()
                        + orOtherwise(layers));
            }
            checkType(bias);
        }
    }

    /** {@return a hint if the weights would fit in the other order} */
    private String orOtherwise(List<String> layers) {
        long before = -1;
        for (String layer : layers) {
            String bias = Layout.tensor(layer, "bias");
            boolean follows = before < 0 || outputs(layer) == before;
            if (!follows
                    || file.names().contains(bias) && !file.tensor(bias).shape().equals(List.of(inputs(layer)))) {
                return "";
            }
            before = inputs(layer);
        }
        return "; as " + layout.other().weight() + " they would fit, which is "
                + layout.other().constant();
    }

    private String described(String name) {
        return found(name) + " of shape " + file.tensor(name).shape();
    }

    private void copy(String name, Mlp mlp, Mlp.Parameter range) throws SafetensorsException {
        FloatSpan target = mlp.parameters().slice(range.from(), range.length());
        if (layout.outputsFirst() && range.rows() > 1) {
            float[] floats = new float[range.length()];
            file.copyTo(name, FloatSpan.of(floats));
            MlpFiles.transpose(floats, 0, range.columns(), range.rows(), target.array(), range.from());
        } else {
            file.copyTo(name, target);
        }
        float[] parameters = target.array();
        for (int i = range.from(); i < range.from() + range.length(); i++) {
            if (!Float.isFinite(parameters[i])) {
                throw failure("expected finite numbers in " + found(name) + ", found " + parameters[i]);
            }
        }
    }

    private SafetensorsException failure(String message) {
        return new SafetensorsException(path + ": " + message);
    }
}
