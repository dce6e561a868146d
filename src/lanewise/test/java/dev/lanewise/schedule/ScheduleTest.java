package dev.lanewise.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScheduleTest {
    @Test
    void constantStays() {
        assertEquals(0.1, new Constant(0.1).at(0));
        assertEquals(0.1, new Constant(0.1).at(Long.MAX_VALUE));
    }

    @Test
    void stepDecayFallsAtTheEndOfEachTread() {
        assertValues(new StepDecay(8, 0.5, 3), 8, 8, 8, 4, 4, 4, 2);
        assertEquals(0, new StepDecay(8, 0.5, 3).at(Long.MAX_VALUE));
        assertEquals(8, new StepDecay(8, 1, 1).at(Long.MAX_VALUE));
        assertValues(new StepDecay(8, 0, 2), 8, 8, 0, 0);
    }

    @Test
    void multiStepFallsAtItsMilestones() {
        assertValues(new MultiStep(8, 0.5, 1, 4), 8, 4, 4, 4, 2, 2);
        assertEquals(2, new MultiStep(8, 0.5, 1, 4).at(Long.MAX_VALUE));
        assertEquals(8, new MultiStep(8, 0.5).at(Long.MAX_VALUE));
        assertEquals(new MultiStep(8, 0.5, List.of(1L, 4L)), new MultiStep(8, 0.5, 1, 4));
    }

    @Test
    void exponentialFallsAtEveryStep() {
        assertValues(new Exponential(8, 0.5), 8, 4, 2, 1);
        assertEquals(0, new Exponential(8, 0.5).at(Long.MAX_VALUE));
        assertEquals(8, new Exponential(8, 1).at(Long.MAX_VALUE));
        assertValues(new Exponential(8, 0), 8, 0, 0);
    }

    @Test
    void polynomialFallsToItsFloorAndStaysThere() {
        assertValues(new Polynomial(4, 1, 4), 4, 3, 2, 1, 0, 0);
        assertValues(new Polynomial(17, 2, 4, 1), 17, 10, 5, 2, 1, 1);
        assertEquals(1, new Polynomial(17, 2, 4, 1).at(Long.MAX_VALUE));
        assertEquals(1, new Polynomial(17, 2, 0, 1).at(0));
    }

    @Test
    void linearWarmupRisesToItsPeakAndStaysThere() {
        assertValues(new LinearWarmup(8, 4, 0.5), 4, 5, 6, 7, 8, 8);
        assertValues(new LinearWarmup(8, 4, 0), 0, 2, 4, 6, 8, 8);
        assertEquals(8, new LinearWarmup(8, 4, 0).at(Long.MAX_VALUE));
        assertEquals(8, new LinearWarmup(8, 0, 0).at(0));
        assertEquals(8, new LinearWarmup(8, 4, 1).at(0));
    }

    @Test
    void linearWarmupCanBeginAsWarmupCosineDoes() {
        Schedule line = new LinearWarmup(0.8, 16 - 1, 1.0 / 16);
        Schedule curve = new WarmupCosine(0.8, 16, 100);
        for (long step = 0; step <= 16; step++) {
            assertEquals(curve.at(step), line.at(step), 1e-15);
        }
    }

    @Test
    void cosineFallsFromItsPeakToItsFloorAndStaysThere() {
        Schedule schedule = new Cosine(0.8, 8, 0.2);
        assertEquals(0.8, schedule.at(0));
        assertEquals(0.2 + 0.3 * (1 + Math.cos(Math.PI / 8)), schedule.at(1), 1e-15);
        assertEquals(0.5, schedule.at(4), 1e-15);
        assertEquals(0.2 + 0.3 * (1 + Math.cos(Math.PI * 7 / 8)), schedule.at(7), 1e-15);
        assertEquals(0.2, schedule.at(8));
        assertEquals(0.2, schedule.at(16));
        assertEquals(0.2, schedule.at(Long.MAX_VALUE));
        assertEquals(0, new Cosine(0.8, 0).at(0));
    }

    @Test
    void restartsBeginAgainAtEachJoint() {
        Schedule schedule = new CosineRestarts(0.8, 4, 3, 0.2);
        for (long start : new long[] {0, 4, 16, 52}) {
            assertEquals(0.8, schedule.at(start), "at step " + start);
        }
        assertEquals(0.5, schedule.at(2), 1e-15);
        assertEquals(0.5, schedule.at(4 + 6), 1e-15);
        assertEquals(0.5, schedule.at(16 + 18), 1e-15);
        assertEquals(new Cosine(0.8, 36, 0.2).at(35), schedule.at(51));
        assertEquals(new Cosine(0.8, 4).at(3), new CosineRestarts(0.8, 4).at(4_000_000_003L));
    }

    /** A cycle of as many steps as a long can count ends where the next one begins. */
    @Test
    void restartsAfterACycleOfNearlyAllSteps() {
        Schedule schedule = new CosineRestarts(1, 1, Long.MAX_VALUE - 5, 0);
        assertEquals(0.5, schedule.at(1L << 62), 1e-15);
        assertEquals(1, schedule.at(Long.MAX_VALUE));
    }

    /** One subtraction for each cycle would take years. */
    @Test
    void restartsOfEqualLengthTakeNoTimeForEachCycle() {
        assertEquals(0.8, new CosineRestarts(0.8, 1).at(Long.MAX_VALUE));
    }

    /** With growth 2 and period 1 the cycles begin at 2^n − 1; the last whose length fits in a long begins at 2^62 − 1. */
    @Test
    void restartsDoNotOverflow() {
        Schedule schedule = new CosineRestarts(1, 1, 2, 0);
        assertEquals(1, schedule.at((1L << 62) - 1));
        assertEquals(0.5, schedule.at((1L << 62) - 1 + (1L << 61)), 1e-15);
        assertEquals(1, schedule.at(Long.MAX_VALUE));
        assertEquals(1, new CosineRestarts(1, 2, Long.MAX_VALUE, 0).at(1_000));
        assertEquals(0.5, new CosineRestarts(1, 2, Long.MAX_VALUE, 0).at(Long.MAX_VALUE), 0.4);
    }

    @Test
    void warmupRisesFromTheFirstStepToThePeak() {
        Schedule schedule = new WarmupCosine(0.8, 4, 12);
        assertEquals(0.2, schedule.at(0), 1e-15);
        assertEquals(0.4, schedule.at(1), 1e-15);
        assertEquals(0.8, schedule.at(3), 1e-15);
    }

    @Test
    void warmupCosineFallsFromThePeakToTheFloorAndStaysThere() {
        Schedule schedule = new WarmupCosine(0.8, 4, 12, 0.2);
        assertEquals(0.8, schedule.at(4), 1e-15);
        assertEquals(0.5, schedule.at(8), 1e-15);
        assertEquals(0.2 + 0.3 * (1 + Math.cos(Math.PI * 7 / 8)), schedule.at(11), 1e-15);
        assertEquals(0.2, schedule.at(12));
        assertEquals(0.2, schedule.at(Long.MAX_VALUE));
    }

    @Test
    void worksWithoutWarmupAndWithNothingElse() {
        assertEquals(1, new WarmupCosine(1, 0, 10).at(0));
        assertEquals(1, new WarmupCosine(1, 10, 10).at(9));
        assertEquals(0, new WarmupCosine(1, 10, 10).at(10));
        assertEquals(0, new WarmupCosine(1, 0, 0).at(0));
    }

    @Test
    void oneCycleRisesAndFallsBelowItsStart() {
        Schedule schedule = new OneCycle(0.5, 101, 0.5, 25, 1e4);
        assertEquals(0.02, schedule.at(0), 1e-15);
        assertTrue(schedule.at(1) > schedule.at(0));
        assertTrue(schedule.at(49) > 0.4998 && schedule.at(50) > 0.4998, "the top is between them, at 49.5");
        assertEquals(2e-6, schedule.at(100));
        assertEquals(2e-6, schedule.at(101), "one step after the last");
        assertEquals(2e-6, schedule.at(Long.MAX_VALUE));
        assertEquals(0.5, new OneCycle(0.5, 100, 0.5, 25, 1e4).at(49), "the top is at 49");
        assertEquals(2e-6, new OneCycle(0.5, 1).at(0));
        double last = 0.9 / 5;
        assertEquals(last + (0.9 - last), new OneCycle(0.9, 100, 0.5, 5, 1).at(49), "the fall begins at the top");
    }

    @Test
    void oneCycleMayEndAtItsPeak() {
        assertValues(new OneCycle(0.5, 4, 0.5, 1, 1), 0.5, 0.5, 0.5, 0.5, 0.5);
    }

    @Test
    void warmupStableDecayHoldsBetweenItsRamps() {
        Schedule schedule = new WarmupStableDecay(0.8, 4, 8, 24, 0.2);
        assertEquals(0.2, schedule.at(0), 1e-15);
        assertEquals(0.4, schedule.at(1), 1e-15);
        for (long step = 3; step <= 8; step++) {
            assertEquals(0.8, schedule.at(step), 1e-15);
        }
        assertEquals(0.65, schedule.at(9), 1e-15);
        assertEquals(0.5, schedule.at(12), 1e-15);
        assertEquals(0.2, schedule.at(24));
        assertEquals(0.2, schedule.at(Long.MAX_VALUE));
        assertEquals(new WarmupStableDecay(0.8, 10, 80, 100, 0), new WarmupStableDecay(0.8, 10, 100));
        assertEquals(new WarmupStableDecay(0.8, 90, 90, 100, 0), new WarmupStableDecay(0.8, 90, 100));
    }

    /** The expected values come from the Transformer's formula, with 512 dimensions and 4,000 steps of warmup. */
    @Test
    void inverseSquareRootIsTheTransformers() {
        Schedule schedule = new InverseSquareRoot(1 / Math.sqrt(512.0 * 4000), 4000);
        for (long step : new long[] {0, 1, 3998, 3999, 4000, 4001, 100_000}) {
            double t = step + 1;
            double expected = Math.pow(512, -0.5) * Math.min(Math.pow(t, -0.5), t * Math.pow(4000, -1.5));
            assertEquals(expected, schedule.at(step), 1e-15);
        }
        assertEquals(1 / Math.sqrt(0x1p63), new InverseSquareRoot(1, 1).at(Long.MAX_VALUE), 1e-20);
    }

    @Test
    void thenCountsFromTheJoint() {
        Schedule schedule =
                new LinearWarmup(8, 4, 0.5).then(4, new Exponential(8, 0.5)).then(6, new Constant(1));
        assertValues(schedule, 4, 5, 6, 7, 8, 4, 1, 1);
        assertEquals(1, schedule.at(Long.MAX_VALUE));
        assertEquals(3, new Constant(2).then(0, new Constant(3)).at(0));
    }

    @Test
    void timesMultiplies() {
        assertValues(new Exponential(8, 0.5).times(0.25), 2, 1, 0.5);
        assertValues(new Exponential(8, 0.5).times(step -> step), 0, 4, 4, 3);
    }

    /** The optimizer computes constants once for groups whose schedules are equal. */
    @Test
    void equalPartsMakeEqualSchedules() {
        assertEquals(
                new Constant(1).then(5, new Cosine(1, 5)).times(0.5),
                new Constant(1).then(5, new Cosine(1, 5)).times(0.5));
    }

    @Provide
    Arbitrary<Schedule> falling() {
        Arbitrary<Double> factor = Arbitraries.doubles().between(0, 1);
        Arbitrary<Long> steps = Arbitraries.longs().between(1, 1000);
        Arbitrary<Double> floor = Arbitraries.doubles().between(0, 0.3);
        return Arbitraries.oneOf(
                Combinators.combine(factor, steps).as((f, n) -> new StepDecay(0.3, f, n)),
                Combinators.combine(factor, steps, steps).as((f, n, m) -> new MultiStep(0.3, f, n, n + m)),
                factor.map(f -> new Exponential(0.3, f)),
                Combinators.combine(Arbitraries.doubles().between(0.1, 9), steps, floor)
                        .as((power, n, low) -> new Polynomial(0.3, power, n, low)),
                Combinators.combine(steps, floor).as((n, low) -> new Cosine(0.3, n, low)),
                Combinators.combine(steps, steps, floor)
                        .as((n, m, low) -> new WarmupStableDecay(0.3, 0, n, n + m, low)),
                Combinators.combine(steps, steps, floor).as((n, m, low) -> new WarmupCosine(0.3, 0, n + m, low)));
    }

    @Test
    void theDecayAfterAPlateauBeginsAtThePlateau() {
        assertEquals(0.3, new WarmupStableDecay(0.3, 0, 1, 2, 0.03).at(1));
        double floor = 0.05, peak = 0.21;
        assertTrue(floor + (peak - floor) < peak);
        assertEquals(floor + (peak - floor), new WarmupStableDecay(peak, 0, 1, 2, floor).at(1));
        assertEquals(floor, new WarmupStableDecay(peak, 4, 8, 8, floor).at(8), "without a decay");
    }

    @Property
    void whatFallsNeverRises(@ForAll("falling") Schedule schedule, @ForAll @LongRange(max = 3000) long step) {
        assertTrue(schedule.at(0) == 0.3 || schedule.at(0) <= Math.nextUp(0.3));
        assertTrue(schedule.at(step + 1) <= schedule.at(step) && schedule.at(step + 1) >= 0);
        assertTrue(schedule.at(Long.MAX_VALUE) <= schedule.at(step));
    }

    @Property
    void whatRisesNeverFalls(
            @ForAll @LongRange(max = 1000) long steps,
            @ForAll @DoubleRange(max = 1) double start,
            @ForAll @LongRange(max = 3000) long step) {
        Schedule schedule = new LinearWarmup(0.3, steps, start);
        // The last step may be rounded to an ulp above the rate that is then held.
        assertTrue(schedule.at(step) <= Math.nextUp(schedule.at(step + 1)));
        assertEquals(0.3, Math.max(0.3, schedule.at(step)), 1e-16);
    }

    @Property
    void oneCycleStaysBetweenItsEndAndItsPeak(
            @ForAll @LongRange(min = 1, max = 1000) long steps,
            @ForAll @DoubleRange(max = 1, maxIncluded = false) double rise,
            @ForAll @LongRange(max = 3000) long step) {
        double value = new OneCycle(0.3, steps, rise, 25, 1e4).at(step);
        assertTrue(value >= 0.3 / 25 / 1e4 * (1 - 1e-9) && value <= Math.nextUp(0.3));
    }

    @Property
    void restartsStayInTheirRangeAndReachTheirPeak(
            @ForAll @LongRange(min = 1, max = 1000) long period,
            @ForAll @LongRange(min = 1, max = 5) long growth,
            @ForAll @LongRange(max = 5) long cycle,
            @ForAll @LongRange(max = 100_000) long step) {
        Schedule schedule = new CosineRestarts(0.3, period, growth, 0.001);
        double value = schedule.at(step);
        assertEquals(value, Math.clamp(value, 0.001, Math.nextUp(0.3)));
        long start = LongStream.range(0, cycle)
                .map(i -> period * (long) Math.pow(growth, i))
                .sum();
        assertEquals(0.3, schedule.at(start), 1e-16);
    }

    @Property
    void neverLeavesItsRange(
            @ForAll @LongRange(max = 1000) long warmup,
            @ForAll @LongRange(max = 1000) long rest,
            @ForAll @LongRange(max = 3000) long step) {
        double value = new WarmupCosine(0.3, warmup, warmup + rest, 0.001).at(step);
        double least = Math.min(0.001, 0.3 * (1.0 / Math.max(warmup, 1)));
        assertEquals(value, Math.clamp(value, least, 0.3));
    }

    @Property
    void inverseSquareRootPeaksAtTheEndOfItsWarmup(
            @ForAll @LongRange(min = 1, max = 1000) long warmup, @ForAll @LongRange(max = 3000) long step) {
        Schedule schedule = new InverseSquareRoot(0.3, warmup);
        assertEquals(0.3, schedule.at(warmup - 1));
        assertEquals(step + 1 < warmup, schedule.at(step + 1) > schedule.at(step));
    }

    /** Every schedule refuses a highest value that is not one, with its name. */
    @ParameterizedTest
    @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesAWrongHighestValue(double value) {
        String message = " must be finite and not negative: " + value;
        for (Runnable peak : List.<Runnable>of(
                () -> new Cosine(value, 1),
                () -> new CosineRestarts(value, 1),
                () -> new WarmupCosine(value, 0, 1),
                () -> new OneCycle(value, 9),
                () -> new WarmupStableDecay(value, 0, 1),
                () -> new LinearWarmup(value, 1, 0),
                () -> new InverseSquareRoot(value, 1))) {
            assertMessage("peak" + message, peak);
        }
        for (Runnable initial : List.<Runnable>of(
                () -> new StepDecay(value, 1, 1),
                () -> new MultiStep(value, 1),
                () -> new Exponential(value, 1),
                () -> new Polynomial(value, 1, 1),
                () -> new ReduceOnPlateau(value))) {
            assertMessage("initial" + message, initial);
        }
    }

    @Test
    void refusesNull() {
        Schedule one = new Constant(1);
        assertEquals(
                "next",
                assertThrows(NullPointerException.class, () -> one.then(1, null))
                        .getMessage());
        assertEquals(
                "other",
                assertThrows(NullPointerException.class, () -> one.times(null)).getMessage());
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("value must be finite and not negative: NaN", () -> new Constant(Double.NaN));
        assertMessage("peak must be finite and not negative: -1.0", () -> new WarmupCosine(-1, 0, 1));
        assertMessage("peak must be finite and not negative: Infinity", () -> new WarmupCosine(1 / 0.0, 0, 1));
        assertMessage("warmup must be at least 0: -1", () -> new WarmupCosine(1, -1, 1));
        assertMessage("total must be at least 5: 4", () -> new WarmupCosine(1, 5, 4));
        assertMessage("floor must not be above peak 1.0: 2.0", () -> new WarmupCosine(1, 5, 9, 2));
        assertMessage("factor must be in [0, 1]: 1.5", () -> new StepDecay(1, 1.5, 1));
        assertMessage("every must be at least 1: 0", () -> new StepDecay(1, 0.5, 0));
        assertMessage("factor must be in [0, 1]: NaN", () -> new MultiStep(1, Double.NaN, 1));
        assertMessage("milestones must be ascending and at least 1: [0]", () -> new MultiStep(1, 0.5, 0));
        assertMessage("milestones must be ascending and at least 1: [3, 3]", () -> new MultiStep(1, 0.5, 3, 3));
        assertMessage("factor must be in [0, 1]: -0.5", () -> new Exponential(1, -0.5));
        assertMessage("power must be finite and above 0: 0.0", () -> new Polynomial(1, 0, 1));
        assertMessage("steps must be at least 0: -1", () -> new Polynomial(1, 1, -1));
        assertMessage("floor must not be above initial 1.0: 2.0", () -> new Polynomial(1, 1, 1, 2));
        assertMessage("start must be in [0, 1]: 2.0", () -> new LinearWarmup(1, 1, 2));
        assertMessage("steps must be at least 0: -1", () -> new LinearWarmup(1, -1, 0));
        assertMessage("steps must be at least 0: -1", () -> new Cosine(1, -1));
        assertMessage("floor must be finite and not negative: NaN", () -> new Cosine(1, 1, Double.NaN));
        assertMessage("period must be at least 1: 0", () -> new CosineRestarts(1, 0));
        assertMessage("growth must be at least 1: 0", () -> new CosineRestarts(1, 1, 0, 0));
        assertMessage("steps must be at least 1: 0", () -> new OneCycle(1, 0));
        assertMessage("rise must be in [0, 1): 1.0", () -> new OneCycle(1, 9, 1, 25, 1e4));
        assertMessage("division must be finite and at least 1: 0.5", () -> new OneCycle(1, 9, 0.3, 0.5, 1e4));
        assertMessage("division must be finite and at least 1: Infinity", () -> new OneCycle(1, 9, 0.3, 1 / 0.0, 1));
        assertMessage("finalDivision must be finite and above 0: 0.0", () -> new OneCycle(1, 9, 0.3, 25, 0));
        assertMessage(
                "division × finalDivision must be at least 1: 2.0 × 0.25", () -> new OneCycle(1, 9, 0.3, 2, 0.25));
        assertMessage("decay must be at least 5: 4", () -> new WarmupStableDecay(1, 5, 4, 9, 0));
        assertMessage("warmup must be at least 0: -1", () -> new WarmupStableDecay(1, -1, 4, 9, 0));
        assertMessage("floor must not be above peak 1.0: 2.0", () -> new WarmupStableDecay(1, 0, 4, 9, 2));
        assertMessage("floor must not be above peak 1.0: 2.0", () -> new CosineRestarts(1, 1, 1, 2));
        assertMessage("total must be at least 7: 6", () -> new WarmupStableDecay(1, 5, 7, 6, 0));
        assertMessage("warmup must be at least 1: 0", () -> new InverseSquareRoot(1, 0));
        assertMessage("steps must be at least 0: -1", () -> new Constant(1).then(-1, new Constant(1)));
        assertMessage("factor must be finite and not negative: -1.0", () -> new Constant(1).times(-1));
    }

    private static void assertValues(Schedule schedule, double... values) {
        for (int step = 0; step < values.length; step++) {
            assertEquals(values[step], schedule.at(step), 1e-15, "at step " + step);
        }
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
