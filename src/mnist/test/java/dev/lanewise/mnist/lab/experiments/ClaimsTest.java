package dev.lanewise.mnist.lab.experiments;

import static dev.lanewise.mnist.lab.Verdict.CONFIRMED;
import static dev.lanewise.mnist.lab.Verdict.MIXED;
import static dev.lanewise.mnist.lab.Verdict.REFUTED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.lab.LectureRule;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

/** The verdicts, on data made up for each. */
class ClaimsTest {
    private static final SeedStatistics HIGH = SeedStatistics.of(0.980, 0.981, 0.982);
    private static final SeedStatistics LOW = SeedStatistics.of(0.970, 0.971, 0.972);
    private static final SeedStatistics NEAR = SeedStatistics.of(0.9795, 0.981, 0.9835);

    private static Result run(double first, double last, double accuracy) {
        float[] losses = new float[40];
        for (int i = 0; i < losses.length; i++) {
            losses[i] = (float) (first + (last - first) * i / (losses.length - 1));
        }
        return new Result(losses, new float[0], List.of(), new double[] {accuracy}, accuracy, 0);
    }

    private static List<Result> trains(double accuracy) {
        return List.of(run(2, 0.2, accuracy), run(2, 0.2, accuracy + 0.001));
    }

    private static List<Result> explodes() {
        return List.of(run(2, Double.NaN, 0), run(2, Double.NaN, 0));
    }

    private static List<SeedStatistics> samples(double... means) {
        return DoubleStream.of(means)
                .mapToObj(mean -> SeedStatistics.of(mean - 0.0005, mean, mean + 0.0005))
                .toList();
    }

    @Test
    void sectionIsWhatMostOfItsClaimsAreIfNoneIsTheOpposite() {
        assertEquals(CONFIRMED, Verdict.together(List.of(CONFIRMED, CONFIRMED, MIXED)));
        assertEquals(MIXED, Verdict.together(List.of(CONFIRMED, MIXED)));
        assertEquals(MIXED, Verdict.together(List.of(CONFIRMED, CONFIRMED, CONFIRMED, REFUTED)));
        assertEquals(REFUTED, Verdict.together(List.of(REFUTED, REFUTED, MIXED)));
        assertEquals(MIXED, Verdict.together(List.of(REFUTED, MIXED, MIXED)));
    }

    @Test
    void linearRates() {
        assertEquals(CONFIRMED, LinearRates.slow(1.5, 0.5).answer());
        assertEquals(MIXED, LinearRates.slow(0.55, 0.5).answer());
        assertEquals(REFUTED, LinearRates.slow(0.5, 0.5).answer());
        assertEquals(MIXED, LinearRates.slow(Double.NaN, 0.5).answer());

        assertEquals(CONFIRMED, LinearRates.largest(0.12, 0.12).answer());
        assertEquals(MIXED, LinearRates.largest(0.3, 0.3).answer());
        assertEquals(REFUTED, LinearRates.largest(1.3, 1.3, 1.3).answer());
        assertEquals(REFUTED, LinearRates.largest(0.02, 0.02).answer());
        assertEquals(REFUTED, LinearRates.largest(Double.NaN, Double.NaN).answer());
        assertTrue(LinearRates.largest(1.3, 1.2, 1.4).evidence().contains("is 1.3, 13 times the slide's"));

        assertEquals(CONFIRMED, LinearRates.theory(0.2, 0.1, 0.5).answer());
        assertEquals(MIXED, LinearRates.theory(0.7, 0.1, 0.5).answer());
        assertEquals(REFUTED, LinearRates.theory(1.1, 0.1, 0.5).answer());
        assertEquals(REFUTED, LinearRates.theory(Double.NaN, 0.1, 0.5).answer());

        double never = Double.POSITIVE_INFINITY;
        assertEquals(CONFIRMED, LinearRates.nan(1e4, 100).answer());
        assertEquals(MIXED, LinearRates.nan(1e38, 100).answer());
        assertEquals(MIXED, LinearRates.nan(never, 100).answer());
        assertEquals(REFUTED, LinearRates.nan(never, never).answer());
    }

    @Test
    void theoryOfTheLinearNetwork() {
        assertEquals(0.1, LinearRates.lower(40), 1e-12);
        assertEquals(0.5, LinearRates.upper(40, 10), 1e-12);
    }

