package dev.lanewise.nn;

import dev.lanewise.fuzz.Inputs;
import dev.lanewise.safetensors.SafetensorsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A file of a network is refused with a {@link SafetensorsException}, or gives a network of finite numbers, no larger than the file. */
public final class MlpFuzz {
    private MlpFuzz() {}

    /** {@return the networks of the tests, and one of the library's own} */
    public static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>(Inputs.testFiles("models"));
        Path file = Inputs.file(new byte[0]);
        Mlp mlp = new Mlp(3, 4, 2);
        mlp.initialize(1);
        for (Layout layout : List.of(Layout.LANEWISE, Layout.PYTORCH)) {
            mlp.save(file, layout);
            seeds.add(Inputs.input(Files.readAllBytes(file)));
        }
        return seeds;
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Inputs.bounded(input, () -> load(input));
    }

    private static void load(byte[] input) throws IOException {
        Path file = Inputs.file(Inputs.safetensors(input));
        for (Layout layout : Arrays.asList(null, Layout.LANEWISE, Layout.PYTORCH)) {
            try {
                check(layout == null ? Mlp.load(file) : Mlp.load(file, layout), input);
            } catch (SafetensorsException e) {
                Inputs.checkMessage(e);
            }
        }
    }

    private static void check(Mlp mlp, byte[] input) {
        long weights = 0;
        for (int i = 1; i < mlp.sizes().length; i++) {
            weights += (long) mlp.sizes()[i - 1] * mlp.sizes()[i];
        }
        if (2 * weights > input.length) {
            throw new AssertionError(Arrays.toString(mlp.sizes()) + " from " + input.length + " bytes");
        }
        for (float x : mlp.parameters().toArray()) {
            if (!Float.isFinite(x)) {
                throw new AssertionError(x);
            }
        }
    }
}
