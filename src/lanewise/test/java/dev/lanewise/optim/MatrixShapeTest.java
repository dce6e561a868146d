package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.MatrixShape.FanOut;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class MatrixShapeTest {
    /** A rule of an application's own that subtracts the fan-out. */
    private record FanOutRule(Schedule learningRate) implements UpdateRule {
        @Override
        public FanOutRule withLearningRate(Schedule learningRate) {
            return new FanOutRule(learningRate);
        }

        @Override
        public List<StateBuffer> state() {
            return List.of();
        }

        @Override
        public boolean needsMatrix() {
            return true;
        }

        @Override
        public void coefficients(Step step, float[] c) {
            c[0] = step.shape().outputs();
        }

        @Override
        public void update(float[][] buffers, int from, int to, float[] c) {
            for (int i = from; i < to; i++) {
                buffers[0][i] -= c[0];
            }
        }
    }

    private static final UpdateRule RULE = new FanOutRule(new Constant(1));

    @Test
    void theOutputsLieAlongTheGivenAxis() {
        MatrixShape ours = MatrixShape.inputsByOutputs(784, 256), torchs = MatrixShape.outputsByInputs(256, 784);
        assertEquals(new MatrixShape(784, 256, FanOut.COLUMNS), ours);
        assertEquals(new MatrixShape(256, 784, FanOut.ROWS), torchs);
        for (MatrixShape shape : List.of(ours, torchs)) {
            assertEquals(256, shape.outputs());
            assertEquals(784, shape.inputs());
            assertEquals(784 * 256, shape.length());
            assertFalse(shape.isVector());
        }
        assertTrue(new MatrixShape(1, 5, FanOut.ROWS).isVector());
        assertTrue(new MatrixShape(5, 1, FanOut.ROWS).isVector());
    }

    @Test
    void aShapeHasTheElementsOfItsGroup() {
        ParameterGroup group = new ParameterGroup("w", 3, 6, new AdamW());
        assertNull(group.shape());
        MatrixShape shape = new MatrixShape(2, 3, FanOut.ROWS);
        assertEquals(new ParameterGroup("w", 3, 6, new AdamW(), false, shape), group.withShape(shape));
        assertEquals(
                shape,
                group.withShape(shape).withFrozen(true).withRule(new Lion()).shape());
        assertEquals(group, group.withShape(shape).withShape(null));
        assertRefused(
                "shape of group w must have 6 elements: 4 × 2 = 8",
                () -> group.withShape(MatrixShape.outputsByInputs(4, 2)));
        assertRefused("rows and columns must be at least 1: 0, 5", () -> MatrixShape.inputsByOutputs(0, 5));
        assertRefused("rows and columns must be at least 1: 5, -1", () -> MatrixShape.inputsByOutputs(5, -1));
    }

    @Test
    void aRuleOfMatricesHasTheShapeOfEachGroup() {
        float[] parameters = new float[12];
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(parameters),
                List.of(
                        new ParameterGroup("a", 0, 6, RULE).withShape(MatrixShape.inputsByOutputs(2, 3)),
                        new ParameterGroup("b", 6, 6, UpdateRule.scheduled(step -> RULE))
                                .withShape(MatrixShape.inputsByOutputs(3, 2))),
                StepOptions.DEFAULT);
        optimizer.step(FloatSpan.of(new float[12]));
        assertArrayEquals(new float[] {-3, -3, -3, -3, -3, -3, -2, -2, -2, -2, -2, -2}, parameters);
    }

    @Test
    void groupsThatAreNoMatricesAreNamed() {
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("weight", 0, 6, RULE).withShape(MatrixShape.inputsByOutputs(2, 3)),
                new ParameterGroup("bias", 6, 3, UpdateRule.scheduled(step -> RULE)),
                new ParameterGroup("gain", 9, 3, RULE).withShape(MatrixShape.inputsByOutputs(1, 3)),
                new ParameterGroup("other", 12, 3, new AdamW()));
        assertRefused(
                "groups of FanOutRule must have a shape with at least 2 rows and 2 columns; a rule for vectors, such"
                        + " as AdamW, is due for: bias (no shape), gain (1 × 3)",
                () -> new Optimizer(FloatSpan.of(new float[15]), groups, StepOptions.DEFAULT));
    }

    @Test
    void theShapeStays() {
        MatrixShape shape = MatrixShape.inputsByOutputs(2, 3), other = MatrixShape.outputsByInputs(2, 3);
        ParameterGroup group = new ParameterGroup("w", 0, 6, RULE).withShape(shape);
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[6]), List.of(group), StepOptions.DEFAULT);
        optimizer.replace(optimizer.group("w").withFrozen(true));
        assertEquals(group.withFrozen(true), optimizer.group("w"));
        assertRefused("the shape of group w must stay " + shape + ": " + other, () -> {
            optimizer.replace(group.withShape(other));
            return null;
        });
    }

    /** A boundary that would be within a matrix moves to its nearer end; every rank has whole matrices. */
    @Test
    void aShardEndsAtTheEndOfAMatrix() {
        MatrixShape shape = MatrixShape.inputsByOutputs(100, 100);
        for (int world = 1; world < 7; world++) {
            List<ParameterGroup> groups = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                UpdateRule rule = i == 2 ? new AdamW() : RULE;
                groups.add(new ParameterGroup("g" + i, 10 + 10_000 * i, 10_000, rule).withShape(shape));
            }
            long end = 0;
            int blocks = 0;
            for (int rank = 0; rank < world; rank++) {
                Shard shard = new Shard(50_020, groups, rank, world);
                assertEquals(end, shard.from());
                assertEquals(blocks, shard.blockOffset());
                end = shard.end();
                blocks += shard.blockCount();
                long at = (end - 10) % 10_000, group = (end - 10) / 10_000;
                assertTrue(end == 50_020 || at == 0 || group == 2, "the end " + end);
            }
            assertEquals(50_020, end);
            assertEquals(15, blocks);
        }
    }

    private static void assertRefused(String message, Supplier<?> refused) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, refused::get).getMessage());
    }
}
