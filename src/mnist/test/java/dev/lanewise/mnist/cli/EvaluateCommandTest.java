package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Finite weights can give outputs that are not finite, which predict nothing. */
class EvaluateCommandTest {
    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
    }

    /** Writes a network of two layers, 9-2-3, in which all weights of a layer are the same. */
    private Path model(float first, float bias, float... last) throws IOException {
        float[] weights = new float[18];
        Arrays.fill(weights, first);
        return write(
                Tensor.of("layers.0.weight", FloatSpan.of(weights), 9, 2),
                Tensor.of("layers.0.bias", FloatSpan.of(new float[2]), 2),
                Tensor.of("layers.1.weight", FloatSpan.of(last), 2, 3),
                Tensor.of("layers.1.bias", FloatSpan.of(new float[] {bias, 0, 0}), 3));
    }

    private Path write(Tensor... tensors) throws IOException {
        Path file = folder.resolve("model");
        Safetensors.write(file, List.of(tensors), Map.of());
        return file;
    }

    private Outcome evaluate(Path model) {
        return Outcome.of(Main::run, "evaluate", "--model", model.toString(), "--data", data.toString());
    }

    /** The output is infinite with weights of one sign, NaN as the difference of two infinities. */
    @ParameterizedTest
    @CsvSource({"3e38, 3e38, 3e38", "3e38, 3e38, -3e38", "3e38, -3e38, -3e38"})
    void refusesANetworkThatPredictsNothing(float first, float one, float two) throws IOException {
        Path model = model(first, 0, one, one, one, two, two, two);
        Outcome outcome = evaluate(model);
        assertEquals(
                List.of("error: --model " + model
                        + ": expected a network with finite outputs, found NaN or infinity for test image 0"),
                outcome.err());
        assertEquals(2, outcome.code());
        assertEquals(List.of(), outcome.out());
    }

    @Test
    void acceptsTheLargestOutputs() throws IOException {
        Outcome outcome = evaluate(model(0, 3e38f, 0, 0, 0, 0, 0, 0));
        assertEquals(0, outcome.code(), outcome.toString());
        assertEquals("test accuracy 33.33 %  (10 of 30)", outcome.out().getFirst());
    }

    /** One step makes weights so large that outputs overflow while the weights themselves do not. */
    @ParameterizedTest
    @CsvSource({"0", "9"})
    void aTrainingWithSuchOutputsHasDiverged(String validation) throws IOException {
        Path page = folder.resolve("page.html");
        Path model = folder.resolve("w");
        String[] train = {
            "train",
            "--data",
            data.toString(),
            "--hidden",
            "8,8,8",
            "--optimizer",
            "normalized-sgd",
            "--lr",
            "1e15",
            "--schedule",
            "constant",
            "--epochs",
            "1",
            "--validation",
            validation,
            "--batch-size",
            "90",
            "--report",
            page.toString(),
            "--out",
            model.toString()
        };
        Outcome outcome = Outcome.of(Main::run, train);
        assertEquals(3, outcome.code(), outcome.toString());
        assertEquals(1, outcome.err().size());
        assertTrue(
                outcome.err()
                        .getFirst()
                        .matches("error: the output for (test|validation) image \\d+ is not finite at step 1, in epoch"
                                + " 1 of 1, after a step with learning rate 1\\.00e\\+15: try .*"),
                outcome.toString());
        assertFalse(Files.exists(model));
        assertTrue(Files.readString(page).contains("is not finite at step 1"));
    }
}