    @Test
    void spikes() {
        assertEquals(CONFIRMED, Spikes.larger("q", "w", 2, 9, 3).answer());
        assertEquals(MIXED, Spikes.larger("q", "w", 2, 5, 3).answer());
        assertEquals(REFUTED, Spikes.larger("q", "w", 2, 3, 3).answer());
        assertEquals(
                CONFIRMED,
                Spikes.asLarge("n", List.of(spike(5, 0.9), spike(4, 0.6))).answer());
        assertEquals(MIXED, Spikes.asLarge("n", List.of(spike(1.5, 0.9))).answer());
        assertEquals(MIXED, Spikes.asLarge("n", List.of(spike(1.5, 0.01))).answer());
        assertEquals(MIXED, Spikes.asLarge("n", List.of(spike(5, 0.2))).answer());
        assertEquals(REFUTED, Spikes.asLarge("n", List.of(spike(5, 0.01))).answer());
        assertEquals(
                MIXED,
                Spikes.asLarge("n", List.of(spike(Double.NaN, Double.NaN))).answer());
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
        assertEquals(CONFIRMED, Depth.fine("n", "q", trains(0.9), trains(0.8)).answer());
        assertEquals(REFUTED, Depth.fine("n", "q", explodes(), trains(0.8)).answer());
        assertEquals(
                MIXED,
                Depth.fine("n", "q", List.of(run(2, 0.2, 0.9), run(2, Double.NaN, 0)), trains(0.8))
                        .answer());
        assertEquals(
                CONFIRMED,
                Depth.tooLarge(explodes(), trains(0.9), explodes(), trains(0.9)).answer());
        assertEquals(
                MIXED,
                Depth.tooLarge(trains(0.9), trains(0.9), explodes(), trains(0.9))
                        .answer());
        assertEquals(
                REFUTED,
                Depth.tooLarge(trains(0.9), trains(0.9), trains(0.9), trains(0.8))
                        .answer());
        assertTrue(Depth.tooLarge(trains(0.8), trains(0.9)));
        assertEquals(CONFIRMED, Depth.fineAt(trains(0.9), trains(0.9)).answer());
        assertEquals(MIXED, Depth.fineAt(trains(0.9), explodes()).answer());
        assertEquals(REFUTED, Depth.fineAt(explodes(), explodes()).answer());
        assertEquals(CONFIRMED, Depth.falls(0, 1, 0.8, 8, 0.2).answer());
        assertEquals(MIXED, Depth.falls(0, 1, 0.8, 8, 0.5).answer());
        assertEquals(REFUTED, Depth.falls(0, 1, 0.8, 8, 0.8).answer());
        assertEquals(MIXED, Depth.falls(0, 1, 0.8, 8, Double.NaN).answer());
    }

    @Test
    void layerRates() {
        assertEquals(CONFIRMED, LayerRates.different(0.1, 0.3, 0.1).answer());
        assertEquals(MIXED, LayerRates.different(0.1, 0.15).answer());
        assertEquals(REFUTED, LayerRates.different(0.1, 0.1, 0.1).answer());
        assertEquals(CONFIRMED, LayerRates.adamw(NEAR, HIGH, 5, 30).answer());
        assertEquals(MIXED, LayerRates.adamw(NEAR, HIGH, 30, 30).answer());
        assertEquals(REFUTED, LayerRates.adamw(LOW, HIGH, 5, 30).answer());
    }

    @Test
    void family() {
        assertEquals(CONFIRMED, OptimizerFamily.better("s", "q", "a", HIGH, "b", LOW).answer());
        assertEquals(MIXED, OptimizerFamily.better("s", "q", "a", NEAR, "b", HIGH).answer());
        assertEquals(REFUTED, OptimizerFamily.better("s", "q", "a", LOW, "b", HIGH).answer());
        assertTrue(OptimizerFamily.better("s", "q", "a", HIGH, "b", LOW).evidence().endsWith("97.10 ± 0.10 %: +1.00 points."));
        assertEquals(CONFIRMED, OptimizerFamily.tuning(2, 3).answer());
        assertEquals(MIXED, OptimizerFamily.tuning(3, 3).answer());
        assertEquals(REFUTED, OptimizerFamily.tuning(4, 3).answer());
        assertEquals(CONFIRMED, OptimizerFamily.sameNorm(1.1, 3).answer());
        assertEquals(MIXED, OptimizerFamily.sameNorm(1.6, 3).answer());
        assertEquals(REFUTED, OptimizerFamily.sameNorm(2.5, 3).answer());
        assertEquals(CONFIRMED, OptimizerFamily.small(31.6).answer());
        assertEquals(MIXED, OptimizerFamily.small(25).answer());
        assertEquals(REFUTED, OptimizerFamily.small(1).answer());
        assertEquals(REFUTED, OptimizerFamily.small(Double.NaN).answer());
        assertEquals(CONFIRMED, OptimizerFamily.scaled(1.0).answer());
        assertEquals(REFUTED, OptimizerFamily.scaled(31.6).answer());
        assertEquals(CONFIRMED, OptimizerFamily.memory(8, 4).answer());
        assertEquals(MIXED, OptimizerFamily.memory(8, 6).answer());
        assertEquals(REFUTED, OptimizerFamily.memory(8, 8).answer());
        assertEquals(8, LectureRule.ADAMW.bytes());
        assertEquals(4, LectureRule.LION.bytes());
        float[] lengths = new float[120];
        for (int i = 0; i < 120; i++) {
            lengths[i] = i < 20 ? 100 : i - 19;
        }
        assertEquals(95 / 5.0, OptimizerFamily.spread(lengths), 0.8);
    }

