package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The statistics in a step's report agree with sums in double, and computing them changes nothing else. */
class StatisticsTest {
    private static final Schedule RATE = new Constant(0.1);
    private static final StepOptions ON = StepOptions.DEFAULT.withStatistics(true);

    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    private static Optimizer optimizer(float[] parameters, UpdateRule rule, StepOptions options) {
        return new Optimizer(FloatSpan.of(parameters), rule.withLearningRate(RATE), options);
    }

    private static double norm(float[] x) {
        double sum = 0;
        for (float value : x) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }

    private static float[] difference(float[] x, float[] y) {
        float[] difference = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            difference[i] = x[i] - y[i];
        }
        return difference;
    }

    private static float largest(float[] x) {
        float largest = 0;
        for (float value : x) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    /** There is a rounding for each of at most 4,096 terms of a partial sum and one for the square; the root halves the error. */
    private static double bound(int n) {
        return (Math.min(Math.ceilDiv(n, 16), 4096) + 2) * 0x1p-25;
    }

    static void check(float[] before, float[] after, float[] gradients, double factor, StepReport.Group report) {
        double bound = bound(before.length);
        float[] update = difference(after, before);
        double g = Math.abs(factor) * norm(gradients);
        assertEquals(g, report.gradientNorm(), bound * g);
        assertEquals(norm(update), report.updateNorm(), bound * norm(update));
        assertEquals(norm(before), report.parameterNorm(), bound * norm(before));
        assertEquals(largest(update), report.largestUpdate());
        assertEquals(0, report.nonFinite());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void saysWhatTheStepDid(UpdateRule rule) {
        for (int n : new int[] {1, 15, 16, 17, 2048 + 31, (1 << 14) + 5}) {
            float[] parameters = random(n, n), gradients = random(n, n + 1);
            Optimizer optimizer = optimizer(parameters, rule, ON);
            for (int step = 0; step < 3; step++) {
                float[] before = parameters.clone();
                StepReport.Group all =
                        optimizer.step(FloatSpan.of(gradients), -0.75).groups().getFirst();
                check(before, parameters, gradients, 0.75, all);
            }
        }
    }

    /** Equal terms err the same way each time; more than one block of either size. */
    @Test
    void staysWithinTheBoundWhereAllValuesAreEqual() {
        for (int n : new int[] {100_000, (1 << 20) + 100_000}) {
            float[] parameters = new float[n], gradients = new float[n];
            Arrays.fill(parameters, 0.7f);
            Arrays.fill(gradients, 0.1f);
            float[] before = parameters.clone();
            StepReport report = optimizer(parameters, new Sgd(), ON).step(FloatSpan.of(gradients));
            check(before, parameters, gradients, 1, report.group("all"));
        }
    }

    /** A rule that runs as its scalar definition, because there is no kernel of this name. */
    private record Scalar(UpdateRule rule) implements UpdateRule {
        @Override
        public Schedule learningRate() {
            return rule.learningRate();
        }

        @Override
        public Scalar withLearningRate(Schedule learningRate) {
            return new Scalar(rule.withLearningRate(learningRate));
        }

        @Override
        public List<StateBuffer> state() {
            return rule.state();
        }

        @Override
        public Set<String> options() {
            return rule.options();
        }

        @Override
        public NormScope normScope() {
            return rule.normScope();
        }

        @Override
        public List<StateScalar> scalars() {
            return rule.scalars();
        }

        @Override
        public List<Reduction> reductions() {
            return rule.reductions();
        }

        @Override
        public void prepare(float[][] buffers, int from, int to, float[] constants) {
            rule.prepare(buffers, from, to, constants);
        }

        @Override
        public void completeCoefficients(Step step, float[] constants) {
            rule.completeCoefficients(step, constants);
        }

        @Override
        public void coefficients(Step step, float[] constants) {
            rule.coefficients(step, constants);
        }

        @Override
        public void update(float[][] buffers, int from, int to, float[] constants) {
            rule.update(buffers, from, to, constants);
        }
    }

    private static FloatSpan on(String storage, float[] values, Arena confined) {
        MemorySegment from = MemorySegment.ofArray(values);
        return switch (storage) {
            case "array" -> FloatSpan.of(values.clone());
            case "native" ->
                FloatSpan.of(Arena.ofAuto().allocate(from.byteSize()).copyFrom(from));
            case "confined" -> FloatSpan.of(confined.allocate(from.byteSize()).copyFrom(from));
            default ->
                FloatSpan.of(
                        MemorySegment.ofArray(new byte[(int) from.byteSize()]).copyFrom(from));
        };
    }

    private static String reports(
            FloatSpan parameters, FloatSpan gradients, List<ParameterGroup> groups, StepOptions options) {
        Optimizer optimizer = new Optimizer(parameters, groups, options);
        float[] values = gradients.toArray();
        String reports = "";
        for (int step = 0; step < 3; step++) {
            // Some gradients become larger, and some smaller, so that the largest moment of AMSGrad is not always the
            // last one.
            gradients.copyFrom(values, 0, step, values.length - step);
            reports += optimizer.step(gradients, 0.5 * (1 << step));
        }
        return reports + Arrays.hashCode(parameters.toArray());
    }

    /** Kernels and scalar definitions, clamped or not, wherever the floats are. */
    @ParameterizedTest
    @MethodSource("rules")
    void hasTheSameBitsWithoutVectorsAndInEveryStorage(UpdateRule rule) {
        int n = (1 << 14) + 4096 + 77;
        float[] parameters = random(n, 1), gradients = random(n, 2);
        for (int i = 0; i < n; i += 7) {
            gradients[i] = Math.scalb(gradients[i], i % 200 - 150);
        }
        for (StepOptions options :
                List.of(ON, ON.withClipping(Clipping.byValue(0.3)).withZeroGradients(true))) {
            if (!RuleTable.accepts(rule, options)) {
                continue;
            }
            if (rule instanceof Lars && options.clipping().kind() == Clipping.Kind.VALUE) {
                continue;
            }
            String expected = null;
            for (String storage : List.of("array", "native", "bytes", "confined")) {
                for (UpdateRule same : List.of(rule, new Scalar(rule))) {
                    try (Arena arena = Arena.ofConfined()) {
                        List<ParameterGroup> groups = List.of(
                                new ParameterGroup("a", 3, 70, same.withLearningRate(RATE)),
                                new ParameterGroup("b", 73, 9, same.withLearningRate(RATE)),
                                new ParameterGroup("c", 85, n - 85, same.withLearningRate(RATE)));
                        String found =
                                reports(on(storage, parameters, arena), on(storage, gradients, arena), groups, options);
                        expected = expected == null ? found : expected;
                        assertEquals(expected, found, storage + ", " + same);
                    }
                }
            }
        }
    }

    /** Options that no configuration of the table has together, with which the first pass also reads x. */
    @Test
    void hasTheSameBitsWithEveryTermOfTheFirstPassOfAdamW() {
        AdamW clipped = new AdamW().withBetas(0.9, 0.5).withAmsgrad(true).withUpdateClipping(true);
        hasTheSameBitsWithoutVectorsAndInEveryStorage(clipped);
        hasTheSameBitsWithoutVectorsAndInEveryStorage(clipped.withCaution(Caution.RESCALED));
    }

    /** Blocks of both sizes, divided among threads. */
    @Test
    void hasTheSameBitsOnAnyNumberOfThreads() {
        int n = 1_500_003;
        float[] parameters = random(n, 3), gradients = random(n, 4);
        String expected = null;
        for (int threads = 1; threads <= 4; threads++) {
            try (Workers workers = Workers.of(threads)) {
                String found = reports(
                        FloatSpan.of(parameters.clone()),
                        FloatSpan.of(gradients.clone()),
                        List.of(
                                new ParameterGroup("a", 5, 200_000, new Lion(RATE)),
                                new ParameterGroup("b", 200_009, 1_250_000, new Lion(RATE))),
                        ON.withWorkers(workers));
                expected = expected == null ? found : expected;
                assertEquals(expected, found, "threads " + threads);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("rules")
    void changesNothingElse(UpdateRule rule) {
        int n = (1 << 14) + 100;
        float[] with = random(n, 5), without = with.clone(), gradients = random(n, 6);
        Optimizer on = optimizer(with, rule, ON), off = optimizer(without, rule, StepOptions.DEFAULT);
        for (int step = 0; step < 3; step++) {
            on.step(FloatSpan.of(gradients));
            off.step(FloatSpan.of(gradients));
        }
        assertArrayEquals(without, with);
        for (StateBuffer buffer : rule.state()) {
            assertArrayEquals(
                    off.state("all", buffer.name()).toArray(),
                    on.state("all", buffer.name()).toArray());
        }
    }

    private static StepReport.Group step(float parameter, float gradient, int n) {
        float[] parameters = new float[n], gradients = new float[n];
        Arrays.fill(parameters, parameter);
        Arrays.fill(gradients, gradient);
        return optimizer(parameters, new Sgd(), ON)
                .step(FloatSpan.of(gradients))
                .group("all");
    }

    @Test
    void takesTheGradientsNormWhateverItsMagnitude() {
        for (float gradient : new float[] {Float.MAX_VALUE, 2e19f, 1e-19f, 1e-30f, Float.MIN_VALUE}) {
            for (int n : new int[] {1, 100, 20_000}) {
                double expected = Math.sqrt(n) * gradient;
                assertEquals(expected, step(1, gradient, n).gradientNorm(), bound(n) * expected);
            }
        }
        assertEquals(0, step(1, 0, 20_000).gradientNorm());
        assertEquals(0, step(1, 0, 20_000).updateNorm());
    }

    @Test
    void squaresOfFloatsLimitTheOthers() {
        assertEquals(Double.POSITIVE_INFINITY, step(1, 1e21f, 40).updateNorm());
        assertEquals(Double.POSITIVE_INFINITY, step(1, 1e21f, 40).largestUpdate());
        assertEquals(Double.POSITIVE_INFINITY, step(1e20f, 1, 40).parameterNorm());
        assertEquals(0, step(1e-30f, 1, 40).parameterNorm());
        assertEquals(0, step(0, 1e-30f, 40).updateNorm());
        assertEquals(1e-17, step(0, 1e-16f, 40).largestUpdate(), 1e-24);
    }

    @Test
    void countsWhatIsNotFiniteAndKeepsTheRest() {
        int n = 40_000;
        for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}) {
            float[] parameters = random(n, 7), gradients = random(n, 8);
            double before = norm(parameters);
            for (int i = 11; i < n; i += 9_000) {
                gradients[i] = bad;
            }
            StepReport.Group all = optimizer(parameters, new Sgd(), ON.withZeroGradients(true))
                    .step(FloatSpan.of(gradients))
                    .group("all");
            assertEquals(5, all.nonFinite());
            assertEquals(Math.abs(bad), all.gradientNorm());
            assertEquals(Math.abs(bad), all.updateNorm());
            assertEquals(Math.abs(bad), all.largestUpdate());
            assertEquals(before, all.parameterNorm(), bound(n) * before);
        }
    }

    @Test
    void aParameterThatIsNotANumberHidesNothingElse() {
        float[] parameters = random(100, 9), gradients = random(100, 10);
        parameters[50] = Float.NaN;
        StepReport.Group all = optimizer(parameters, new Sgd(), ON)
                .step(FloatSpan.of(gradients))
                .group("all");
        assertEquals(0, all.nonFinite());
        assertTrue(Double.isNaN(all.parameterNorm()) && Double.isNaN(all.largestUpdate()));
        assertEquals(norm(gradients), all.gradientNorm(), 1e-6 * norm(gradients));
    }

    /** Processors differ in the sign of the NaN that they make of two infinities; on x86 it is set. */
    @Test
    void theLargestUpdateIsNotANumberWhateverTheSignOfTheNaN() {
        float[][] cases = {
            {1, Float.intBitsToFloat(0x7fc00000)},
            {1, Float.intBitsToFloat(0xffc00000)},
            {Float.intBitsToFloat(0xffc00000), 1},
            {Float.POSITIVE_INFINITY, Float.POSITIVE_INFINITY},
            {Float.POSITIVE_INFINITY, Float.intBitsToFloat(0xffc00000)}
        };
        for (UpdateRule rule : List.of(new Sgd(), new Scalar(new Sgd()))) {
            for (int n : new int[] {1, 64, 77, 20_000}) {
                for (float[] bad : cases) {
                    for (int at : new int[] {0, n / 2, n - 1}) {
                        float[] parameters = random(n, 12), gradients = random(n, 13);
                        parameters[at] = bad[0];
                        gradients[at] = bad[1];
                        StepReport.Group all = optimizer(parameters, rule, ON)
                                .step(FloatSpan.of(gradients))
                                .group("all");
                        assertTrue(Double.isNaN(all.largestUpdate()), () -> rule + ", " + n + ", " + at + ": " + all);
                        assertTrue(Double.isNaN(all.updateNorm()));
                    }
                }
            }
        }
    }

    /** If the norm is needed before the step, it is computed in double, and the report has that one. */
    @Test
    void keepsTheNormThatClippingTook() {
        float[] gradients = random(50_000, 11);
        double norm = optimizer(new float[50_000], new Sgd(), StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)))
                .step(FloatSpan.of(gradients))
                .gradientNorm();
        StepReport report = optimizer(new float[50_000], new Sgd(), ON.withClipping(Clipping.byNorm(1)))
                .step(FloatSpan.of(gradients));
        assertEquals(norm, report.gradientNorm());
        assertEquals(norm, report.group("all").gradientNorm());
        assertEquals(0.1, report.group("all").updateNorm(), 1e-5);
    }
}
