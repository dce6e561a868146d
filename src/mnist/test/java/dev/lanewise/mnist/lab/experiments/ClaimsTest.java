package dev.lanewise.mnist.lab.experiments;

import static dev.lanewise.mnist.lab.Verdict.CONFIRMED;
import static dev.lanewise.mnist.lab.Verdict.MIXED;
import static dev.lanewise.mnist.lab.Verdict.REFUTED;
import static dev.lanewise.mnist.lab.Verdict.UNDECIDED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** Each verdict is right on made-up data that support it, contradict it, are mixed, and are undecided. */
class ClaimsTest {
    private static final SeedStatistics HIGH = SeedStatistics.of(0.980, 0.981, 0.982);
    private static final SeedStatistics LOW = SeedStatistics.of(0.970, 0.971, 0.972);
    private static final SeedStatistics NEAR = SeedStatistics.of(0.9795, 0.981, 0.9835);

    /** The accuracies of three seeds, of which one is far below the others. */
    private static final SeedStatistics SCATTERED = SeedStatistics.of(0.92, 0.90, 0.63);

    private static final SeedStatistics NONE = same(Double.NaN);

    /** Returns values of three seeds that agree. */
    private static SeedStatistics same(double value) {
        return SeedStatistics.of(value, value, value);
    }

    /** Returns values of three seeds, each a factor apart from the next. */
    private static SeedStatistics apart(double value, double factor) {
        return SeedStatistics.ratios(List.of(value / factor, value, value * factor));
    }