    @Test
    void lion() {
        double[] flat = {0.95, 0.95, 0.949};
        double[] falling = {0.95, 0.94, 0.90};
        assertEquals(CONFIRMED, LionBatches.sensitive("", falling, flat).answer());
        assertEquals(REFUTED, LionBatches.sensitive("", flat, falling).answer());
        assertEquals(
                MIXED,
                LionBatches.sensitive("", new double[] {0.95, 0.948}, flat).answer());
    }

    @Test
    void schedules() {
        assertEquals(
                CONFIRMED,
                Schedules.stops("r", 0, samples(0.95, 0.97, 0.98, 0.98)).answer());
        assertEquals(
                MIXED,
                Schedules.stops("r", 0.02, samples(0.95, 0.97, 0.98, 0.98)).answer());
        assertEquals(
                MIXED, Schedules.stops("r", 0, samples(0.98, 0.97, 0.98, 0.98)).answer());
        assertEquals(
                REFUTED,
                Schedules.stops("r", 0.02, samples(0.98, 0.97, 0.98, 0.98)).answer());
        assertEquals(
                CONFIRMED,
                Schedules.cosine("r", samples(0.95, 0.97, 0.98, 0.98)).answer());
        assertEquals(
                MIXED, Schedules.cosine("r", samples(0.95, 0.97, 0.99, 0.98)).answer());
        assertEquals(
                MIXED, Schedules.cosine("r", samples(0.98, 0.97, 0.98, 0.98)).answer());
        assertEquals(
                REFUTED, Schedules.cosine("r", samples(0.98, 0.97, 0.99, 0.98)).answer());
        assertEquals(
                REFUTED, Schedules.cosine("r", samples(0.99, 0.97, 0.98, 0.98)).answer());
    }

    @Test
    void batches() {
        assertEquals(CONFIRMED, BatchSizes.faster(32, 1000, 512, 50).answer());
        assertEquals(MIXED, BatchSizes.faster(32, 1000, 512, 100).answer());
        assertEquals(
                REFUTED, BatchSizes.faster(32, 1000, 512, Double.POSITIVE_INFINITY).answer());
        List<Integer> sizes = List.of(32, 64, 128, 256);
        double[] best = {0.95, 0.95, 0.95, 0.95};
        assertEquals(CONFIRMED, BatchSizes.scaling(sizes, best, best).answer());
        assertEquals(
                MIXED,
                BatchSizes.scaling(sizes, best, new double[] {0.95, 0.95, 0.946, 0.9})
                        .answer());
        assertEquals(
                REFUTED,
                BatchSizes.scaling(sizes, best, new double[] {0.95, 0.9, 0.95, 0.95})
                        .answer());
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
        assertEquals(CONFIRMED, WarmupExperiment.rapid("r", List.of(calming)).answer());
        assertEquals(MIXED, WarmupExperiment.rapid("r", List.of(steady)).answer());
        assertEquals(REFUTED, WarmupExperiment.rapid("r", List.of(new float[] {1, 1, 1})).answer());
        List<SeedStatistics> constant = samples(0.95, 0.90, 0.10);
        assertEquals(
                CONFIRMED,
                WarmupExperiment.larger("r", constant, samples(0.95, 0.94, 0.10)).answer());
        assertEquals(
                MIXED, WarmupExperiment.larger("r", constant, samples(0.90, 0.94, 0.10)).answer());
        assertEquals(REFUTED, WarmupExperiment.larger("r", constant, constant).answer());
    }

    @Test
    void summary() {
        List<LectureRule> members = List.of(LectureRule.SGD, LectureRule.ADAMW, LectureRule.LION);
        assertEquals(
                CONFIRMED, Summary.byDefault(members, List.of(LOW, HIGH, NEAR)).answer());
        assertEquals(
                REFUTED, Summary.byDefault(members, List.of(HIGH, LOW, LOW)).answer());
        assertEquals(
                MIXED, Summary.byDefault(members, samples(0.98, 0.97, 0.96)).answer());
        assertEquals(CONFIRMED, Summary.lion(HIGH, NEAR).answer());
        assertEquals(MIXED, Summary.lion(SeedStatistics.of(0.98), SeedStatistics.of(0.975)).answer());
        assertEquals(REFUTED, Summary.lion(HIGH, SeedStatistics.of(0.96)).answer());
        double[] largest = {1, 1, 1, 1};
        assertEquals(
                CONFIRMED,
                Summary.close(new double[] {1, 0.5, 0.32, 0.1}, largest).answer());
        assertEquals(
                MIXED, Summary.close(new double[] {1, 0.5, 0.1, 0.1}, largest).answer());
        assertEquals(
                REFUTED, Summary.close(new double[] {1, 0.1, 0.1, 0.1}, largest).answer());
    }
}
