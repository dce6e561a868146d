package dev.lanewise.mnist.train;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.optim.StepReport;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.SafetensorsException;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.tune.SpikeDetector;
import dev.lanewise.tune.SpikeDetector.Finding;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Observes every step of a training: keeps its numbers for the report, and detects spikes in them. The numbers are saved
 * beside the checkpoint, and a resumed training has those that it had when the checkpoint was saved.
 */
public final class TrainingMonitor {
    private static final String STEPS = "steps";
    private static final String EPOCHS = "epochs";

    /**
     * The numbers of a step.
     *
     * @param step its number, from 1
     * @param loss the loss of its batch
     * @param rates the learning rate of each group
     * @param ratios the update ratio of each group; NaN where there is none
     */
    record Point(long step, double loss, double[] rates, double[] ratios) {}

    /**
     * The numbers of an epoch.
     *
     * @param step the number of its last step
     * @param loss the mean over its images
     * @param heldLoss the loss on the images that are not trained on, for validation or for the test
     * @param accuracy the accuracy on them
     */
    record Epoch(long step, double loss, double heldLoss, double accuracy) {}

    private final List<String> groups;
    private final boolean keep;
    private final SpikeDetector detector;
    private final double[] rates;
    private final double[] ratios;
    private final List<Point> points = new ArrayList<>();
    private final List<Epoch> epochs = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();

    /**
     * Makes a monitor that has observed nothing.
     *
     * @param groups the names of the groups of parameters
     * @param keep whether the numbers are kept, for a report
     */
    public TrainingMonitor(List<String> groups, boolean keep) {
        this.groups = groups;
        this.keep = keep;
        this.detector = new SpikeDetector(groups);
        this.rates = new double[groups.size()];
        this.ratios = new double[groups.size()];
    }

    /** Observes a step at the learning rates of the groups; returns the findings, in general none. */
    List<Finding> step(double loss, StepReport report, double[] learningRates) {
        for (int i = 0; i < ratios.length; i++) {
            StepReport.Group group = report.groups().get(i);
            rates[i] = learningRates[i];
            ratios[i] = ratio(group);
        }
        return add(new Point(report.step(), loss, rates, ratios));
    }

    /** {@return the update ratio} It is infinite also if the update has a NaN, and NaN only if all parameters were 0. */
    public static double ratio(StepReport.Group group) {
        boolean finite = group.parameterNorm() == 0 || Double.isFinite(group.updateNorm());
        return finite ? group.updateRatio() : Double.POSITIVE_INFINITY;
    }

    /** Observes a loss after which no step was taken. */
    List<Finding> noStep(long step, double loss) {
        Arrays.fill(ratios, Double.NaN);
        return add(new Point(step, loss, rates, ratios));
    }

    private List<Finding> add(Point point) {
        if (keep) {
            points.add(new Point(point.step, point.loss, point.rates.clone(), point.ratios.clone()));
        }
        List<Finding> found = detector.observe(point.step, point.loss, point.ratios, point.rates);
        if (keep) {
            findings.addAll(found);
        }
        return found;
    }

    void epoch(Epoch epoch) {
        if (keep) {
            epochs.add(epoch);
        }
    }

    List<String> groups() {
        return groups;
    }

    List<Point> points() {
        return points;
    }

    List<Epoch> epochs() {
        return epochs;
    }

    List<Finding> findings() {
        return findings;
    }

    /**
     * Saves the numbers, if they are kept.
     *
     * @param file the file
     * @param options option → value, of all options that the weights depend on
     */
    void save(Path file, Map<String, String> options) throws IOException {
        if (keep) {
            double[][] steps = points.stream().map(this::row).toArray(double[][]::new);
            double[][] rows = epochs.stream()
                    .map(e -> new double[] {e.step, e.loss, e.heldLoss, e.accuracy})
                    .toArray(double[][]::new);
            Safetensors.write(file, List.of(tensor(STEPS, steps, columns()), tensor(EPOCHS, rows, 4)), options);
        }
    }

    private int columns() {
        return 2 + 2 * groups.size();
    }

    private double[] row(Point point) {
        double[] row = new double[columns()];
        row[0] = point.step;
        row[1] = point.loss;
        System.arraycopy(point.rates, 0, row, 2, groups.size());
        System.arraycopy(point.ratios, 0, row, 2 + groups.size(), groups.size());
        return row;
    }

    private static Tensor tensor(String name, double[][] rows, int columns) {
        double[] all = new double[Math.multiplyExact(rows.length, columns)];
        for (int i = 0; i < rows.length; i++) {
            System.arraycopy(rows[i], 0, all, i * columns, columns);
        }
        return new Tensor(name, DType.F64, List.of((long) rows.length, (long) columns), MemorySegment.ofArray(all));
    }

    /**
     * Loads the numbers up to a step, if they are of the same training, and has the detector observe them again.
     *
     * @throws UsageException if the file is damaged
     */
    void load(Path file, Map<String, String> options, long step) {
        if (!keep || !Files.exists(file)) {
            return;
        }
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            if (!saved.metadata().equals(options)) {
                return;
            }
            int n = groups.size();
            for (double[] row : rows(saved, STEPS, columns())) {
                if (row[0] <= step) {
                    add(new Point(
                            (long) row[0],
                            row[1],
                            Arrays.copyOfRange(row, 2, 2 + n),
                            Arrays.copyOfRange(row, 2 + n, 2 + 2 * n)));
                }
            }
            for (double[] row : rows(saved, EPOCHS, 4)) {
                if (row[0] <= step) {
                    epochs.add(new Epoch((long) row[0], row[1], row[2], row[3]));
                }
            }
        } catch (SafetensorsException e) {
            throw new UsageException("--resume: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UsageException("cannot read " + file + ": " + UsageException.reason(e), e);
        }
    }

    private static double[][] rows(Safetensors saved, String name, int columns) throws IOException {
        Tensor tensor = saved.names().contains(name) ? saved.tensor(name) : null;
        if (tensor == null
                || tensor.dtype() != DType.F64
                || tensor.shape().size() != 2
                || tensor.shape().getLast() != columns) {
            throw new IOException("expected F64 [n, " + columns + "] as " + name + ", found "
                    + (tensor == null ? "nothing" : tensor.dtype() + " " + tensor.shape()));
        }
        double[] all = tensor.bytes().toArray(ValueLayout.JAVA_DOUBLE_UNALIGNED);
        double[][] rows = new double[all.length / columns][];
        Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * columns, (i + 1) * columns));
        return rows;
    }
}
