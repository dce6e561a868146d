package dev.lanewise.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TrialCriteriaTest {
    private static final TrialCriteria CRITERIA = new TrialCriteria();

    @Test
    void whatFallsTrains() {
        assertEquals(TrialVerdict.TRAINS, CRITERIA.of(planted(i -> 2 * Math.exp(-i / 50.0))));
    }

    /** If the loss is small, batches vary by more than a factor of 2, which is not a spike. */
    @Test
    void whatFallsWithNoiseTrains() {
        Random random = new Random(1);
        TrialResult noisy = planted(i -> (0.05 + 2 * Math.exp(-i / 20.0)) * (0.5 + random.nextDouble()));
        assertEquals(TrialVerdict.TRAINS, CRITERIA.of(noisy));
        assertEquals(TrialVerdict.SPIKED, CRITERIA.withSmoothing(0).of(noisy));
    }

    @Test
    void whatDoesNotFallStalls() {
        assertEquals(TrialVerdict.STALLED, CRITERIA.of(planted(i -> 2)));
        assertEquals(TrialVerdict.STALLED, CRITERIA.of(planted(i -> 2 - 0.0004 * i)));
        assertEquals(TrialVerdict.TRAINS, CRITERIA.of(planted(i -> 2 - 0.0006 * i)));
        assertEquals(TrialVerdict.STALLED, CRITERIA.of(new TrialResult(1)));
    }

    @Test
    void whatJumpsSpikes() {
        assertEquals(TrialVerdict.SPIKED, CRITERIA.of(planted(i -> i == 100 ? 10 : 0.5)));
        assertEquals(TrialVerdict.SPIKED, CRITERIA.of(planted(i -> i > 100 ? 1.2 : 0.5)));
        assertEquals(TrialVerdict.SPIKED, CRITERIA.of(planted(i -> Math.exp(i / 100.0))));
    }

    @Test
    void aJumpIsLookedForOnlyAfterTheWarmIn() {
        TrialCriteria criteria = CRITERIA.withSmoothing(0);
        assertEquals(TrialVerdict.TRAINS, criteria.of(planted(i -> i == 9 ? 10 : 1.0 / (1 + i / 100.0))));
        assertEquals(TrialVerdict.SPIKED, criteria.of(planted(i -> i == 10 ? 10 : 1.0 / (1 + i / 100.0))));
        assertEquals(TrialVerdict.TRAINS, criteria.of(planted(i -> i == 50 ? 1.99 : i == 199 ? 0.9 : 1)));
        assertEquals(TrialVerdict.SPIKED, criteria.of(planted(i -> i == 50 ? 2.01 : i == 199 ? 0.9 : 1)));
    }

    @Test
    void whatIsNotFiniteHasDiverged() {
        assertEquals(TrialVerdict.DIVERGED, CRITERIA.of(planted(i -> i == 3 ? Double.NaN : 2 - i * 0.001)));
        assertEquals(TrialVerdict.DIVERGED, CRITERIA.of(planted(i -> i == 100 ? 1e9 : i == 199 ? 1 / 0.0 : 2)));
    }

    @Test
    void aStepAsLargeAsTheWeightsIsASpike() {
        double[] losses = planted(i -> 2 * Math.exp(-i / 50.0)).losses();
        double[][] ratios = new double[200][];
        Arrays.setAll(ratios, i -> new double[] {0.001, i == 0 ? Double.NaN : i < 10 ? 1 : 0.001});
        TrialResult run = new TrialResult(losses, ratios, OptionalDouble.empty());
        assertEquals(TrialVerdict.TRAINS, CRITERIA.of(run));
        ratios[150][1] = 0.49;
        assertEquals(TrialVerdict.TRAINS, CRITERIA.of(run));
        ratios[150][1] = 0.5;
        assertEquals(TrialVerdict.SPIKED, CRITERIA.of(run));
        ratios[150][1] = 0.001;
        ratios[0][0] = 0.5;
        assertEquals(TrialVerdict.SPIKED, CRITERIA.of(run));
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("warmIn must be at least 0: -1", () -> new TrialCriteria(-1, 0.9, 2, 0.5, 0.95));
        assertMessage("smoothing must be in [0, 1): 1.0", () -> CRITERIA.withSmoothing(1));
        assertMessage("jump must be finite and above 1: 1.0", () -> new TrialCriteria(10, 0.9, 1, 0.5, 0.95));
        assertMessage("ratio must be finite and above 0: NaN", () -> new TrialCriteria(10, 0.9, 2, Double.NaN, 0.95));
        assertMessage("progress must be finite and above 0: 0.0", () -> new TrialCriteria(10, 0.9, 2, 0.5, 0));
        assertMessage("losses must have at least one element: []", () -> new TrialResult());
        assertMessage(
                "accuracy must be a number or empty: NaN",
                () -> new TrialResult(new double[1], new double[0][], OptionalDouble.of(Double.NaN)));
    }

    private static TrialResult planted(IntToDoubleFunction loss) {
        return new TrialResult(IntStream.range(0, 200).mapToDouble(loss).toArray());
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
