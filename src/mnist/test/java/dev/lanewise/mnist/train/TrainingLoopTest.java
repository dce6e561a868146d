package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.mnist.data.Batches;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrainingLoopTest {
    @TempDir
    private Path folder;

    private DataSet data;
    private final Mlp mlp = new Mlp(9, 8, 3);
    private final List<Integer> images = new ArrayList<>();
    private final List<Double> losses = new ArrayList<>();

    @BeforeEach
    void load() throws IOException {
        data = DataSet.load(TinyData.write(folder), DataSet.TRAINING);
        mlp.initialize(1);
    }

    private TrainingLoop loop(int images, double rate) {
        Batches batches = new Batches(data, images, 16, 1, Workers.caller());
        return new TrainingLoop(
                batches,
                mlp,
                new Optimizer(mlp.parameters(), new Sgd().withLearningRate(rate)),
                (report, loss, count) -> {
                    assertEquals(losses.size() + 1, report.step());
                    this.images.add(count);
                    losses.add(loss);
                });
    }

    @Test
    void lastBatchOfAnEpochHasTheRest() {
        double last = loop(90, 0.1).run(8);
        assertEquals(List.of(16, 16, 16, 16, 16, 10, 16, 16), images);
        assertEquals(losses.getLast(), last);
        assertTrue(losses.getLast() < losses.getFirst());
    }

    @Test
    void trainsOnTheFirstImagesAlone() {
        for (int i = 20; i < data.size(); i++) {
            data.labels()[i] = -1;
        }
        loop(20, 0.1).run(6);
        assertEquals(List.of(16, 4, 16, 4, 16, 4), images);
    }

    @Test
    void goesOnWhereItStopped() {
        loop(90, 0.1).run(9);
        float[] whole = mlp.parameters().toArray();
        mlp.initialize(1);
        losses.clear();
        TrainingLoop loop = loop(90, 0.1);
        loop.run(4);
        loop.step();
        loop.run(9);
        assertArrayEquals(whole, mlp.parameters().toArray());
        assertEquals(0, loop.run(9));
    }

    @Test
    void endsBeforeTheStepWhoseLossIsNotFinite() {
        TrainingLoop loop = loop(90, 1e30);
        assertFalse(Double.isFinite(loop.run(100)));
        int taken = losses.size();
        assertTrue(taken > 0 && taken < 100, taken + " steps");
        assertTrue(losses.stream().allMatch(Double::isFinite));
        assertFalse(Double.isFinite(loop.step()));
        assertEquals(taken, losses.size());
    }
}
