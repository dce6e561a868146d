package dev.lanewise.mnist.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunExecutorTest {
    private static final Run RUN = new Run(List.of(5), new Sgd(), 60, 16, 20, 1).at(0.1);

    @TempDir
    private Path folder;

    private RunExecutor bench(int threads) throws IOException {
        return new RunExecutor(TinyImages.data(), ResultStore.open(folder, Map.of()), threads, Watcher.NONE);
    }

    @Test
    void trainsARunOnceHoweverOftenItIsAskedFor() throws IOException {
        try (RunExecutor bench = bench(2)) {
            List<Result> results = bench.of(List.of(RUN, RUN.withSeed(2), RUN));
            assertSame(results.get(0), results.get(2));
            assertSame(results.get(0), bench.of(List.of(RUN)).getFirst());
            assertEquals(2, bench.runs());
        }
    }

    @Test
    void resultDependsOnTheDescriptionAlone() throws IOException {
        Result alone = RunTrainer.train(RUN, TinyImages.data());
        try (RunExecutor bench = bench(3)) {
            List<Result> many = bench.of(List.of(RUN.at(0.2), RUN.at(0.3), RUN, RUN.at(0.4)));
            assertArrayEquals(alone.losses(), many.get(2).losses());
            assertFalse(Arrays.equals(alone.losses(), many.get(1).losses()));
        }
    }

    @Test
    void lossesFallAndChecksAreAtEqualDistances() {
        Result result = RunTrainer.train(RUN.tested(4), TinyImages.data());
        assertEquals(20, result.losses().length);
        assertEquals(4, result.accuracies().length);
        assertTrue(result.lastLoss() < result.losses()[0]);
        assertTrue(result.test() > 0 && result.test() <= 1, result.test() + "");
        assertEquals(0, result.ratios().length);
        Result half = RunTrainer.train(
                new Run(List.of(5), new Sgd(), 60, 16, 10, 1).at(0.1).checked(1), TinyImages.data());
        assertEquals(half.accuracy(), result.accuracies()[1]);
    }

    @Test
    void takesTheNormsOfEachLayer() {
        Result result = RunTrainer.train(RUN.with(Run.Norms.ALL), TinyImages.data());
        assertEquals(2, result.layers().size());
        float[] update = result.update();
        for (int i = 0; i < 20; i++) {
            double sum = 0;
            float largest = 0;
            for (Result.Layer layer : result.layers()) {
                sum += (double) layer.update()[i] * layer.update()[i];
                largest = Math.max(largest, layer.update()[i] / layer.weight()[i]);
            }
            assertEquals(Math.sqrt(sum), update[i], 1e-6);
            assertEquals(largest, result.ratios()[i], 1e-6);
        }
        assertArrayEquals(
                result.ratios(),
                RunTrainer.train(RUN.with(Run.Norms.LARGEST), TinyImages.data()).ratios());
    }

    @Test
    void divergedRunEndsWithNanAndHasNoAccuracy() {
        Run run = new Run(List.of(5, 5), new Sgd(), 60, 16, 20, 1)
                .at(1e30)
                .tested(2)
                .with(Run.Norms.ALL);
        Result result = RunTrainer.train(run, TinyImages.data());
        assertTrue(result.diverged());
        assertTrue(result.losses().length < 20);
        assertEquals(result.losses().length - 1, result.ratios().length);
        assertEquals(result.losses().length - 1, result.update().length);
        assertEquals(0, result.accuracy());
        assertEquals(0, result.test());
    }

    @Test
    void rateOfALayerIsItsOwn() {
        Run one = new Run(List.of(5), new AdamW(), 60, 16, 5, 1).at(0.01).with(Run.Norms.ALL);
        Result same = RunTrainer.train(one, TinyImages.data());
        Result each = RunTrainer.train(one.atEach(List.of(0.01, 0.01)), TinyImages.data());
        assertArrayEquals(same.losses(), each.losses());
        Result frozen = RunTrainer.train(one.atEach(List.of(0.01, 0.0)), TinyImages.data());
        assertTrue(frozen.layers().get(0).update()[0] > 0);
        assertEquals(0, frozen.layers().get(1).update()[0]);
    }
}
