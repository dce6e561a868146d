package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The state of {@link Adafactor} in checkpoints and among ranks. */
class AdafactorStateTest {
    private static final Adafactor RULE = new Adafactor();

    @TempDir
    Path folder;

    /** 21 floats of state instead of the 80 of two moments; a checkpoint has their shapes. */
    @Test
    void aCheckpointHasTheRowsAndColumns() throws IOException {
        Path file = folder.resolve("checkpoint");
        float[] straight = random(40, 11), first = straight.clone(), second = new float[40];
        Optimizer one = AdafactorTest.twoMatrices(straight),
                two = AdafactorTest.twoMatrices(first),
                three = AdafactorTest.twoMatrices(second);
        steps(one, 0, 10);
        steps(two, 0, 4);
        new Checkpoint(two).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            assertEquals(List.of(4L, 1L), saved.tensor("a.row_var").shape());
            assertEquals(List.of(1L, 5L), saved.tensor("a.col_var").shape());
            assertEquals(List.of(10L, 1L), saved.tensor("b.row_var").shape());
            assertEquals(List.of(1L, 2L), saved.tensor("b.col_var").shape());
        }
        new Checkpoint(three).load(file);
        OptimizerSnapshot snapshot = three.snapshot();
        steps(three, 4, 10);
        assertArrayEquals(straight, second);
        snapshot.restore();
        steps(three, 4, 10);
        assertArrayEquals(straight, second);
        assertEquals(
                "part half must be all of group a, since row_var is of a whole matrix",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Checkpoint(
                                        one,
                                        List.of(
                                                Checkpoint.Part.of("half", 0, 2, 5),
                                                Checkpoint.Part.of("rest", 10, 2, 5),
                                                Checkpoint.Part.of("b", 20, 10, 2))))
                        .getMessage());
    }

    private static void steps(Optimizer optimizer, int from, int to) {
        for (int step = from; step < to; step++) {
            optimizer.step(FloatSpan.of(random(40, step)));
        }
    }

    /** The ranks have whole matrices, exchange the sums of vectors, and load the files of any other number of ranks. */
    @Test
    void ranksHaveTheBitsOfOneProcess() throws IOException {
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("a", 0, 9000, RULE).withShape(MatrixShape.inputsByOutputs(90, 100)),
                new ParameterGroup("v", 9000, 9000, RULE.withFactored(false)),
                new ParameterGroup("b", 18_000, 6000, RULE).withShape(MatrixShape.inputsByOutputs(100, 60)));
        float[] expected = null;
        for (int world = 1; world <= 4; world++) {
            float[] actual = random(24_000, 5);
            List<Optimizer> ranks = ranks(actual, groups, world);
            rankSteps(ranks, 0, 2);
            List<Path> files = new ArrayList<>();
            for (Optimizer rank : ranks) {
                files.add(folder.resolve("rank " + files.size() + " of " + world));
                new Checkpoint(rank).save(files.getLast());
            }
            float[] resumed = new float[24_000];
            List<Optimizer> others = ranks(resumed, groups, 5 - world);
            for (Optimizer other : others) {
                new Checkpoint(other).load(files);
            }
            rankSteps(ranks, 2, 4);
            rankSteps(others, 2, 4);
            expected = expected == null ? actual : expected;
            assertArrayEquals(expected, actual, world + " ranks");
            assertArrayEquals(expected, resumed, world + " ranks, resumed by " + others.size());
        }
    }

    private static List<Optimizer> ranks(float[] parameters, List<ParameterGroup> groups, int world) {
        List<Optimizer> ranks = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            Shard shard = new Shard(parameters.length, groups, rank, world);
            FloatSpan mine = FloatSpan.of(parameters, (int) shard.from(), (int) shard.length());
            ranks.add(new Optimizer(mine, shard, StepOptions.DEFAULT));
        }
        return ranks;
    }

    /** Each rank's first attempt collects its sums; the second has those of all, from the same state. */
    private static void rankSteps(List<Optimizer> ranks, int from, int to) {
        for (int step = from; step < to; step++) {
            float[] gradient = random(24_000, step);
            double[][] all = new double[1][];
            for (Optimizer rank : ranks) {
                OptimizerSnapshot before = rank.snapshot();
                rank.step(slice(gradient, rank), 1, (sums, at, count) -> {
                    all[0] = all[0] == null ? new double[sums.length] : all[0];
                    System.arraycopy(sums, at, all[0], at, count);
                });
                before.restore();
            }
            for (Optimizer rank : ranks) {
                rank.step(
                        slice(gradient, rank),
                        1,
                        (sums, at, count) -> System.arraycopy(all[0], 0, sums, 0, sums.length));
            }
        }
    }

    private static FloatSpan slice(float[] gradient, Optimizer rank) {
        Shard shard = rank.shard();
        return FloatSpan.of(gradient, (int) shard.from(), (int) shard.length());
    }
}
