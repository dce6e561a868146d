package dev.lanewise.optim;

import static dev.lanewise.optim.StateTypeTest.mean;
import static dev.lanewise.optim.StateTypeTest.optimizer;
import static dev.lanewise.optim.StateTypeTest.steps;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** State in 8 bits: the bits of the kernels, files, and that second moments decay. */
class Int8StateTest {
    @TempDir
    Path folder;

    static Stream<UpdateRule> eightBitStateOfEveryRule() {
        return RuleTable.rules();
    }

    @ParameterizedTest
    @MethodSource
    void eightBitStateOfEveryRule(UpdateRule rule) {
        int n = 3 * 4096 + 37;
        Random random = new Random(1);
        float[] initial = Floats.nasty(n, random, true);
        float[][] gradients = {Floats.nasty(n, random, true), Floats.random(n, 2), Floats.nasty(n, random, false)};
        Definition definition = new Definition(rule, initial, StateType.INT8, 0);
        for (float[] gradient : gradients) {
            definition.step(gradient);
        }
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Optimizer optimizer = new Optimizer(
                        FloatSpan.of(initial.clone()),
                        rule,
                        StepOptions.DEFAULT
                                .withState(StateType.INT8)
                                .withWorkers(workers)
                                .withStatistics(threads == 2));
                for (float[] gradient : gradients) {
                    optimizer.step(FloatSpan.of(gradient));
                }
                assertArrayEquals(
                        definition.parameters(), optimizer.parameters().toArray());
                for (StateBuffer buffer : rule.state()) {
                    assertArrayEquals(
                            definition.state(buffer.name()),
                            optimizer.state("all", buffer.name()).toArray(),
                            buffer.name());
                }
            }
        }
    }

    @Test
    void eightBitStateIsSavedWithItsScalesAndShortGroupsStayFloats() throws IOException {
        Path file = folder.resolve("int8.safetensors");
        StepOptions options = StepOptions.DEFAULT.withState(StateType.INT8);
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("bias", 3, 100, new AdamW()),
                new ParameterGroup("weight", 103, 5_001, new AdamW()),
                new ParameterGroup("other", 5_104, 9_000, new Lion()));
        Optimizer[] optimizers = new Optimizer[2];
        for (int i = 0; i < 2; i++) {
            optimizers[i] = new Optimizer(FloatSpan.of(Floats.random(15_000, i)), groups, options);
        }
        steps(optimizers[0], 0, 3);
        new Checkpoint(optimizers[0]).save(file);
        new Checkpoint(optimizers[1]).load(file);
        for (Optimizer each : optimizers) {
            steps(each, 3, 6);
        }
        assertArrayEquals(
                optimizers[0].parameters().slice(3, 14_101).toArray(),
                optimizers[1].parameters().slice(3, 14_101).toArray());
        try (java.lang.foreign.Arena arena = java.lang.foreign.Arena.ofConfined()) {
            var saved = dev.lanewise.safetensors.Safetensors.map(file, arena);
            assertEquals("U8 [5001]", CheckpointNumbers.describe(saved.tensor("weight.exp_avg_sq")));
            assertEquals("F32 [20]", CheckpointNumbers.describe(saved.tensor("weight.exp_avg_sq.scale")));
            assertEquals("F32 [100]", CheckpointNumbers.describe(saved.tensor("bias.exp_avg")));
        }
        Optimizer f32 = new Optimizer(FloatSpan.of(new float[15_000]), groups, StepOptions.DEFAULT);
        assertThrows(IllegalArgumentException.class, () -> new Checkpoint(f32).load(file));
    }

    @Test
    void eightBitSecondMomentsDecay() {
        int n = 100_000;
        Optimizer optimizer = optimizer(n, new AdamW(), StepOptions.DEFAULT.withState(StateType.INT8));
        optimizer.step(FloatSpan.of(Floats.random(n, 1)));
        double before = mean(optimizer, "exp_avg_sq");
        float[] none = new float[n];
        for (int i = 0; i < 300; i++) {
            optimizer.step(FloatSpan.of(none));
        }
        assertEquals(Math.pow(0.999, 300), mean(optimizer, "exp_avg_sq") / before, 1e-2);
    }
}
