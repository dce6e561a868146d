package dev.lanewise.mnist.train;

import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.optim.StepReport;
import dev.lanewise.safetensors.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.EnumSet;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * The log of a training as JSON lines, one a step and one an epoch. Each line is written at once, by one write,
 * so that the file can be followed while it grows and ends with a whole line whenever the program does.
 */
public final class MetricsLog implements AutoCloseable {
    private final Path file;
    private final FileChannel channel;
    private final boolean regular;
    private final CRC32C crc = new CRC32C();
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();
    private final JsonGenerator json;
    private long length;

    private MetricsLog(Path file, Set<StandardOpenOption> options) throws IOException {
        this.file = file;
        this.channel = file == null ? null : FileChannel.open(file, options);
        this.regular = file != null && Files.isRegularFile(file);
        this.json = new JsonFactoryBuilder().rootValueSeparator("").build().createGenerator(line);
    }

    /**
     * Begins a log in place of one that may be there, or continues one.
     *
     * @param file the log; null to log nothing
     * @param from has the length of the old log that is kept, and its checksum
     * @param out receives a line if the old log is not there
     * @throws UsageException if it cannot be written, if it is not the log that is to be continued, or if another run writes it
     */
    public static MetricsLog open(Path file, ResumePoint from, PrintWriter out) {
        MetricsLog log = null;
        try {
            boolean continued = file != null && from.logged() > 0 && Files.isRegularFile(file);
            log = new MetricsLog(
                    file,
                    EnumSet.of(
                            StandardOpenOption.WRITE, continued ? StandardOpenOption.READ : StandardOpenOption.CREATE));
            if (log.regular) {
                log.lock();
                log.keep(continued ? from.logged() : 0, from.loggedCrc());
            }
            if (log.regular && from.logged() > 0 && !continued) {
                out.println("no log " + file + " any more: it begins after the steps of the checkpoint");
            }
            return log;
        } catch (IOException | UsageException e) {
            if (log != null) {
                log.closeAfter(e);
            }
            throw e instanceof IOException failed ? failed(file, failed) : (UsageException) e;
        }
    }

    /** The lock is far behind the end, because on some systems nobody else can read what is locked. */
    private void lock() throws IOException {
        FileLock lock;
        try {
            lock = channel.tryLock(Long.MAX_VALUE - 1, 1, false);
        } catch (OverlappingFileLockException e) {
            lock = null;
        }
        if (lock == null) {
            throw new UsageException(
                    "--metrics " + file + ": expected a file that no other run writes, found it in use");
        }
    }

    /** Cuts off what was logged after the checkpoint. What is before must be what was there when the checkpoint was saved. */
    private void keep(long kept, long expected) throws IOException {
        long size = channel.size();
        if (size < kept) {
            throw new UsageException("--metrics " + file + ": expected the log that is to be continued, of at least "
                    + kept + " bytes, found " + size + "; name another file to begin a new one");
        }
        ByteBuffer block = ByteBuffer.allocate(1 << 16);
        while (length < kept) {
            block.clear().limit((int) Math.min(block.capacity(), kept - length));
            int count = channel.read(block, length);
            if (count < 0) {
                throw new EOFException();
            }
            crc.update(block.flip());
            length += count;
        }
        if (kept > 0 && expected >= 0 && crc.getValue() != expected) {
            throw new UsageException(
                    "--metrics " + file + ": expected the log that is to be continued, found other content"
                            + " in its first " + kept + " bytes; name another file to begin a new one");
        }
        channel.truncate(kept).position(kept);
    }

    /** Forces the log to the disk. */
    void force() {
        if (!regular) {
            return;
        }
        try {
            channel.force(true);
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    /** Returns the measurements of a training with the length and the checksum of this log, or of the old one if there is none. */
    ResumePoint point(double lossSum, long epochNanos, long nanos, ResumePoint from) {
        return regular
                ? new ResumePoint(lossSum, epochNanos, nanos, length, crc.getValue(), null)
                : new ResumePoint(lossSum, epochNanos, nanos, from.logged(), from.loggedCrc(), null);
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
        line.reset();
        try {
            AtomicFile.writeAll(channel, bytes);
        } catch (IOException e) {
            cutLine(e);
            throw e;
        }
        length += bytes.limit();
        crc.update(bytes.rewind());
    }

    /** Removes what was written of a line, if that is possible. */
    private void cutLine(IOException failure) {
        try {
            if (regular) {
                channel.truncate(length);
            }
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void closeAfter(Exception failure) {
        try {
            close();
        } catch (UsageException e) {
            failure.addSuppressed(e);
        }
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
