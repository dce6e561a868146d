package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Schedule;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** What a row optimizer refuses, and the words for it. */
class RowRefusalsTest {
    private static final int ROWS = 10, COLUMNS = 3;

    private static RowOptimizer optimizer(UpdateRule rule, StepOptions options) {
        return new RowOptimizer(FloatSpan.of(random(ROWS * COLUMNS, 1)), COLUMNS, rule, options);
    }

    private static RowOptimizer optimizer(UpdateRule rule) {
        return optimizer(rule, StepOptions.DEFAULT);
    }

    private static FloatSpan gradients(int rows) {
        return FloatSpan.of(random(rows * COLUMNS, 2));
    }

    private static void refused(String message, Executable use) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, use).getMessage());
    }

    @Test
    void refusesTables() {
        FloatSpan table = FloatSpan.of(new float[12]);
        String most = "[1, " + (Integer.MAX_VALUE - 16) + "]";
        refused("columns must be in " + most + ": 0", () -> new RowOptimizer(table, 0, new Sgd()));
        refused("columns must be in " + most + ": -3", () -> new RowOptimizer(table, -3, new Sgd()));
        refused("length of table must be a multiple of 5 (columns): 12", () -> new RowOptimizer(table, 5, new Sgd()));
        FloatSpan readOnly = FloatSpan.of(table.segment().asReadOnly());
        refused("table must not be read-only: " + readOnly, () -> new RowOptimizer(readOnly, 3, new Sgd()));
        assertEquals(4, new RowOptimizer(table, 3, new Sgd()).rows());
        assertEquals(3, new RowOptimizer(table, 3, new Sgd()).columns());
    }

    @Test
    void refusesOptionsWhoseWorkIsThatOfTheTable() {
        refused(
                "averageDecay must be 1 in a row optimizer: 0.9",
                () -> optimizer(new Sgd(), StepOptions.DEFAULT.withAverageDecay(0.9)));
        refused(
                "statistics must be false in a row optimizer: true",
                () -> optimizer(new Sgd(), StepOptions.DEFAULT.withStatistics(true)));
        refused(
                "zeroGradients must be false in a row optimizer: true",
                () -> optimizer(new Sgd(), StepOptions.DEFAULT.withZeroGradients(true)));
        LossScale scale = new LossScale(2);
        refused(
                "lossScale must be null in a row optimizer: " + scale,
                () -> optimizer(new Sgd(), StepOptions.DEFAULT.withLossScale(scale)));
    }

    @Test
    void refusesARuleOfRowsWithoutRows() {
        refused(
                "the rule of group all must be one of parameters, since a RowOptimizer applies those of rows:"
                        + " RowWiseAdagrad",
                () -> new Optimizer(FloatSpan.of(new float[3]), new RowWiseAdagrad()));
    }

    @Test
    void refusesMemoryForState() {
        FloatSpan table = FloatSpan.of(new float[12]);
        FloatSpan one = FloatSpan.of(new float[12]);
        FloatSpan readOnly = FloatSpan.of(one.segment().asReadOnly());
        String[] messages = {
            "length of exp_avg must be 12: 11",
            "exp_avg must not be read-only: " + readOnly,
            "exp_avg and table must not overlap",
            "exp_avg_sq and other state must not overlap"
        };
        FloatSpan[] memory = {FloatSpan.of(new float[11]), readOnly, table, one};
        for (int i = 0; i < messages.length; i++) {
            FloatSpan given = memory[i];
            refused(
                    messages[i],
                    () -> new RowOptimizer("t", table, 3, new SparseAdam(), StepOptions.DEFAULT, length -> given));
        }
    }

    /** Nothing is written, and the step does not count. */
    @Test
    void refusesStepsBeforeAnythingIsWritten(@TempDir Path folder) throws IOException {
        RowOptimizer optimizer = optimizer(new SparseAdam());
        byte[] before = RowCheckpointTest.bytes(optimizer, folder);
        FloatSpan two = gradients(2);
        int[] rows = {3, 9};
        refused("rows[1] must be in [0, 10): 10", () -> optimizer.step(new int[] {3, 10}, two));
        refused("rows[0] must be in [0, 10): -1", () -> optimizer.step(new int[] {-1, 3}, two));
        refused("length of gradients must be 6 (2 rows of 3 columns): 5", () -> optimizer.step(rows, two.slice(0, 5)));
        refused("length of gradients must be 6 (2 rows of 3 columns): 9", () -> optimizer.step(rows, gradients(3)));
        refused(
                "length of gradients must be at least 3 (1 rows of 3 columns): 2",
                () -> optimizer.step(rows, 1, two.slice(0, 2), 1));
        refused("count must be in [0, 2] (rows): 3", () -> optimizer.step(rows, 3, gradients(3), 1));
        refused("count must be in [0, 2] (rows): -1", () -> optimizer.step(rows, -1, two, 1));
        refused("gradientFactor must be finite: NaN", () -> optimizer.step(rows, 2, two, Double.NaN));
        refused(
                "gradients and table must not overlap",
                () -> optimizer.step(rows, optimizer.table().slice(3, 6)));
        refused(
                "gradients and state must not overlap",
                () -> optimizer.step(rows, optimizer.state("exp_avg_sq").slice(3, 6)));
        assertThrows(NullPointerException.class, () -> optimizer.step(null, two));
        assertThrows(NullPointerException.class, () -> optimizer.step(rows, null));
        assertArrayEquals(before, RowCheckpointTest.bytes(optimizer, folder));
        optimizer.replace(new SparseAdam((Schedule) step -> Double.NaN));
        assertEquals(
                "the learning rate of group table must be finite and not negative: NaN at step 0",
                assertThrows(IllegalStateException.class, () -> optimizer.step(rows, two))
                        .getMessage());
        optimizer.replace(new SparseAdam());
        assertArrayEquals(before, RowCheckpointTest.bytes(optimizer, folder));
        assertEquals(0, optimizer.steps());
        refused("state of table must be one of [exp_avg, exp_avg_sq]: sum", () -> optimizer.state("sum"));
    }

    @Test
    void refusesClosedMemoryAndThatOfAnotherThread() throws InterruptedException {
        Arena arena = Arena.ofConfined();
        FloatSpan confined = FloatSpan.of(arena.allocate(4 * ROWS * COLUMNS, 4));
        RowOptimizer inArray = optimizer(new Adagrad()), inArena = new RowOptimizer(confined, COLUMNS, new Adagrad());
        FloatSpan gradients = confined.slice(0, COLUMNS);
        int[] rows = {3};
        Throwable[] thrown = new Throwable[2];
        Thread other = new Thread(() -> {
            thrown[0] = assertThrows(WrongThreadException.class, () -> inArray.step(rows, gradients));
            thrown[1] = assertThrows(WrongThreadException.class, () -> inArena.step(rows, gradients(1)));
        });
        other.start();
        other.join();
        assertEquals("the memory of the gradients belongs to another thread", thrown[0].getMessage());
        assertEquals("the memory of the table belongs to another thread", thrown[1].getMessage());
        arena.close();
        assertEquals(
                "the memory of the gradients has been closed",
                assertThrows(IllegalStateException.class, () -> inArray.step(rows, gradients))
                        .getMessage());
        assertEquals(
                "the memory of the table has been closed",
                assertThrows(IllegalStateException.class, () -> inArena.step(rows, gradients(1)))
                        .getMessage());
        assertEquals(0, inArray.steps() + inArena.steps());
    }

    @Test
    void refusesAStepOrAReplacementWithinAStep() {
        RowOptimizer[] optimizer = new RowOptimizer[1];
        List<Runnable> calls =
                List.of(() -> optimizer[0].step(new int[] {1}, gradients(1)), () -> optimizer[0].replace(new Sgd()));
        for (Runnable call : calls) {
            optimizer[0] = optimizer(new Sgd(step -> {
                call.run();
                return 1;
            }));
            assertEquals(
                    "this thread is in a step of this optimizer already, whose callbacks must not call it again",
                    assertThrows(IllegalStateException.class, () -> optimizer[0].step(new int[] {1}, gradients(1)))
                            .getMessage());
        }
    }

    @Test
    void refusesARuleOfAnotherStructure() {
        RowOptimizer optimizer = optimizer(new SparseAdam());
        refused(
                "the rule of table must stay SparseAdam with the state [exp_avg, exp_avg_sq]: Adagrad with the state"
                        + " [sum]",
                () -> optimizer.replace(new Adagrad()));
    }
}
