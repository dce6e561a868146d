package dev.lanewise.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tune.SpikeDetector.Finding;
import dev.lanewise.tune.SpikeDetector.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SpikeDetectorTest {
    private static final double NORMAL = 0.93 / 240;

    private final SpikeDetector detector = new SpikeDetector(List.of("layers.0.weight", "layers.1.weight"));
    private final List<Finding> findings = new ArrayList<>();

    private void observe(long step, double loss, double first, double second) {
        findings.addAll(detector.observe(step, loss, new double[] {first, second}, new double[] {0.1, 0.2}));
    }

    private void calm(int from, int to) {
        for (int step = from; step < to; step++) {
            double wave = 1 + 0.02 * Math.sin(step);
            observe(step, 0.5 * wave, 0.001 * wave, step == 41 ? 0.93 : NORMAL * wave);
        }
    }

    private List<String> texts() {
        return findings.stream().map(Finding::text).toList();
    }

    @Test
    void saysWhatHappenedWhere() {
        for (int step = 0; step < 41; step++) {
            observe(step, 0.5, 0.001, NORMAL * (1 + 0.02 * (step % 3 - 1)));
        }
        observe(41, 0.5, 0.001, 0.93);
        assertEquals(
                List.of("layers.1.weight: step as large as the weights (0.93) at step 41, 240 × its median; "
                        + "reduce its learning rate below 0.021, or warm up"),
                texts());
        Finding finding = findings.getFirst();
        assertEquals("layers.1.weight", finding.where());
        assertEquals(Kind.LARGE_STEP, finding.kind());
        assertEquals(41, finding.step());
        assertEquals(0.93, finding.value());
        assertEquals(NORMAL, finding.median(), 1e-15);
        assertEquals(Math.log(240) / (1.4826 * Math.log(1.02)), finding.z(), 1e-6);
    }

    @Test
    void findsTheStepBehindASpikeOfTheLoss() {
        calm(0, 44);
        observe(44, 7.3, 0.001, NORMAL);
        calm(45, 60);
        assertEquals(2, findings.size(), () -> texts().toString());
        assertEquals(
                "loss: 7.3 at step 44, 15 × its median; 3 steps before, layers.1.weight made a step of 0.93 of the"
                        + " weights",
                findings.get(1).text());
        assertEquals(Kind.LOSS, findings.get(1).kind());
        assertEquals("loss", findings.get(1).where());
    }

    @Test
    void saysWhenNoStepIsBehindIt() {
        calm(0, 41);
        observe(41, 7.3, 0.001, NORMAL);
        observe(42, 0.5, 0.001, 0.93);
        calm(43, 63);
        observe(63, 7.3, 0.001, NORMAL);
        assertEquals(
                "loss: 7.3 at step 41, 15 × its median; no step stood out before it: look at this batch",
                findings.getFirst().text());
        assertEquals(
                "loss: 7.3 at step 63, 15 × its median; no step stood out before it: look at this batch",
                findings.getLast().text());
        assertEquals(3, findings.size());
    }

    @Test
    void saysWhichStepWasUnusualThoughSmall() {
        calm(0, 30);
        observe(30, 0.5, 0.048, NORMAL);
        assertEquals(
                List.of("layers.0.weight: step of 0.048 of the weights at step 30, 48 × its median; "
                        + "look at this batch, or clip its gradient"),
                texts());
        assertEquals(Kind.UNUSUAL_STEP, findings.getFirst().kind());
    }

    @Test
    void theLargestStepComesFirst() {
        calm(0, 30);
        observe(30, Double.NaN, 0.6, 2);
        assertEquals(
                List.of(
                        "layers.1.weight: step larger than the weights (2) at step 30, 520 × its median; "
                                + "reduce its learning rate below 0.01, or warm up",
                        "layers.0.weight: step half as large as the weights (0.6) at step 30, 600 × its median; "
                                + "reduce its learning rate below 0.016, or warm up",
                        "loss: NaN at step 30; in this step layers.1.weight made a step of 2 of the weights"),
                texts());
        assertEquals(Kind.NOT_FINITE, findings.get(2).kind());
    }

    @Test
    void whatStandsOutOnAndOnIsToldOnce() {
        calm(0, 30);
        for (int step = 30; step < 40; step++) {
            observe(step, 5, 0.001, step < 35 ? 0.3 : 0.7);
        }
        observe(40, 0.5, 0.001, NORMAL);
        observe(41, 5, 0.001, NORMAL);
        List<String> expected = List.of("30 UNUSUAL_STEP", "30 LOSS", "35 LARGE_STEP", "41 LOSS");
        assertEquals(
                expected, findings.stream().map(f -> f.step() + " " + f.kind()).toList());
    }

    /** Biases start at 0, so they have no ratio at first, then one of about 1 at any rate, which varies while they are small. */
    @Test
    void whatBeginsWithZeroHasLargeStepsAtFirst() {
        for (int step = 0; step < 60; step++) {
            double wave = step % 3 == 0 ? 1 : 0.6;
            observe(step, 2.0 / (1 + step), 0.001, step == 0 ? Double.NaN : wave * (step < 30 ? 1 : 30.0 / step));
        }
        assertEquals(List.of(), texts());
        observe(60, 0.01, 0.001, 60);
        assertEquals(
                List.of(Kind.LARGE_STEP), findings.stream().map(Finding::kind).toList());
    }

    /** The losses are those of a plain network on MNIST at a rate that is far too high: it diverges before there is a meaningful median. */
    @Test
    void findsWhatHappensInTheFirstSteps() {
        double[] losses = {2.4, 2.2, 1.8, 1.4, 1.3, 3.9, 8.9, 10.8, 9.2, 7.3, 6.6, 4.2, 2.4, 2.3, 1.9};
        double[] ratios = {0.06, 0.07, 0.09, 0.1, 0.2, 0.59, 1.1, 0.76, 0.49, 0.43, 0.3, 0.2, 0.16, 0.13, 0.1};
        for (int i = 0; i < losses.length; i++) {
            observe(i + 1, losses[i], 0.03, ratios[i]);
        }
        assertEquals(
                List.of(
                        "layers.1.weight: step half as large as the weights (0.59) at step 6, 6.6 × its median; "
                                + "reduce its learning rate below 0.033, or warm up",
                        "loss: 8.9 at step 7, 4.5 × its median; the step before, layers.1.weight made a step of 0.59 of"
                                + " the weights"),
                texts());
    }

    @Test
    void aFirstStepAsLargeAsTheWeightsIsTold() {
        observe(1, 2.3, 1.2, 0.3);
        assertEquals(
                List.of("layers.0.weight: step as large as the weights (1.2) at step 1; reduce its learning rate below"
                        + " 0.0083, or warm up"),
                texts());
    }

    /** Ordinary noise, wider than a factor of 2, gives no alarm in 5,000 steps. */
    @Test
    void isQuietInNoise() {
        Random random = new Random(7);
        for (int step = 0; step < 5000; step++) {
            observe(
                    step,
                    (0.05 + Math.exp(-step / 300.0)) * Math.exp(0.4 * random.nextGaussian()),
                    0.001 * Math.exp(0.3 * random.nextGaussian()),
                    0.01 * Math.exp(0.3 * random.nextGaussian()));
        }
        assertEquals(List.of(), texts());
    }

    @Test
    void forgetsWhatIsOlderThan256Steps() {
        for (int step = 0; step < 1000; step++) {
            observe(step, 1, 0.1, 0.01);
        }
        for (int step = 1000; step < 1256; step++) {
            observe(step, 1, 0.001, 0.01);
        }
        observe(1256, 1, 0.01, 0.01);
        assertEquals(List.of(1256L), findings.stream().map(Finding::step).toList());
        assertEquals(0.001, findings.getFirst().median(), 1e-15);
        assertEquals(Double.POSITIVE_INFINITY, findings.getFirst().z());
    }

    @Test
    void aStepThatIsNotFiniteIsToldAndNotRemembered() {
        calm(0, 30);
        observe(30, 0.5, Double.POSITIVE_INFINITY, NORMAL);
        assertEquals(
                List.of("layers.0.weight: step not finite at step 30; reduce its learning rate, or warm up"), texts());
        findings.clear();
        observe(31, 0.5, 0.001, NORMAL);
        observe(32, 0.5, 0.05, NORMAL);
        assertTrue(Double.isFinite(findings.getFirst().median()));
    }

    @Test
    void saysWhatIsWrong() {
        assertEquals(
                "updateRatios and learningRates must have the length 2 (groups): 1, 2",
                assertThrows(IllegalArgumentException.class, () -> detector.observe(0, 1, new double[1], new double[2]))
                        .getMessage());
    }
}
