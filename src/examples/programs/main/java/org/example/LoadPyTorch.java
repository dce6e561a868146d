package org.example;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Layout;
import dev.lanewise.nn.Mlp;
import dev.lanewise.safetensors.Safetensors;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Loads a network that PyTorch trained, and compares its outputs with PyTorch's. In Python the files are written by
 *
 * <pre>
 * model = nn.Sequential(nn.Linear(12, 9), nn.ReLU(), nn.Linear(9, 7), nn.ReLU(), nn.Linear(7, 4))
 * safetensors.torch.save_file(model.state_dict(), "pytorch.safetensors")
 * safetensors.torch.save_file({"sequential.inputs": x, "sequential.outputs": model(x)}, "pytorch-outputs.safetensors")
 * </pre>
 */
public final class LoadPyTorch {
    private LoadPyTorch() {}

    /** Prints the parameters of the network, and how far its outputs are from PyTorch's. */
    public static void main(String[] args) throws Exception {
        Path folder = Path.of(args.length == 0 ? "data" : args[0]);
        // A weight is transposed as it is read: PyTorch has the inputs of an output together.
        Mlp mlp = Mlp.load(folder.resolve("pytorch.safetensors"), Layout.PYTORCH);
        for (Mlp.Parameter parameter : mlp.parameterRanges()) {
            System.out.printf("%-10s %d × %d%n", parameter.name(), parameter.rows(), parameter.columns());
        }

        float[] inputs = new float[5 * 12], expected = new float[5 * 4], outputs = new float[5 * 4];
        try (Arena arena = Arena.ofConfined()) {
            Safetensors file = Safetensors.map(folder.resolve("pytorch-outputs.safetensors"), arena);
            file.copyTo("sequential.inputs", FloatSpan.of(inputs));
            file.copyTo("sequential.outputs", FloatSpan.of(expected));
        }
        mlp.predictor().predict(inputs, 0, 5, outputs, 0);
        double difference = 0;
        for (int i = 0; i < outputs.length; i++) {
            difference = Math.max(difference, Math.abs(outputs[i] - expected[i]));
        }
        System.out.printf(Locale.ROOT, "largest difference from PyTorch %.9f%n", difference);
    }
}
