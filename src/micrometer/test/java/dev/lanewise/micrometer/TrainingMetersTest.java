package dev.lanewise.micrometer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.fit.Data;
import dev.lanewise.fit.Fit;
import dev.lanewise.fit.FitResult;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;
import dev.lanewise.optim.NonFinitePolicy;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;

class TrainingMetersTest {
    private static final Tags TAGS = Tags.of("model", "test");

    private final MeterRegistry registry = new SimpleMeterRegistry();
    private final float[] parameters = {1, 2, 3, 4};
    private final Optimizer optimizer = new Optimizer(
            FloatSpan.of(parameters),
            List.of(new ParameterGroup("a", 0, 2, new Sgd(0.5)), new ParameterGroup("b", 2, 2, new Sgd(0.25))),
            StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP).withStatistics(true));

    private double gauge(String name, String... tags) {
        return registry.get(name).tags(TAGS.and(tags)).gauge().value();
    }

    private double count(String name) {
        return registry.get(name).tags(TAGS).counter().count();
    }

    @Test
    void aTrainingCountsItsStepsAndShowsItsLosses() {
        Mlp mlp = new Mlp(3, 4, 2);
        mlp.initialize(1);
        Data training = Data.of(Floats.random(30, 1), 3, Targets.classes(new int[] {0, 1, 1, 0, 1, 0, 0, 1, 1, 0}));
        Data validation = Data.of(Floats.random(6, 2), 3, Targets.classes(new int[] {1, 0}));
        try (TrainingMeters meters = new TrainingMeters(registry, TAGS)) {
            FitResult result = new Fit(3)
                    .withBatch(4)
                    .withListener(meters)
                    .run(mlp, new Optimizer(mlp.parameters(), new Sgd(0.1)), training, validation);
            assertEquals(9, count("lanewise.steps"));
            assertEquals(30, count("lanewise.rows"));
            assertEquals(3, gauge("lanewise.epoch"));
            assertTrue(gauge("lanewise.loss") > 0);
            assertEquals(result.epochs().getLast().validationLoss(), gauge("lanewise.validation.loss"));
            assertEquals(result.epochs().getLast().accuracy(), gauge("lanewise.validation.accuracy"));
        }
    }

    @Test
    void stepsShowTheRatesOfTheirGroupsAndTheNorm() {
        TrainingMeters meters = new TrainingMeters(registry, TAGS);
        assertEquals(Double.NaN, gauge("lanewise.loss"));
        meters.step(optimizer.step(FloatSpan.of(new float[] {0, 3, 0, 4})), 1, 0.75, 8);
        assertEquals(0.5, gauge("lanewise.learning.rate", "group", "a"));
        assertEquals(0.25, gauge("lanewise.learning.rate", "group", "b"));
        assertEquals(5, gauge("lanewise.gradient.norm"));
        assertEquals(0.75, gauge("lanewise.loss"));
    }

    @Test
    void skippedStepsAreCountedApart() {
        TrainingMeters meters = new TrainingMeters(registry, TAGS);
        meters.step(optimizer.step(FloatSpan.of(new float[] {0, Float.NaN, 0, 1})), 1, Double.NaN, 8);
        meters.step(optimizer.step(FloatSpan.of(new float[] {0, 1, 0, 1})), 1, 1, 8);
        assertEquals(1, count("lanewise.steps.skipped"));
        assertEquals(1, count("lanewise.steps"));
        assertEquals(8, count("lanewise.rows"));
    }

    @Test
    void closingRemovesTheGaugesAndKeepsTheCounters() {
        for (int training = 1; training <= 2; training++) {
            try (TrainingMeters meters = new TrainingMeters(registry, TAGS)) {
                meters.step(optimizer.step(FloatSpan.of(new float[4])), 1, training, 8);
                assertEquals(training, gauge("lanewise.loss"));
                assertEquals(training, count("lanewise.steps"));
            }
            assertEquals(3, registry.getMeters().size());
        }
    }

    @Test
    void aStepAllocatesNothing() {
        TrainingMeters meters = new TrainingMeters(registry, TAGS);
        FloatSpan gradients = FloatSpan.of(new float[4]);
        Garbage.assertNone(() -> meters.step(optimizer.step(gradients), 1, 0.5, 8));
    }
}
