package dev.lanewise.mnist.train;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.optim.StepReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * The log of a training as JSON lines, one a step and one an epoch. Each line is written at once, by one write,
 * so that the file can be followed while it grows and ends with a whole line whenever the program does.
 */
public final class MetricsLog implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final long kept;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final JsonGenerator json;

    private MetricsLog(Path file, FileChannel channel, long kept) throws IOException {
        this.file = file;
        this.channel = channel;
        this.kept = kept;
        this.json = new JsonFactoryBuilder().rootValueSeparator("").build().createGenerator(line);
    }

    /**
     * Begins a log in place of one that may be there, or continues one.
     *
     * @param file the log; null to log nothing
     * @param kept how many bytes of the old log to keep, if it has as many
     * @throws UsageException if it cannot be written
     */
    public static MetricsLog open(Path file, long kept) {
        try {
            return new MetricsLog(file, file == null ? null : channel(file, kept), kept);
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static FileChannel channel(Path file, long kept) throws IOException {
        if (kept > 0 && Files.isRegularFile(file) && Files.size(file) >= kept) {
            return FileChannel.open(file, StandardOpenOption.WRITE)
                    .truncate(kept)
                    .position(kept);
        }
        return FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE);
    }

    /** Forces the log to the disk; returns its length in bytes, or without a log the length that was to be kept. */
    long force() {
        if (channel == null || !Files.isRegularFile(file)) {
            return kept;
        }
        try {
            channel.force(true);
            return channel.position();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /**
     * Logs a step.
     *
     * @param report the optimizer's report
     * @param rates the learning rate of each group
     * @param byName whether to log a rate for each weight and bias, or one rate for all
     */
    void step(long step, int epoch, double loss, StepReport report, double[] rates, boolean byName) {
        if (channel == null) {
            return;
        }
        try {
            json.writeStartObject();
            json.writeNumberField("step", step);
            json.writeNumberField("epoch", epoch);
            number("loss", loss);
            if (byName) {
                json.writeObjectFieldStart("lr");
                for (int i = 0; i < rates.length; i++) {
                    number(report.groups().get(i).name(), rates[i]);
                }
                json.writeEndObject();
            } else {
                number("lr", rates[0]);
            }
            writeLine();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /**
     * Logs an epoch.
     *
     * @param evaluation the evaluation after the epoch
     */
    void epoch(int epoch, double loss, Evaluation evaluation, double seconds) {
        if (channel == null) {
            return;
        }
        try {
            json.writeStartObject();
            json.writeNumberField("epoch", epoch);
            number("loss", loss);
            if (evaluation.isValidation()) {
                number("validation_loss", evaluation.loss());
            }
            number(evaluation.name() + "_accuracy", evaluation.accuracy());
            number("seconds", seconds);
            writeLine();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Logs the accuracy on the test images at the end, where each epoch has the validation images' instead. */
    public void end(Evaluation test) {
        if (channel == null) {
            return;
        }
        try {
            json.writeStartObject();
            number("test_accuracy", test.accuracy());
            writeLine();
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Writes null for NaN and infinity, which JSON does not have. */
    private void number(String name, double value) throws IOException {
        if (Double.isFinite(value)) {
            json.writeNumberField(name, value);
        } else {
            json.writeNullField(name);
        }
    }

    private void writeLine() throws IOException {
        json.writeEndObject();
        json.flush();
        line.write('\n');
        ByteBuffer bytes = ByteBuffer.wrap(line.toByteArray());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
        line.reset();
    }

    @Override
    public void close() {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static UsageException failed(Path file, IOException e) {
        return new UsageException("cannot write --metrics " + file + ": " + UsageException.reason(e), e);
    }
}
