package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Schedule;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Code of the application that a step calls may not call the optimizer again, and what it calls leaves no trace. */
class OptimizerReentryTest {
    /** Whatever reads or changes what a step changes is refused within it. */
    @Test
    void mayNotCallWhatReadsOrChangesTheState() {
        Optimizer[] self = new Optimizer[1];
        OptimizerSnapshot[] snapshot = new OptimizerSnapshot[1];
        List<Executable> calls = List.of(
                () -> self[0].snapshot(),
                () -> snapshot[0].restore(),
                () -> self[0].copyEvaluationParameters(FloatSpan.of(new float[2])),
                () -> self[0].replace(self[0].group("all")),
                () -> self[0].setLearningRate(1),
                () -> self[0].sumSquares(FloatSpan.of(new float[2]), new double[1]),
                () -> self[0].gatherStatistics((sums, from, count) -> {}),
                () -> self[0].state("all", "exp_avg"));
        List<String> messages = new ArrayList<>();
        Schedule schedule = step -> {
            for (Executable call : step == 1 ? calls : List.<Executable>of()) {
                messages.add(assertThrows(IllegalStateException.class, call).getMessage());
            }
            return 0.1;
        };
        self[0] = new Optimizer(
                FloatSpan.of(new float[2]),
                new AdamW(schedule),
                StepOptions.DEFAULT.withState(StateType.BF16).withStatistics(true));
        self[0].step(FloatSpan.of(new float[] {1, 2}));
        snapshot[0] = self[0].snapshot();
        self[0].step(FloatSpan.of(new float[] {1, 2}));
        assertEquals(
                Collections.nCopies(
                        calls.size(),
                        "this thread is in a step of this optimizer already, whose callbacks must not call it again"),
                messages);
        for (Executable call : calls) {
            assertDoesNotThrow(call);
        }
    }

    /** The sums of squares that ranks exchange belong to the step, so that a step which is refused meanwhile must not touch them. */
    @Test
    void aStepThatIsRefusedLeavesTheExchangedSums() {
        Optimizer[] self = new Optimizer[1];
        SumExchange alone = (sums, from, count) -> {};
        FloatSpan gradient = FloatSpan.of(new float[] {3, 4}), bad = FloatSpan.of(new float[] {Float.NaN, 1});
        Runnable refused = () -> assertThrows(IllegalStateException.class, () -> self[0].step(gradient, 1, alone));
        boolean[] within = {false};
        Schedule schedule = step -> {
            if (within[0]) {
                refused.run();
            }
            return 0.1;
        };
        float[] parameters = new float[2];
        StepOptions options =
                StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)).withNonFinitePolicy(NonFinitePolicy.SKIP);
        self[0] = new Optimizer(FloatSpan.of(parameters), new Sgd().withLearningRate(schedule), options);
        within[0] = true;
        assertEquals(5, self[0].step(gradient, 1, alone).gradientNorm());
        assertEquals(
                5,
                self[0].step(gradient, 1, (sums, from, count) -> refused.run()).gradientNorm());
        float[] before = parameters.clone();
        assertEquals(1, self[0].step(bad, 1, alone).skipped());
        assertArrayEquals(before, parameters);
    }
}
