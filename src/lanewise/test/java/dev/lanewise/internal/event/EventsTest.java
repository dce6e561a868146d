package dev.lanewise.internal.event;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Lion;
import dev.lanewise.optim.LossScale;
import dev.lanewise.optim.NonFinitePolicy;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.RmsProp;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.StepReport;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.testing.Garbage;
import dev.lanewise.tune.SpikeDetector;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A recording has the events of steps, skipped steps and spikes, as read back from its file. */
class EventsTest {
    @TempDir
    Path folder;

    private List<RecordedEvent> recorded(Runnable action) throws IOException {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("dev.lanewise."))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }

    private static FloatSpan span(float... values) {
        return FloatSpan.of(values);
    }

    @Test
    void aStepTellsItsRulesSizeRateAndNorms() throws IOException {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[] {3, 4, 12, 1, 1}),
                List.of(
                        new ParameterGroup("a", 0, 2, new Sgd(0.5)),
                        new ParameterGroup("b", 2, 1, new AdamW(0.25)),
                        new ParameterGroup("c", 3, 1, new Sgd(0.75)).withFrozen(true)),
                StepOptions.DEFAULT.withStatistics(true));
        Optimizer plain = new Optimizer(FloatSpan.of(new float[9]), new Sgd());
        // The recording has not started, so this step must not be in it.
        optimizer.step(span(0, 0, 0, 0, 0));
        optimizer.parameters().copyFrom(new float[] {3, 4, 12, 1, 1}, 0, 0, 5);
        StepReport[] report = new StepReport[1];
        List<RecordedEvent> events = recorded(() -> {
            report[0] = optimizer.step(span(2, 3, 6, 1e30f, 1));
            plain.step(FloatSpan.of(new float[9]));
        });
        plain.step(FloatSpan.of(new float[9]));
        assertEquals(2, events.size());
        RecordedEvent step = events.getFirst();
        assertEquals("dev.lanewise.Step", step.getEventType().getName());
        assertEquals("Optimizer Step", step.getEventType().getLabel());
        assertEquals(List.of("Lanewise"), step.getEventType().getCategoryNames());
        assertEquals(2, step.getLong("step"));
        assertEquals("Sgd, AdamW", step.getString("rules"));
        assertEquals(2, step.getInt("groups"));
        assertEquals(3, step.getLong("elements"));
        assertEquals(0.5, step.getDouble("learningRate"));
        assertEquals(7, step.getDouble("gradientNorm"), 1e-12);
        assertEquals(13, step.getDouble("parameterNorm"), 1e-12);
        assertEquals(
                Math.hypot(
                        report[0].group("a").updateNorm(), report[0].group("b").updateNorm()),
                step.getDouble("updateNorm"),
                1e-12);
        assertTrue(step.getDuration().toNanos() > 0);
        assertEquals(Thread.currentThread().getName(), step.getThread().getJavaName());
        RecordedEvent bare = events.get(1);
        assertEquals("Sgd", bare.getString("rules"));
        assertEquals(9, bare.getLong("elements"));
        assertTrue(Double.isNaN(bare.getDouble("gradientNorm"))
                && Double.isNaN(bare.getDouble("updateNorm"))
                && Double.isNaN(bare.getDouble("parameterNorm")));
    }

    @Test
    void aSkippedStepTellsWhy() throws IOException {
        Optimizer skips = new Optimizer(
                FloatSpan.of(new float[3]),
                List.of(new ParameterGroup("a", 0, 1, new Sgd(1)), new ParameterGroup("b", 1, 2, new Sgd(1))),
                StepOptions.DEFAULT.withLossScale(new LossScale(1024)));
        Optimizer strict =
                new Optimizer(span(1), new Sgd(1), StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.THROW));
        List<RecordedEvent> events = recorded(() -> {
            skips.step(span(1, 1, 1));
            skips.step(span(1, Float.NaN, Float.NEGATIVE_INFINITY));
            skips.step(span(1, 1, Float.NaN));
            assertThrows(ArithmeticException.class, () -> strict.step(span(Float.NaN)));
        });
        assertEquals(4, events.size());
        assertEquals("dev.lanewise.Step", events.getFirst().getEventType().getName());
        RecordedEvent first = events.get(1);
        assertEquals("dev.lanewise.SkippedStep", first.getEventType().getName());
        assertEquals(1, first.getLong("step"));
        assertEquals("b", first.getString("group"));
        assertEquals(2, first.getLong("nonFinite"));
        assertEquals("the gradient of group b has 2 values that are not finite", first.getString("reason"));
        assertEquals(1, first.getInt("skipped"));
        assertEquals(512, first.getDouble("lossScale"));
        assertEquals(2, events.get(2).getInt("skipped"));
        assertEquals(256, events.get(2).getDouble("lossScale"));
        assertEquals("all", events.get(3).getString("group"));
        assertTrue(Double.isNaN(events.get(3).getDouble("lossScale")));
    }

    @Test
    void aSpikeTellsWhatTheDoctorSays() throws IOException {
        SpikeDetector detector = new SpikeDetector(List.of("w"));
        SpikeDetector.Finding[] found = new SpikeDetector.Finding[2];
        List<RecordedEvent> events = recorded(() -> {
            for (int i = 0; i < 40; i++) {
                detector.observe(i, 1 + 0.01 * (i % 5), new double[] {0.001 + 0.0001 * (i % 3)}, new double[] {0.1});
            }
            found[0] = detector.observe(40, 1, new double[] {0.9}, new double[] {0.1})
                    .getFirst();
            found[1] = detector.observe(41, 80, new double[] {0.001}, new double[] {0.1})
                    .getFirst();
        });
        assertEquals(2, events.size());
        for (int i = 0; i < 2; i++) {
            RecordedEvent event = events.get(i);
            assertEquals("dev.lanewise.Spike", event.getEventType().getName());
            assertEquals(found[i].step(), event.getLong("step"));
            assertEquals(found[i].where(), event.getString("where"));
            assertEquals(found[i].kind().name(), event.getString("kind"));
            assertEquals(found[i].value(), event.getDouble("value"));
            assertEquals(found[i].median(), event.getDouble("median"));
            assertEquals(found[i].z(), event.getDouble("z"));
            assertEquals(found[i].text(), event.getString("text"));
        }
        for (ValueDescriptor field : events.getFirst().getFields()) {
            assertTrue(field.getLabel() != null, field.getName());
        }
    }

    /** JFR rewrites the class of an event while a recording runs; after the recording a step must again allocate nothing. */
    @Test
    void afterARecordingAStepAllocatesNothingAgain() throws IOException {
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[4096]), new AdamW());
        FloatSpan gradients = FloatSpan.of(new float[4096]);
        assertEquals(1, recorded(() -> optimizer.step(gradients)).size());
        Garbage.assertNone(() -> optimizer.step(gradients));
    }

    /** With few rules and with so many that JFR keeps their text in its pool. */
    @Test
    void aRecordedStepAllocatesNothing() throws IOException {
        List<UpdateRule> rules = List.of(new Sgd(), new AdamW(), new Lion(), new RmsProp());
        for (int count : new int[] {1, rules.size()}) {
            List<ParameterGroup> groups = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                groups.add(new ParameterGroup("g" + i, 64L * i, 64, rules.get(i)));
            }
            int n = 64 * count;
            Optimizer optimizer = new Optimizer(FloatSpan.of(new float[n]), groups, StepOptions.DEFAULT);
            FloatSpan gradients = FloatSpan.of(new float[n]);
            // Until C2 has compiled the kernels their vectors are boxed.
            Garbage.assertNone(() -> optimizer.step(gradients));
            long before = optimizer.steps();
            long[] allocated = new long[1];
            List<RecordedEvent> events = recorded(() -> {
                for (int i = 0; i < 10_000; i++) {
                    optimizer.step(gradients);
                }
                allocated[0] = Garbage.of(() -> {
                    for (int i = 0; i < 100; i++) {
                        optimizer.step(gradients);
                    }
                });
            });
            assertEquals(0, allocated[0], count + " rules");
            // Each event is the step's own, although one object has recorded them all.
            assertEquals(optimizer.steps() - before, events.size());
            for (int i = 0; i < events.size(); i++) {
                assertEquals(before + i + 1, events.get(i).getLong("step"));
                assertEquals(n, events.get(i).getLong("elements"));
                assertEquals(count, events.get(i).getInt("groups"));
            }
        }
    }
}
