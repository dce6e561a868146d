package dev.lanewise.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.lanewise.schedule.ReduceOnPlateau.Goal;
import dev.lanewise.schedule.ReduceOnPlateau.Threshold;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The schedules have the values of PyTorch's schedulers. test/resources/schedules/README.md describes how these were generated. */
class PyTorchTest {
    /** PyTorch multiplies the previous rate, which adds a rounding error in each step; 200 of them are 4.4e-14. */
    private static final double RELATIVE = 1e-12;

    private static final Map<String, Schedule> SCHEDULES = Map.ofEntries(
            Map.entry("step", new StepDecay(0.1, 0.3, 7)),
            Map.entry("multiStep", new MultiStep(0.1, 0.2, 1, 5, 17, 30)),
            Map.entry("exponential", new Exponential(0.1, 0.97)),
            Map.entry("polynomial", new Polynomial(0.1, 2.5, 30)),
            Map.entry("polynomialOne", new Polynomial(0.1, 1, 5)),
            Map.entry("linear", new LinearWarmup(0.1, 5, 1 / 3.0)),
            Map.entry("linearTenth", new LinearWarmup(0.3, 50, 0.1)),
            Map.entry("constantThird", new Constant(0.1 / 3).then(5, new Constant(0.1))),
            Map.entry("cosine", new Cosine(0.1, 50, 0.004)),
            Map.entry("restarts", new CosineRestarts(0.1, 9, 1, 0.002)),
            Map.entry("restartsDoubling", new CosineRestarts(0.1, 9, 2, 0.002)),
            Map.entry("restartsTripling", new CosineRestarts(0.1, 5, 3, 0)),
            Map.entry("oneCycle", new OneCycle(0.1, 100)),
            Map.entry("oneCycleOdd", new OneCycle(0.1, 37, 0.23, 10, 50)),
            Map.entry("oneCycleNoRise", new OneCycle(0.1, 20, 0, 25, 1e4)),
            Map.entry("warmupThenExponential", new LinearWarmup(0.1, 10, 0.2).then(10, new Exponential(0.1, 0.9))),
            Map.entry("stepTimesLinear", new StepDecay(0.1, 0.3, 7).times(new LinearWarmup(1, 20, 0.25))),
            Map.entry("lambdaInverseSquareRoot", new InverseSquareRoot(0.1, 16)));

    private static final Map<String, ReduceOnPlateau> PLATEAUS = Map.of(
            "defaults",
            new ReduceOnPlateau(0.1),
            "cooldown",
            new ReduceOnPlateau(0.1, Goal.MINIMUM, 0.5, 3, 1e-4, Threshold.RELATIVE, 4, 0.001, 1e-8),
            "absolute",
            new ReduceOnPlateau(0.1, Goal.MINIMUM, 0.7, 2, 0.01, Threshold.ABSOLUTE, 0, 0, 1e-8),
            "maximum",
            new ReduceOnPlateau(0.1, Goal.MAXIMUM, 0.6, 0, 1e-4, Threshold.RELATIVE, 0, 0, 1e-8),
            "maximumAbsolute",
            new ReduceOnPlateau(0.1, Goal.MAXIMUM, 0.6, 4, 0.02, Threshold.ABSOLUTE, 0, 0, 1e-8),
            "least",
            new ReduceOnPlateau(1e-7, Goal.MINIMUM, 0.5, 2, 1e-4, Threshold.RELATIVE, 0, 0, 1e-8));

    static Stream<String> schedules() {
        return SCHEDULES.keySet().stream().sorted();
    }

    static Stream<String> plateaus() {
        return PLATEAUS.keySet().stream().sorted();
    }

    @ParameterizedTest
    @MethodSource
    void schedules(String name) throws IOException {
        List<Double> expected = numbers().get("schedules/" + name);
        assertTrue(expected.size() > 10);
        for (int step = 0; step < expected.size(); step++) {
            double value = expected.get(step);
            assertEquals(value, SCHEDULES.get(name).at(step), RELATIVE * value, "at step " + step);
        }
    }

    @ParameterizedTest
    @MethodSource
    void plateaus(String name) throws IOException {
        List<Double> metrics = numbers().get("plateaus/" + name + "/metrics");
        List<Double> rates = numbers().get("plateaus/" + name + "/rates");
        ReduceOnPlateau schedule = PLATEAUS.get(name);
        assertTrue(rates.stream().distinct().count() > 2, "the rate must have been reduced, or the case says nothing");
        for (int i = 0; i < rates.size(); i++) {
            schedule.observe(metrics.get(i));
            assertEquals(rates.get(i), schedule.at(i), "after observation " + i);
        }
    }

    /** PyTorch still differs where it is documented to differ. */
    @Test
    void onlyPyTorchsCosineRisesAgain() throws IOException {
        List<Double> after = numbers().get("schedules/cosinePastItsEnd");
        for (int i = 0; i < after.size(); i++) {
            assertTrue(after.get(i) > (i == 0 ? 0.004 : after.get(i - 1)));
            assertEquals(0.004, SCHEDULES.get("cosine").at(51 + i));
        }
    }

    /** Returns the arrays of the file by their paths. */
    private static Map<String, List<Double>> numbers() throws IOException {
        Map<String, List<Double>> arrays = new HashMap<>();
        try (InputStream file = PyTorchTest.class.getResourceAsStream("/schedules/pytorch.json");
                JsonParser json = new JsonFactory().createParser(file)) {
            for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
                if (token.isScalarValue()) {
                    String path = json.getParsingContext()
                            .pathAsPointer()
                            .head()
                            .toString()
                            .substring(1);
                    double number = json.getText().equals("nan") ? Double.NaN : Double.parseDouble(json.getText());
                    arrays.computeIfAbsent(path, key -> new ArrayList<>()).add(number);
                }
            }
        }
        return arrays;
    }
}
