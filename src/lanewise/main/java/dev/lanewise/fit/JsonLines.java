package dev.lanewise.fit;

import dev.lanewise.optim.StepReport;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A log of a training as JSON lines, one a step and one an epoch:
 *
 * <pre>
 * {"step":1,"epoch":1,"loss":2.31,"lr":0.001}
 * {"epoch":1,"loss":0.41,"validation_loss":0.22,"accuracy":0.935,"seconds":0.8}
 * </pre>
 *
 * The learning rate is that of the optimizer's first group. NaN and infinity, which JSON does not have, are {@code null}; what there is
 * none of is left out. The file is flushed after each epoch.
 */
public final class JsonLines implements FitListener, AutoCloseable {
    private final BufferedWriter out;
    private final StringBuilder line = new StringBuilder();

    /**
     * Begins a log.
     *
     * @param file the file, which is replaced if it is there
     * @throws IOException if it cannot be written
     */
    public JsonLines(Path file) throws IOException {
        out = Files.newBufferedWriter(file);
    }

    @Override
    public void step(StepReport report, int epoch, double loss, int rows) {
        line.append("{\"step\":").append(report.step()).append(",\"epoch\":").append(epoch);
        number("loss", loss);
        number("lr", report.groups().get(0).learningRate());
        write();
    }

    @Override
    public void epoch(Epoch epoch) {
        line.append("{\"epoch\":").append(epoch.number());
        number("loss", epoch.loss());
        if (!Double.isNaN(epoch.validationLoss())) {
            number("validation_loss", epoch.validationLoss());
        }
        if (!Double.isNaN(epoch.accuracy())) {
            number("accuracy", epoch.accuracy());
        }
        number("seconds", epoch.seconds());
        write();
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void number(String name, double value) {
        line.append(",\"").append(name).append("\":");
        if (Double.isFinite(value)) {
            line.append(value);
        } else {
            line.append("null");
        }
    }

    private void write() {
        try {
            out.append(line.append("}\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        line.setLength(0);
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
