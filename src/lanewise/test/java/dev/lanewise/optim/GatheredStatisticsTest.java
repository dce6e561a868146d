package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.FloatSpan;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The statistics that ranks exchange after a step; {@code DataParallelTest} has them between processes. */
class GatheredStatisticsTest {
    /** The other rank's part of the sums is filled in: norms are added by squares, counts as they are, and the larger update is taken. */
    @Test
    void theStatisticsOfAllRanksAreCombined() {
        for (boolean normsExchanged : new boolean[] {false, true}) {
            List<ParameterGroup> groups = List.of(
                    new ParameterGroup("a", 0, 9000, new Sgd(1)), new ParameterGroup("b", 9000, 11_000, new Sgd(1)));
            Shard shard = new Shard(20_000, groups, 1, 2);
            StepOptions options = StepOptions.DEFAULT
                    .withStatistics(true)
                    .withClipping(normsExchanged ? Clipping.byNorm(1e9) : StepOptions.DEFAULT.clipping());
            int n = (int) shard.length();
            Optimizer optimizer = new Optimizer(FloatSpan.of(random(n, 6)), shard, options);
            FloatSpan gradients = FloatSpan.of(random(n, 7));
            StepReport own =
                    optimizer.step(gradients, 1, (sums, from, count) -> {}).copy();
            double[] other = {9, 16, 25, 1e9, 3, 36, 49, 64, 1e-9, 5};
            optimizer.gatherStatistics((sums, from, count) -> {
                assertEquals(20, sums.length);
                assertEquals(10, from);
                assertEquals(10, count);
                System.arraycopy(other, 0, sums, 0, 10);
            });
            double squares = 0;
            for (int i = 0; i < 2; i++) {
                StepReport.Group before = own.groups().get(i),
                        after = optimizer.report().groups().get(i);
                double gradient = before.gradientNorm() * before.gradientNorm() + other[5 * i];
                squares += gradient;
                assertEquals(normsExchanged ? before.gradientNorm() : Math.sqrt(gradient), after.gradientNorm());
                assertEquals(
                        Math.sqrt(before.updateNorm() * before.updateNorm() + other[5 * i + 1]), after.updateNorm());
                assertEquals(
                        Math.sqrt(before.parameterNorm() * before.parameterNorm() + other[5 * i + 2]),
                        after.parameterNorm());
                assertEquals(Math.max(before.largestUpdate(), other[5 * i + 3]), after.largestUpdate());
                assertEquals(before.nonFinite() + (long) other[5 * i + 4], after.nonFinite());
            }
            double norm = normsExchanged ? own.gradientNorm() : Math.sqrt(squares);
            assertEquals(norm, optimizer.report().gradientNorm());
        }
    }

    /** The norms of all ranks are not those of one, and would be added up again. */
    @Test
    void theStatisticsOfAStepAreGatheredOnce() {
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(new float[2]), new Sgd(), StepOptions.DEFAULT.withStatistics(true));
        int[] calls = {0};
        SumExchange broken = (sums, from, count) -> {
            if (calls[0]++ == 0) {
                throw new IllegalArgumentException("connection lost");
            }
        };
        FloatSpan gradients = FloatSpan.of(new float[] {3, 4});
        for (int step = 1; step < 3; step++) {
            optimizer.step(gradients);
            if (step == 1) {
                assertThrows(IllegalArgumentException.class, () -> optimizer.gatherStatistics(broken));
            }
            optimizer.gatherStatistics(broken);
            assertEquals(5, optimizer.report().gradientNorm());
            assertEquals(
                    "the statistics of a step must be gathered once: step " + step,
                    assertThrows(IllegalStateException.class, () -> optimizer.gatherStatistics(broken))
                            .getMessage());
        }
        assertEquals(3, calls[0]);
    }
}