    private static Result run(double first, double last, double accuracy) {
        float[] losses = new float[40];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = (float) (first + (last - first) * i / (losses.length - 1));
        }
        return new Result(losses, new float[0], List.of(), new double[] {accuracy}, accuracy, 0);
    }

    private static List<Result> trains(double... accuracies) {
        return DoubleStream.of(accuracies)
                .mapToObj(accuracy -> run(2, 0.2, accuracy))
                .toList();
    }

    private static List<Result> trains(double accuracy) {
        return trains(accuracy, accuracy + 0.001, accuracy + 0.002);
    }

    private static List<Result> explodes() {
        return Collections.nCopies(3, run(2, Double.NaN, 0));
    }

    /** Returns runs of three seeds, of which only one succeeds. */
    private static List<Result> sometimes() {
        return List.of(run(2, 0.2, 0.9), run(2, Double.NaN, 0), run(2, Double.NaN, 0));
    }

    private static List<SeedStatistics> samples(double... means) {
        return DoubleStream.of(means)
                .mapToObj(mean -> SeedStatistics.of(mean - 0.0005, mean, mean + 0.0005))
                .toList();
    }

    @Test
    void linearRates() {
        assertEquals(CONFIRMED, LinearRates.slow(same(1.5), same(0.5)).verdict());
        assertEquals(MIXED, LinearRates.slow(same(0.55), same(0.5)).verdict());
        assertEquals(REFUTED, LinearRates.slow(same(0.5), same(0.5)).verdict());
        assertEquals(UNDECIDED, LinearRates.slow(NONE, same(0.5)).verdict());
        assertEquals(UNDECIDED, LinearRates.slow(apart(0.75, 2), same(0.5)).verdict());

        assertEquals(CONFIRMED, LinearRates.largest(same(0.12)).verdict());
        assertEquals(MIXED, LinearRates.largest(same(0.3)).verdict());
        assertEquals(REFUTED, LinearRates.largest(same(1.3)).verdict());
        assertEquals(REFUTED, LinearRates.largest(same(0.02)).verdict());
        assertEquals(REFUTED, LinearRates.largest(NONE).verdict());
        assertEquals(UNDECIDED, LinearRates.largest(apart(0.12, 2)).verdict());
        assertEquals(UNDECIDED, LinearRates.largest(apart(0.1, 20)).verdict());
        assertTrue(
                LinearRates.largest(apart(1.3, 1.1)).evidence().startsWith("The largest rate without spikes is 1.3 ("));
        assertTrue(LinearRates.largest(apart(1.3, 1.1)).evidence().endsWith("13 times the slide's."));

        assertEquals(CONFIRMED, LinearRates.theory(same(0.2), 0.1, 0.5).verdict());
        assertEquals(MIXED, LinearRates.theory(same(0.7), 0.1, 0.5).verdict());
        assertEquals(REFUTED, LinearRates.theory(same(1.1), 0.1, 0.5).verdict());
        assertEquals(REFUTED, LinearRates.theory(NONE, 0.1, 0.5).verdict());
        assertEquals(UNDECIDED, LinearRates.theory(apart(0.5, 1.2), 0.1, 0.5).verdict());

        double never = Double.POSITIVE_INFINITY;
        assertEquals(CONFIRMED, LinearRates.nan(1e4, 100).verdict());
        assertEquals(MIXED, LinearRates.nan(1e38, 100).verdict());
        assertEquals(MIXED, LinearRates.nan(never, 100).verdict());
        assertEquals(REFUTED, LinearRates.nan(never, never).verdict());
    }

    @Test
    void theoryOfTheLinearNetwork() {
        assertEquals(0.1, LinearRates.lower(40), 1e-12);
        assertEquals(0.5, LinearRates.upper(40, 10), 1e-12);
    }

    @Test
    void spikes() {
        assertEquals(CONFIRMED, Spikes.larger("q", "w", 2, same(9), same(3)).verdict());
        assertEquals(MIXED, Spikes.larger("q", "w", 2, same(5), same(3)).verdict());
        assertEquals(REFUTED, Spikes.larger("q", "w", 2, same(3), same(3)).verdict());
        assertEquals(UNDECIDED, Spikes.larger("q", "w", 2, apart(9, 2), same(3)).verdict());
        assertEquals(CONFIRMED, spiked(spike(5, 0.9), spike(4, 0.8), spike(4, 0.8)));
        assertEquals(UNDECIDED, spiked(spike(1.5, 0.9), spike(1.5, 0.9), spike(1.5, 0.9)));
        assertEquals(UNDECIDED, spiked(spike(1.5, 0.01), spike(1.5, 0.01), spike(1.5, 0.01)));
        assertEquals(MIXED, spiked(spike(5, 0.2), spike(5, 0.2), spike(5, 0.2)));
        assertEquals(REFUTED, spiked(spike(5, 0.01), spike(5, 0.01), spike(5, 0.01)));
        assertEquals(UNDECIDED, spiked(spike(5, 0.9), spike(5, 0.1), spike(5, 0.9)));
        assertEquals(UNDECIDED, spiked(spike(5, 0.9)));
        assertEquals(UNDECIDED, spiked(spike(Double.NaN, Double.NaN), spike(5, 0.9), spike(5, 0.9)));
    }

    private static Verdict spiked(Spikes.Spike... spikes) {
        return Spikes.asLarge("n", List.of(spikes)).verdict();
    }

    private static Spikes.Spike spike(double factor, double lead) {
        return new Spikes.Spike(20, factor, lead);
    }

    @Test
    void findsAPlantedSpikeAndTheStepThatLedToIt() {
        float[] losses = new float[50];
        float[] ratios = new float[50];
        Arrays.fill(losses, 0.5f);
        Arrays.fill(ratios, 0.01f);
        losses[30] = 4;
        losses[31] = 2;
        ratios[28] = 0.8f;
        ratios[40] = 3;
        Spikes.Spike spike = Spikes.Spike.of(losses, ratios);
        assertEquals(30, spike.step());
        assertEquals(8, spike.factor(), 1e-6);
        assertEquals(0.8, spike.lead(), 1e-6);
        assertTrue(Double.isNaN(Spikes.Spike.of(new float[] {1}, new float[0]).lead()));
    }

    @Test
    void depth() {
        assertEquals(CONFIRMED, Depth.fine("n", "q", trains(0.9), trains(0.8)).verdict());
        assertEquals(REFUTED, Depth.fine("n", "q", explodes(), trains(0.8)).verdict());
        assertEquals(REFUTED, Depth.fine("n", "q", sometimes(), explodes()).verdict());
        assertEquals(UNDECIDED, Depth.fine("n", "q", sometimes(), trains(0.8)).verdict());
        assertEquals(
                CONFIRMED,
                Depth.tooLarge(explodes(), trains(0.9), explodes(), trains(0.9)).verdict());
        assertEquals(
                MIXED,
                Depth.tooLarge(trains(0.9), trains(0.9), explodes(), trains(0.9))
                        .verdict());
        assertEquals(
                REFUTED,
                Depth.tooLarge(trains(0.9), trains(0.9), trains(0.9), trains(0.8))
                        .verdict());
        assertEquals(CONFIRMED, Depth.tooLarge(trains(0.8), trains(0.9)));
        assertEquals(REFUTED, Depth.tooLarge(trains(0.899), trains(0.9)));
        assertEquals(UNDECIDED, Depth.tooLarge(sometimes(), trains(0.1)));
        assertEquals(CONFIRMED, Depth.fineAt(trains(0.9), trains(0.9)).verdict());
        assertEquals(MIXED, Depth.fineAt(trains(0.9), explodes()).verdict());
        assertEquals(REFUTED, Depth.fineAt(explodes(), explodes()).verdict());
        assertEquals(UNDECIDED, Depth.fineAt(trains(0.9), sometimes()).verdict());
        assertEquals(CONFIRMED, Depth.falls(0, 1, same(0.8), 8, same(0.2)).verdict());
        assertEquals(MIXED, Depth.falls(0, 1, same(0.8), 8, same(0.5)).verdict());
        assertEquals(REFUTED, Depth.falls(0, 1, same(0.8), 8, same(0.8)).verdict());
        assertEquals(UNDECIDED, Depth.falls(0, 1, same(0.8), 8, NONE).verdict());
        assertEquals(UNDECIDED, Depth.falls(0, 1, same(0.8), 8, apart(0.2, 2)).verdict());
    }

    /** A mean that is far below another, 82 ± 16 % against 93 %, because of one seed alone leaves the verdict undecided. */
    @Test
    void oneSeedThatFailsDoesNotMakeARateTooLarge() {
        List<Result> fine = trains(0.93, 0.931, 0.932);
        assertEquals(UNDECIDED, Depth.tooLarge(trains(0.92, 0.90, 0.63), fine));
        assertEquals(
                UNDECIDED,
                Depth.tooLarge(trains(0.92, 0.90, 0.63), fine, explodes(), fine).verdict());
        assertEquals(CONFIRMED, Depth.tooLarge(trains(0.85, 0.83, 0.80), fine));
    }

    @Test
    void layerRates() {
        List<Double> three = List.of(0.1, 0.3, 0.1);
        assertEquals(CONFIRMED, LayerRates.different(three, HIGH, LOW).verdict());
        assertEquals(REFUTED, LayerRates.different(three, LOW, HIGH).verdict());
        assertEquals(MIXED, LayerRates.different(three, HIGH, HIGH).verdict());
        assertEquals(UNDECIDED, LayerRates.different(three, NEAR, HIGH).verdict());
        assertEquals(MIXED, LayerRates.different(List.of(0.1, 0.15), HIGH, LOW).verdict());
        assertEquals(CONFIRMED, LayerRates.adamw(NEAR, HIGH, 5, 30).verdict());
        assertEquals(MIXED, LayerRates.adamw(NEAR, HIGH, 30, 30).verdict());
        assertEquals(REFUTED, LayerRates.adamw(LOW, HIGH, 5, 30).verdict());
        assertEquals(UNDECIDED, LayerRates.adamw(SCATTERED, HIGH, 5, 30).verdict());
    }

    @Test
    void family() {
        assertEquals(CONFIRMED, Claim.better("s", "q", "a", HIGH, "b", LOW).verdict());
        assertEquals(MIXED, Claim.better("s", "q", "a", HIGH, "b", HIGH).verdict());
        assertEquals(UNDECIDED, Claim.better("s", "q", "a", NEAR, "b", HIGH).verdict());
        assertEquals(
                UNDECIDED, Claim.better("s", "q", "a", HIGH, "b", SCATTERED).verdict());
        assertEquals(REFUTED, Claim.better("s", "q", "a", LOW, "b", HIGH).verdict());
        assertTrue(Claim.better("s", "q", "a", HIGH, "b", LOW)
                .evidence()
                .endsWith("97.10 ± 0.10 %: +1.00 points (90 %: +1.00 to +1.00)."));
        assertEquals(CONFIRMED, FamilyClaims.tuning(same(2), same(3)).verdict());
        assertEquals(MIXED, FamilyClaims.tuning(same(3), same(3)).verdict());
        assertEquals(REFUTED, FamilyClaims.tuning(same(4), same(3)).verdict());
        assertEquals(
                UNDECIDED,
                FamilyClaims.tuning(same(2), SeedStatistics.of(2, 4, 3)).verdict());
        assertEquals(2, OptimizerFamily.asGood(0.9, 0.95, 0.959, 0.5));
        assertEquals(CONFIRMED, FamilyClaims.sameNorm(same(1.1), same(3)).verdict());
        assertEquals(MIXED, FamilyClaims.sameNorm(same(1.6), same(3)).verdict());
        assertEquals(REFUTED, FamilyClaims.sameNorm(same(2.5), same(3)).verdict());
        assertEquals(CONFIRMED, FamilyClaims.small(same(31.6)).verdict());
        assertEquals(MIXED, FamilyClaims.small(same(25)).verdict());
        assertEquals(REFUTED, FamilyClaims.small(same(1)).verdict());
        assertEquals(REFUTED, FamilyClaims.small(NONE).verdict());
        assertEquals(CONFIRMED, FamilyClaims.scaled(same(1.0)).verdict());
        assertEquals(REFUTED, FamilyClaims.scaled(same(31.6)).verdict());
        assertEquals(CONFIRMED, FamilyClaims.memory(8, 4).verdict());
        assertEquals(MIXED, FamilyClaims.memory(8, 6).verdict());
        assertEquals(REFUTED, FamilyClaims.memory(8, 8).verdict());
        assertEquals(8, LectureRule.ADAMW.bytes());
        assertEquals(4, LectureRule.LION.bytes());
        float[] lengths = new float[120];
        for (int i = 0; i < 120; i++) {
            lengths[i] = i < 20 ? 100 : i - 19;
        }
        assertEquals(95 / 5.0, FamilyClaims.spread(lengths), 0.8);
    }

    @Test
    void lion() {
        SeedStatistics flat = LionBatches.drop(samples(0.95, 0.95, 0.949));
        SeedStatistics falling = LionBatches.drop(samples(0.95, 0.94, 0.90));
        assertEquals(0.05, falling.mean(), 1e-9);
        assertEquals(CONFIRMED, LionBatches.sensitive("", falling, flat).verdict());
        assertEquals(REFUTED, LionBatches.sensitive("", flat, falling).verdict());
        SeedStatistics slightly = LionBatches.drop(samples(0.95, 0.948));
        assertEquals(MIXED, LionBatches.sensitive("", slightly, flat).verdict());
        assertEquals(
                UNDECIDED,
                LionBatches.sensitive("", SeedStatistics.of(0.05, 0.001, 0.001), flat)
                        .verdict());
    }

    private static Verdict stops(double gain, double constant, double decaying) {
        List<SeedStatistics> tests = samples(constant, decaying);
        return Schedules.stops("r", same(gain), tests.get(0), "step", tests.get(1))
                .verdict();
    }

    private static Verdict cosine(double cosine, double constant, double other) {
        List<SeedStatistics> tests = samples(cosine, constant, other);
        return Schedules.cosine("r", tests.get(0), tests.get(1), "step", tests.get(2))
                .verdict();
    }

    @Test
    void schedules() {
        assertEquals(CONFIRMED, stops(0, 0.95, 0.98));
        assertEquals(MIXED, stops(0.02, 0.95, 0.98));
        assertEquals(MIXED, stops(0, 0.98, 0.98));
        assertEquals(REFUTED, stops(0.02, 0.98, 0.98));
        assertEquals(
                UNDECIDED,
                Schedules.stops("r", same(0), SCATTERED, "step", HIGH).verdict());
        assertEquals(
                UNDECIDED,
                Schedules.stops("r", SeedStatistics.of(0, 0.01, 0.002), LOW, "step", HIGH)
                        .verdict());
        assertEquals(CONFIRMED, cosine(0.98, 0.95, 0.98));
        assertEquals(MIXED, cosine(0.98, 0.95, 0.99));
        assertEquals(REFUTED, cosine(0.98, 0.98, 0.98));
        assertEquals(REFUTED, cosine(0.98, 0.98, 0.99));
        assertEquals(REFUTED, cosine(0.98, 0.99, 0.98));
        assertEquals(
                UNDECIDED, Schedules.cosine("r", HIGH, SCATTERED, "step", HIGH).verdict());
    }

    @Test
    void batches() {
        SeedStatistics never = same(Double.POSITIVE_INFINITY);
        assertEquals(CONFIRMED, BatchSizes.faster(32, same(1000), 512, same(50)).verdict());
        assertEquals(MIXED, BatchSizes.faster(32, same(1000), 512, same(100)).verdict());
        assertEquals(REFUTED, BatchSizes.faster(32, same(1000), 512, never).verdict());
        assertEquals(UNDECIDED, BatchSizes.faster(32, never, 512, never).verdict());
        assertEquals(
                UNDECIDED,
                BatchSizes.faster(32, same(1000), 512, apart(1000, 1.5)).verdict());
        List<Integer> sizes = List.of(32, 64, 128, 256);
        List<SeedStatistics> best = samples(0.95, 0.95, 0.95, 0.95);
        assertEquals(CONFIRMED, BatchSizes.scaling(sizes, best, best).verdict());
        assertEquals(
                MIXED,
                BatchSizes.scaling(sizes, best, samples(0.95, 0.95, 0.946, 0.9)).verdict());
        assertEquals(
                REFUTED,
                BatchSizes.scaling(sizes, best, samples(0.95, 0.9, 0.95, 0.95)).verdict());
        assertEquals(
                UNDECIDED,
                BatchSizes.scaling(sizes, best, List.of(best.get(0), SCATTERED, best.get(2), best.get(3)))
                        .verdict());
        float[] losses = {1, 1, 0.25f, 0.25f, 0.25f};
        Result result = new Result(losses, new float[0], List.of(), new double[0], Double.NaN, 0);
        assertEquals(4, BatchSizes.stepsToTarget(result, 1024));
        assertEquals(3, BatchSizes.stepsToTarget(result, 4096));
        assertEquals(Double.POSITIVE_INFINITY, BatchSizes.stepsToTarget(result, 32));
    }

    @Test
    void warmup() {
        float[] calming = new float[100];
        float[] steady = new float[100];
        for (int i = 0; i < 100; i++) {
            calming[i] = i < 10 ? 0.05f : 0.01f;
            steady[i] = i < 10 ? 0.015f : 0.01f;
        }
        assertEquals(
                CONFIRMED,
                WarmupExperiment.rapid("r", List.of(calming, calming, calming)).verdict());
        assertEquals(
                MIXED,
                WarmupExperiment.rapid("r", List.of(steady, steady, steady)).verdict());
        float[] flat = {1, 1, 1};
        assertEquals(
                REFUTED, WarmupExperiment.rapid("r", List.of(flat, flat, flat)).verdict());
        assertEquals(
                UNDECIDED,
                WarmupExperiment.rapid("r", List.of(calming, flat, flat)).verdict());
        List<SeedStatistics> constant = samples(0.95, 0.90, 0.10);
        assertEquals(
                CONFIRMED,
                WarmupExperiment.larger("r", constant, samples(0.95, 0.94, 0.10))
                        .verdict());
        assertEquals(
                MIXED,
                WarmupExperiment.larger("r", constant, samples(0.90, 0.94, 0.10))
                        .verdict());
        assertEquals(REFUTED, WarmupExperiment.larger("r", constant, constant).verdict());
        assertEquals(
                UNDECIDED,
                WarmupExperiment.larger("r", List.of(SCATTERED), List.of(HIGH)).verdict());
    }

    private static Claim byDefault(SeedStatistics sgd, SeedStatistics adamw, SeedStatistics lion) {
        return Summary.byDefault(
                "section 5", Map.of(LectureRule.SGD, sgd, LectureRule.ADAMW, adamw, LectureRule.LION, lion));
    }

    @Test
    void summary() {
        assertEquals(CONFIRMED, byDefault(LOW, HIGH, NEAR).verdict());
        assertEquals(REFUTED, byDefault(HIGH, LOW, LOW).verdict());
        List<SeedStatistics> falling = samples(0.98, 0.97, 0.96);
        Claim mixed = byDefault(falling.get(0), falling.get(1), falling.get(2));
        assertEquals(MIXED, mixed.verdict());
        assertTrue(mixed.evidence().contains("the best, SGD, 98.00"));
        assertEquals(UNDECIDED, byDefault(LOW, SCATTERED, NEAR).verdict());
        assertEquals(CONFIRMED, Summary.lion(HIGH, NEAR).verdict());
        assertEquals(MIXED, Summary.lion(same(0.98), same(0.975)).verdict());
        assertEquals(REFUTED, Summary.lion(HIGH, same(0.96)).verdict());
        assertEquals(UNDECIDED, Summary.lion(HIGH, SCATTERED).verdict());
        assertEquals(CONFIRMED, Summary.close("section 5", same(0.75)).verdict());
        assertEquals(MIXED, Summary.close("section 5", same(0.5)).verdict());
        assertEquals(REFUTED, Summary.close("section 5", same(0.25)).verdict());
        assertEquals(
                UNDECIDED,
                Summary.close("section 5", SeedStatistics.of(1, 0.75, 0.5)).verdict());
    }

    @Test
    void stateTypes() {
        SeedStatistics best = same(0.98), less = same(0.978), worse = same(0.97);
        assertEquals(CONFIRMED, StateTypes.needsItsMemory(best, worse, worse).verdict());
        assertEquals(REFUTED, StateTypes.needsItsMemory(best, best, best).verdict());
        assertEquals(MIXED, StateTypes.needsItsMemory(best, best, worse).verdict());
        assertEquals(UNDECIDED, StateTypes.needsItsMemory(best, best, SCATTERED).verdict());
        assertEquals(CONFIRMED, StateTypes.better(best, best, "a", "b", "4").verdict());
        assertEquals(MIXED, StateTypes.better(less, best, "a", "b", "4").verdict());
        assertEquals(REFUTED, StateTypes.better(worse, best, "a", "b", "4").verdict());
        assertEquals(CONFIRMED, StateTypes.costsNothing("a", best, less).verdict());
        assertEquals(MIXED, StateTypes.costsNothing("a", less, best).verdict());
        assertEquals(REFUTED, StateTypes.costsNothing("a", worse, best).verdict());
    }

    /** The bytes are those of the types, and so of the state in equal memory. */
    @Test
    void bytesOfStateTypes() {
        List<Double> state = new ArrayList<>(), moved = new ArrayList<>();
        for (StateTypes.Variant variant : StateTypes.Variant.values()) {
            state.add(variant.bytes());
            moved.add(variant.moved());
        }
        assertEquals(List.of(8.0, 4.0, 2.03125, 4.0, 2.0), state);
        assertEquals(List.of(28.0, 20.0, 16.0625, 20.0, 16.0), moved);
        assertEquals("AdamW, bf16", StateTypes.Variant.ADAMW_BF16.text());
    }

    @Test
    void bestRateIsCloseToTheLargestThatTrainsBelowTheFirstThatDoesNot() {
        List<Double> rates = List.of(0.01, 0.0316, 0.1, 0.316);
        assertEquals(0.1, Summary.largest(rates, i -> i != 3));
        assertEquals(0.0316, Summary.largest(rates, i -> i == 1 || i == 3));
        assertTrue(Double.isNaN(Summary.largest(rates, i -> false)));
        Result fails = run(2, Double.NaN, 0);
        assertTrue(Summary.isClose(rates, List.of(run(2, 0.2, 0.7), run(2, 0.2, 0.9), run(2, 0.2, 0.8), fails)));
        assertFalse(Summary.isClose(rates, List.of(run(2, 0.2, 0.9), run(2, 0.2, 0.7), run(2, 0.2, 0.8), fails)));
        assertFalse(Summary.isClose(rates, List.of(fails, fails, fails, fails)));
    }

    @Test
    void laterRules() {
        assertEquals(
                CONFIRMED,
                LaterClaims.fewerSteps(apart(80, 1.01), apart(100, 1.01), 1024).verdict());
        assertEquals(
                REFUTED,
                LaterClaims.fewerSteps(apart(120, 1.01), apart(100, 1.01), 1024).verdict());
        assertEquals(
                UNDECIDED,
                LaterClaims.fewerSteps(apart(95, 1.5), apart(100, 1.01), 1024).verdict());
        assertEquals(CONFIRMED, LaterClaims.noSchedule(HIGH, LOW).verdict());
        assertEquals(REFUTED, LaterClaims.noSchedule(LOW, HIGH).verdict());
        assertEquals(CONFIRMED, LaterClaims.noRate(same(0.980), same(0.980)).verdict());
        assertEquals(MIXED, LaterClaims.noRate(same(0.978), same(0.980)).verdict());
        assertEquals(REFUTED, LaterClaims.noRate(same(0.970), same(0.980)).verdict());
        assertEquals(UNDECIDED, LaterClaims.noRate(NONE, HIGH).verdict());
    }

    @Test
    void stepsToALossAreCountedByTheMeanOfTenBatches() {
        float[] losses = new float[30];
        Arrays.fill(losses, 1);
        assertTrue(Double.isNaN(LaterClaims.stepsTo(losses)));
        Arrays.fill(losses, 12, 30, 0.125f);
        assertEquals(22, LaterClaims.stepsTo(losses), "nine of 0.125 and one of 1 are above 0.2 in the mean");
        Arrays.fill(losses, 0, 10, 0.1f);
        assertEquals(10, LaterClaims.stepsTo(losses));
    }
}
