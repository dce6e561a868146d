package dev.lanewise.tune;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.tune.LearningRateSearch.Attempt;
import dev.lanewise.tune.LearningRateSearch.Groups;
import dev.lanewise.tune.LearningRateSearch.Result;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.DoubleFunction;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LearningRateSearchTest {
    private static final LearningRateSearch FINE = new LearningRateSearch(1e-3, 10, 9, 12, new TrialCriteria());

    /**
     * Gradient descent on a quadratic is stable below 2 / λmax. In 500 steps a rate that differs from it by a thousandth makes a
     * weight 1.002^500 = 2.7 times smaller or larger, and the loss the square of that, which the criteria distinguish. Twelve
     * bisections of half a decade leave an error of a ten-thousandth.
     */
    @Test
    void findsTheLimitOfAQuadratic() {
        Result result = FINE.search(new Quadratic(0, 8, 3, 0.5).trial(500), 1);
        assertEquals(2 / 8.0, result.largest().getAsDouble(), 0.002 * 2 / 8);
        assertEquals(2 / 8.0, result.limit().getAsDouble(), 0.002 * 2 / 8);
        assertTrue(result.largest().getAsDouble() < result.limit().getAsDouble());
        assertEquals(result.largest(), result.best());
        assertEquals(9 + 12, result.attempts().size());
    }

    /** Momentum moves the limit to 2 (1 + momentum) / λmax. The loss overshoots at first, which must not count as a spike. */
    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.8, 0.9, 0.95})
    void findsTheLimitWithMomentum(double momentum) {
        LearningRateSearch search = new LearningRateSearch(1e-3, 10, 9, 12, new TrialCriteria().withMomentum(momentum));
        Result result = search.search(new Quadratic(momentum, 8, 3, 0.5).trial(1000), 1);
        double limit = 2 * (1 + momentum) / 8;
        assertEquals(limit, result.largest().getAsDouble(), 0.015 * limit);
        assertEquals(limit, result.limit().getAsDouble(), 0.015 * limit);
    }

    @Property(tries = 50)
    void findsTheLimitOfAnyQuadratic(@ForAll @DoubleRange(min = 0.5, max = 500) double curvature) {
        Result result = FINE.search(new Quadratic(0, curvature, curvature / 3).trial(500), 1);
        assertEquals(2 / curvature, result.largest().getAsDouble(), 0.005 * 2 / curvature);
    }

    @Test
    void findsTheLimitOfEachGroup() {
        Quadratic quadratic = new Quadratic(0, 8, 0.5, 40);
        Groups groups = FINE.searchEach(quadratic.trial(500), 0.01, 0.01, 0.01);
        assertEquals(3, groups.searches().size());
        assertEquals(2 / 8.0, groups.learningRates().get(0), 0.01 * 2 / 8);
        assertEquals(2 / 0.5, groups.learningRates().get(1), 0.01 * 2 / 0.5);
        assertEquals(2 / 40.0, groups.learningRates().get(2), 0.01 * 2 / 40);
    }

    @Test
    void aGroupWithoutAnAnswerKeepsItsRate() {
        List<double[]> tried = new ArrayList<>();
        Groups groups = new LearningRateSearch(0.1, 1, 2, 3, new TrialCriteria())
                .searchEach(
                        rates -> {
                            tried.add(rates);
                            return rates[1] == 0.25 ? falling() : new TrialResult(Double.NaN);
                        },
                        0.5,
                        0.25);
        assertEquals(List.of(1.0, 0.25), groups.learningRates());
        assertArrayEquals(new double[] {0.1, 0.25}, tried.get(0));
        assertArrayEquals(new double[] {1, 0.25}, tried.get(1));
        assertArrayEquals(new double[] {1, 0.1}, tried.get(2));
        assertEquals(4, tried.size());
    }

    @Test
    void theGridIsLogarithmicAndTheBisectionToo() {
        Result result = search(4, 2, rate -> rate < 0.9 ? falling() : new TrialResult(Double.NaN));
        double[] rates =
                result.attempts().stream().mapToDouble(Attempt::learningRate).toArray();
        double root = Math.sqrt(10);
        assertArrayEquals(new double[] {0.01, 0.1, 0.1 * root, 0.1 * Math.sqrt(10 * root), 1, 10}, rates, 1e-12);
        assertEquals(0.1 * Math.sqrt(10 * root), result.largest().getAsDouble(), 1e-12);
        assertEquals(1, result.limit().getAsDouble(), 1e-12);
        assertEquals(
                result.attempts(),
                result.attempts().stream()
                        .sorted(Comparator.comparingDouble(Attempt::learningRate))
                        .toList());
    }

    /** A rate that trains by chance above one that does not must not be the result. */
    @Test
    void whatTrainsAboveTheLimitDoesNotCount() {
        Result result = search(4, 0, rate -> Math.abs(rate - 1) < 0.1 ? new TrialResult(Double.NaN) : falling());
        assertEquals(0.1, result.largest().getAsDouble(), 1e-12);
        assertEquals(0.1, result.best().getAsDouble(), 1e-12);
        assertEquals(TrialVerdict.TRAINS, result.attempts().getLast().verdict());
    }

    @Test
    void validationDecidesBetweenWhatTrains() {
        DoubleFunction<TrialResult> run = rate -> rate > 5
                ? new TrialResult(Double.NaN)
                : new TrialResult(
                        falling().losses(), new double[0][], OptionalDouble.of(rate > 0.05 && rate < 0.5 ? 0.9 : 0.8));
        Result result = search(4, 0, run);
        assertEquals(1, result.largest().getAsDouble(), 1e-12);
        assertEquals(0.1, result.best().getAsDouble(), 1e-12);
        Result equal =
                search(4, 0, rate -> new TrialResult(falling().losses(), new double[0][], OptionalDouble.of(0.8)));
        assertEquals(10, equal.best().getAsDouble());
    }

    @Test
    void saysWhenTheGridEndsTooLowOrBeginsTooHigh() {
        Result low = search(4, 3, rate -> falling());
        assertEquals(OptionalDouble.empty(), low.limit());
        assertEquals(OptionalDouble.of(10), low.largest());
        assertEquals(4, low.attempts().size());
        Result high = search(4, 3, rate -> new TrialResult(Double.NaN));
        assertEquals(OptionalDouble.empty(), high.largest());
        assertEquals(OptionalDouble.empty(), high.best());
        assertEquals(0.01, high.limit().getAsDouble());
        assertEquals(4, high.attempts().size());
    }

    @Test
    void aRateThatOnlyStallsIsTooHigh() {
        Result result = search(
                4,
                1,
                rate -> rate < 0.05 ? falling() : rate < 5 ? new TrialResult(1, 1, 1) : new TrialResult(Double.NaN));
        assertEquals(OptionalDouble.of(10), result.limit());
        assertEquals(0.01 * Math.sqrt(10), result.largest().getAsDouble(), 1e-12);
    }

    @Test
    void saysWhatIsWrong() {
        TrialCriteria criteria = new TrialCriteria();
        assertMessage("lowest must be finite and above 0: 0.0", () -> new LearningRateSearch(0, 1, 2, 0, criteria));
        assertMessage(
                "highest must be finite and above lowest: 1.0", () -> new LearningRateSearch(1, 1, 2, 0, criteria));
        assertMessage(
                "highest / lowest must be finite: 1.0E10 / 1.0E-300",
                () -> new LearningRateSearch(1e-300, 1e10, 2, 0, criteria));
        assertMessage("points must be at least 2: 1", () -> new LearningRateSearch(1, 2, 1, 0, criteria));
        assertMessage("bisections must be at least 0: -1", () -> new LearningRateSearch(1, 2, 2, -1, criteria));
        assertMessage("groups must be at least 1: 0", () -> new LearningRateSearch().search(rates -> falling(), 0));
        assertMessage("groups must be at least 1: 0", () -> new LearningRateSearch().searchEach(rates -> falling()));
    }

    private static Result search(int points, int bisections, DoubleFunction<TrialResult> run) {
        return new LearningRateSearch(0.01, 10, points, bisections, new TrialCriteria())
                .search(rates -> run.apply(rates[0]), 1);
    }

    private static TrialResult falling() {
        return new TrialResult(1, 0.5, 0.1);
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
