package dev.lanewise.optim;

import dev.lanewise.fuzz.Inputs;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.ReduceOnPlateau;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A checkpoint is refused, and nothing has changed, or it is loaded, continued from, saved and loaded again. */
public final class CheckpointFuzz {
    private static final FloatSpan GRADIENTS = FloatSpan.of(new float[] {1, -2, 0.5f, 3, 0, 1});
    private static Optimizer optimizer = optimizer();

    private CheckpointFuzz() {}

    private static Optimizer optimizer() {
        return new Optimizer(
                FloatSpan.of(new float[] {1, 2, 3, 4, 5, 6}),
                List.of(
                        new ParameterGroup("a", 0, 2, new AdamW().withLearningRate(new Cosine(0.1, 100, 0))),
                        new ParameterGroup("n", 2, 2, new NAdam().withLearningRate(new ReduceOnPlateau(0.1))),
                        new ParameterGroup("s", 4, 2, new Sgd(0.1), true)),
                StepOptions.DEFAULT.withLossScale(new LossScale(1)).withAverageDecay(0.9));
    }

    private static String describe(Optimizer optimizer) throws IOException {
        StringBuilder text =
                new StringBuilder(new Checkpoint(optimizer).metadata().toString());
        for (FloatSpan each : List.of(
                optimizer.parameters(),
                optimizer.state("a", "exp_avg"),
                optimizer.state("a", "exp_avg_sq"),
                optimizer.state("n", "exp_avg"),
                optimizer.state("n", "exp_avg_sq"))) {
            for (float x : each.toArray()) {
                text.append(Float.floatToRawIntBits(x)).append(' ');
            }
        }
        LossScale scale = optimizer.options().lossScale();
        return text + " " + optimizer.steps() + " " + optimizer.steps(0) + " " + optimizer.steps(1) + " "
                + optimizer.scalars(1)[0] + " " + scale.scale() + " " + scale.goodSteps();
    }

    /** {@return files before and after some steps, and those of the tests} */
    public static List<byte[]> seeds() throws IOException {
        List<byte[]> seeds = new ArrayList<>(Inputs.testFiles("golden/state", "checkpoints/format0"));
        Path file = Inputs.file(new byte[0]);
        Optimizer optimizer = optimizer();
        for (int step = 0; step < 3; step++) {
            new Checkpoint(optimizer).save(file);
            seeds.add(Inputs.input(Files.readAllBytes(file)));
            optimizer.step(GRADIENTS);
        }
        return seeds;
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        Path file = Inputs.file(Inputs.safetensors(input));
        String before = describe(optimizer);
        Checkpoint converting = new Checkpoint(optimizer).withConversion();
        try {
            Inputs.bounded(input, () -> converting.loadState(file));
            optimizer = optimizer();
        } catch (IOException | IllegalArgumentException e) {
            Inputs.checkMessage(e);
            checkSame(before, describe(optimizer), e);
        }
        before = describe(optimizer);
        Checkpoint checkpoint = new Checkpoint(optimizer);
        try {
            Inputs.bounded(input, () -> checkpoint.load(file));
        } catch (IOException | IllegalArgumentException e) {
            Inputs.checkMessage(e);
            checkSame(before, describe(optimizer), e);
            return;
        }
        optimizer.step(GRADIENTS);
        checkpoint.save(file);
        Optimizer other = optimizer();
        new Checkpoint(other).load(file);
        checkSame(describe(optimizer), describe(other), null);
        optimizer = optimizer();
    }

    private static void checkSame(String expected, String found, Exception cause) {
        if (!expected.equals(found)) {
            throw new AssertionError(expected + "\nbecame " + found, cause);
        }
    }
}
