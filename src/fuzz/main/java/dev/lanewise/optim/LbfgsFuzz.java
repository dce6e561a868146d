package dev.lanewise.optim;

import dev.lanewise.fuzz.Inputs;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The file of an {@link Lbfgs} is refused, and nothing has changed, or it is loaded and continued from. */
public final class LbfgsFuzz {
    private static Lbfgs lbfgs = lbfgs();

    private LbfgsFuzz() {}

    private static Lbfgs lbfgs() {
        return new Lbfgs(FloatSpan.of(new float[] {1, -2, 3, 0.5f}));
    }

    private static double paraboloid(FloatSpan parameters, FloatSpan gradients) {
        double loss = 0;
        for (int i = 0; i < parameters.length(); i++) {
            float x = parameters.get(i);
            loss += (i + 1) * x * x;
            gradients.set(i, 2 * (i + 1) * x);
        }
        return loss;
    }

    /** {@return files before and after some steps} */
    public static List<byte[]> seeds() throws IOException {
        Path file = Inputs.file(new byte[0]);
        Lbfgs lbfgs = lbfgs();
        lbfgs.save(file);
        byte[] first = Files.readAllBytes(file);
        lbfgs.step((p, g) -> paraboloid(p, g));
        lbfgs.save(file);
        return List.of(Inputs.input(first), Inputs.input(Files.readAllBytes(file)));
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path file = Inputs.file(Inputs.safetensors(input));
        float[] before = lbfgs.parameters().toArray();
        long steps = lbfgs.iterations();
        try {
            Inputs.bounded(input, () -> lbfgs.load(file));
        } catch (IOException | IllegalArgumentException e) {
            Inputs.checkMessage(e);
            if (!Arrays.equals(before, lbfgs.parameters().toArray()) || steps != lbfgs.iterations()) {
                throw new AssertionError("changed", e);
            }
            return;
        }
        lbfgs.step((p, g) -> paraboloid(p, g));
        lbfgs = lbfgs();
    }
}
