package dev.lanewise.micrometer;

import dev.lanewise.fit.Epoch;
import dev.lanewise.fit.FitListener;
import dev.lanewise.optim.StepReport;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/**
 * Publishes a training as meters of a registry of Micrometer:
 *
 * {@snippet :
 * try (TrainingMeters meters = new TrainingMeters(registry, Tags.of("model", "clicks"))) {
 *     new Fit(10).withListener(meters).run(mlp, optimizer, data);
 * }
 * }
 *
 * <table>
 * <caption>The meters</caption>
 * <tr><th>name</th><th>type</th><th>value</th></tr>
 * <tr><td>{@code lanewise.steps}, {@code lanewise.rows}</td><td>counter</td>
 *     <td>the steps that were applied, and their rows; a monitoring system derives the steps a second</td></tr>
 * <tr><td>{@code lanewise.steps.skipped}</td><td>counter</td><td>the steps that were skipped because a gradient was not finite</td></tr>
 * <tr><td>{@code lanewise.epoch}</td><td>gauge</td><td>the number of the epoch, from 1; 0 before the first</td></tr>
 * <tr><td>{@code lanewise.loss}</td><td>gauge</td><td>the mean loss of the last batch</td></tr>
 * <tr><td>{@code lanewise.gradient.norm}</td><td>gauge</td>
 *     <td>the norm of the last step's gradient before clipping; NaN if no option takes it, see {@link StepReport#gradientNorm()}</td></tr>
 * <tr><td>{@code lanewise.learning.rate}</td><td>gauge</td><td>the last learning rate of the parameter group in the tag
 *     {@code group}</td></tr>
 * <tr><td>{@code lanewise.validation.loss}, {@code lanewise.validation.accuracy}</td><td>gauge</td>
 *     <td>those of the last epoch, the accuracy from 0 to 1; NaN if there are none</td></tr>
 * </table>
 *
 * <p>The loss and the norm are NaN before the first step. {@link #close()} removes the gauges; the counters stay in the registry,
 * and a later training with the same tags continues them. Trainings at the same time need tags that differ, because a registry
 * has one gauge for each name and tags. A training loop of one's own calls {@link #step} after each step. A step allocates
 * nothing after the first.
 */
public final class TrainingMeters implements FitListener, AutoCloseable {
    private final MeterRegistry registry;
    private final Tags tags;
    private final Counter steps, rows, skipped;
    private final List<Gauge> gauges = new ArrayList<>();

    /** Null before the first step, whose report has the groups. */
    private Rate[] rates;

    /** The training writes them and any thread reads them. */
    private volatile double epoch, loss = Double.NaN, gradientNorm = Double.NaN;

    private volatile double validationLoss = Double.NaN, accuracy = Double.NaN;

    /**
     * Registers the meters.
     *
     * @param registry the registry
     * @param tags tags of all meters, such as the name of the model
     */
    public TrainingMeters(MeterRegistry registry, Iterable<Tag> tags) {
        this.registry = Objects.requireNonNull(registry, "registry");
        this.tags = Tags.of(tags);
        steps = counter("lanewise.steps", "steps", "Applied steps of the optimizer");
        rows = counter("lanewise.rows", "rows", "Rows of the applied steps");
        skipped = counter("lanewise.steps.skipped", "steps", "Steps skipped for a gradient that is not finite");
        gauge("lanewise.epoch", this.tags, "Number of the epoch", this, meters -> meters.epoch);
        gauge("lanewise.loss", this.tags, "Mean loss of the last batch", this, meters -> meters.loss);
        gauge("lanewise.gradient.norm", this.tags, "Norm of the last gradient", this, meters -> meters.gradientNorm);
        gauge("lanewise.validation.loss", this.tags, "Validation loss", this, meters -> meters.validationLoss);
        gauge("lanewise.validation.accuracy", this.tags, "Validation accuracy", this, meters -> meters.accuracy);
    }

    private Counter counter(String name, String unit, String description) {
        return Counter.builder(name)
                .baseUnit(unit)
                .description(description)
                .tags(tags)
                .register(registry);
    }

    private <T> void gauge(String name, Tags tags, String description, T of, ToDoubleFunction<T> value) {
        gauges.add(Gauge.builder(name, of, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    @Override
    public void step(StepReport report, int epoch, double loss, int rows) {
        List<StepReport.Group> groups = report.groups();
        if (rates == null) {
            rates = new Rate[groups.size()];
            for (int i = 0; i < rates.length; i++) {
                rates[i] = new Rate();
                Tags group = tags.and("group", groups.get(i).name());
                gauge("lanewise.learning.rate", group, "Last learning rate", rates[i], rate -> rate.value);
            }
        }
        for (int i = 0; i < rates.length; i++) {
            rates[i].value = groups.get(i).learningRate();
        }
        this.epoch = epoch;
        this.loss = loss;
        gradientNorm = report.gradientNorm();
        if (report.applied()) {
            steps.increment();
            this.rows.increment(rows);
        } else {
            skipped.increment();
        }
    }

    @Override
    public void epoch(Epoch epoch) {
        validationLoss = epoch.validationLoss();
        accuracy = epoch.accuracy();
    }

    /** Removes the gauges from the registry. */
    @Override
    public void close() {
        gauges.forEach(registry::remove);
        gauges.clear();
    }

    /** The learning rate of a group. */
    private static final class Rate {
        private volatile double value;
    }
}
