package dev.lanewise.nn;

import dev.lanewise.linalg.Activation;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;

/**
 * Writes a network as an ONNX model: a {@code Gemm} for each layer and the activation between two, the parameters as initializers. The
 * constants are the numbers of fields in {@code onnx.proto}.
 *
 * @see <a href="https://github.com/onnx/onnx/blob/main/onnx/onnx.proto">onnx.proto</a>
 */
final class OnnxWriter {
    /** The version of the format, and that of the operators: those of ONNX 1.12 of 2022, which every reader of today accepts. */
    static final int IR_VERSION = 8, OPERATOR_SET = 17;

    /** The limit of protocol buffers for the bytes of a message. */
    private static final int MOST_BYTES = Integer.MAX_VALUE;

    private static final int FLOAT = 1;

    private static final int MODEL_IR_VERSION = 1, MODEL_PRODUCER_NAME = 2, MODEL_GRAPH = 7, MODEL_OPERATOR_SET = 8;
    private static final int OPERATOR_SET_VERSION = 2;
    private static final int GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12;
    private static final int NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_OPERATOR = 4;
    private static final int TENSOR_DIMENSION = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_BYTES = 9;
    private static final int VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_ELEMENT = 1, TENSOR_SHAPE = 2;
    private static final int SHAPE_DIMENSION = 1, DIMENSION_VALUE = 1, DIMENSION_NAME = 2;

    private OnnxWriter() {}

    static void write(Mlp mlp, Path file) throws IOException {
        Protobuf model = model(mlp);
        checkSize(model.size());
        AtomicFile.write(file, model::writeTo);
    }

    /** Checks the size of a file. */
    static void checkSize(long bytes) {
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException("an ONNX file must have at most " + MOST_BYTES + " bytes: " + bytes);
        }
    }

    private static Protobuf model(Mlp mlp) {
        return new Protobuf()
                .integer(MODEL_IR_VERSION, IR_VERSION)
                .text(MODEL_PRODUCER_NAME, "lanewise")
                .message(MODEL_GRAPH, graph(mlp))
                .message(MODEL_OPERATOR_SET, new Protobuf().integer(OPERATOR_SET_VERSION, OPERATOR_SET));
    }

    private static Protobuf graph(Mlp mlp) {
        int[] sizes = mlp.sizes();
        int layers = sizes.length - 1;
        Protobuf graph = new Protobuf();
        String x = "input";
        for (int i = 0; i < layers; i++) {
            String layer = "layers." + i;
            boolean last = i == layers - 1;
            String y = last ? "logits" : layer + ".sums";
            graph.message(GRAPH_NODE, node(layer, "Gemm", y, x, layer + ".weight", layer + ".bias"));
            x = last || mlp.activation() == Activation.NONE ? y : layer + ".outputs";
            if (!last) {
                activation(graph, mlp.activation(), layer, y, x);
            }
        }
        graph.text(GRAPH_NAME, "mlp");
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            graph.message(GRAPH_INITIALIZER, tensor(range, mlp.parameters()));
        }
        if (mlp.activation() == Activation.GELU && layers > 1) {
            graph.message(GRAPH_INITIALIZER, scalar("gelu.root", Math.sqrt(0.5)))
                    .message(GRAPH_INITIALIZER, scalar("gelu.one", 1))
                    .message(GRAPH_INITIALIZER, scalar("gelu.half", 0.5));
        }
        return graph.message(GRAPH_INPUT, value("input", sizes[0]))
                .message(GRAPH_OUTPUT, value("logits", sizes[layers]));
    }

    /** GELU is written with Erf, because the operator Gelu is newer than the operator set. */
    private static void activation(Protobuf graph, Activation activation, String layer, String x, String y) {
        String name = layer + ".activation";
        switch (activation) {
            case NONE -> {}
            case RELU -> graph.message(GRAPH_NODE, node(name, "Relu", y, x));
            case TANH -> graph.message(GRAPH_NODE, node(name, "Tanh", y, x));
            case GELU ->
                graph.message(GRAPH_NODE, node(name + ".scaled", "Mul", name + ".scaled", x, "gelu.root"))
                        .message(GRAPH_NODE, node(name + ".erf", "Erf", name + ".erf", name + ".scaled"))
                        .message(GRAPH_NODE, node(name + ".sum", "Add", name + ".sum", name + ".erf", "gelu.one"))
                        .message(GRAPH_NODE, node(name + ".half", "Mul", name + ".half", x, "gelu.half"))
                        .message(GRAPH_NODE, node(name, "Mul", y, name + ".half", name + ".sum"));
            case SILU ->
                graph.message(GRAPH_NODE, node(name + ".sigmoid", "Sigmoid", name + ".sigmoid", x))
                        .message(GRAPH_NODE, node(name, "Mul", y, x, name + ".sigmoid"));
        }
    }

    private static Protobuf scalar(String name, double value) {
        return new Protobuf()
                .integer(TENSOR_TYPE, FLOAT)
                .text(TENSOR_NAME, name)
                .floats(TENSOR_BYTES, FloatSpan.of(new float[] {(float) value}));
    }

    private static Protobuf node(String name, String operator, String output, String... inputs) {
        Protobuf node = new Protobuf();
        for (String input : inputs) {
            node.text(NODE_INPUT, input);
        }
        return node.text(NODE_OUTPUT, output).text(NODE_NAME, name).text(NODE_OPERATOR, operator);
    }

    private static Protobuf tensor(Mlp.Parameter range, FloatSpan parameters) {
        Protobuf tensor = new Protobuf();
        if (range.name().endsWith(".weight")) {
            tensor.integer(TENSOR_DIMENSION, range.rows());
        }
        return tensor.integer(TENSOR_DIMENSION, range.columns())
                .integer(TENSOR_TYPE, FLOAT)
                .text(TENSOR_NAME, range.name())
                .floats(TENSOR_BYTES, parameters.slice(range.from(), range.length()));
    }

    /** {@return the description of an input or output: a matrix of floats with any number of rows} */
    private static Protobuf value(String name, int columns) {
        Protobuf shape = new Protobuf()
                .message(SHAPE_DIMENSION, new Protobuf().text(DIMENSION_NAME, "batch"))
                .message(SHAPE_DIMENSION, new Protobuf().integer(DIMENSION_VALUE, columns));
        Protobuf tensor = new Protobuf().integer(TENSOR_ELEMENT, FLOAT).message(TENSOR_SHAPE, shape);
        return new Protobuf().text(VALUE_NAME, name).message(VALUE_TYPE, new Protobuf().message(TYPE_TENSOR, tensor));
    }
}
