package dev.lanewise.fit;

import dev.lanewise.optim.StepReport;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.zip.CRC32C;

/**
 * A file of events for TensorBoard, with the scalars {@code loss} and {@code learning_rate} of each step, and {@code epoch/loss}, {@code
 * epoch/validation_loss} and {@code epoch/accuracy} at the last step of each epoch. {@code tensorboard --logdir folder} shows the
 * runs whose files are in the folder, each in one of its own below it.
 *
 * <p>A file is a sequence of records, which are messages of {@code event.proto} with a checksum of their length and their bytes. The
 * file is flushed after each epoch.
 *
 * @see <a href="https://github.com/tensorflow/tensorboard/blob/master/tensorboard/compat/proto/event.proto">event.proto</a>
 */
public final class TensorBoard implements FitListener, AutoCloseable {
    /** The numbers of fields, and the encodings of their values. */
    private static final int WALL_TIME = 1,
            STEP = 2,
            FILE_VERSION = 3,
            SUMMARY = 5,
            VALUE = 1,
            TAG = 1,
            SIMPLE_VALUE = 2;

    private static final int VARINT = 0, FIXED64 = 1, BYTES = 2, FIXED32 = 5;

    /** The length of a record, and a checksum before and after the bytes. */
    private static final int HEAD = 12;

    private final OutputStream out;
    private final CRC32C crc = new CRC32C();
    private final ByteBuffer record = ByteBuffer.allocate(256).order(ByteOrder.LITTLE_ENDIAN);

    /**
     * Begins a file with a name of its own, {@code events.out.tfevents.SECONDS.lanewise.NANOSECONDS}.
     *
     * @param folder the folder of the run, which is created if it is missing
     * @throws IOException if the file cannot be written
     */
    public TensorBoard(Path folder) throws IOException {
        Files.createDirectories(folder);
        Instant now = Instant.now();
        Path file = folder.resolve("events.out.tfevents." + now.getEpochSecond() + ".lanewise." + now.getNano());
        out = new BufferedOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW));
        begin();
        text(FILE_VERSION, "brain.Event:2".getBytes(StandardCharsets.US_ASCII));
        end();
        out.flush();
    }

    @Override
    public void step(StepReport report, int epoch, double loss, int rows) {
        scalar("loss", report.step(), loss);
        scalar("learning_rate", report.step(), report.groups().get(0).learningRate());
    }

    @Override
    public void epoch(Epoch epoch) {
        scalar("epoch/loss", epoch.steps(), epoch.loss());
        if (!Double.isNaN(epoch.validationLoss())) {
            scalar("epoch/validation_loss", epoch.steps(), epoch.validationLoss());
        }
        if (!Double.isNaN(epoch.accuracy())) {
            scalar("epoch/accuracy", epoch.steps(), epoch.accuracy());
        }
        try {
            out.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Writes a scalar of the application's own.
     *
     * @param tag its name, of at most 100 characters; those before a {@code /} name its group
     * @param step the step at which it was measured
     * @param value the scalar
     * @throws IllegalArgumentException if the tag is too long
     */
    public void scalar(String tag, long step, double value) {
        byte[] name = tag.getBytes(StandardCharsets.UTF_8);
        if (name.length > 100) {
            throw new IllegalArgumentException("tag must have at most 100 bytes as UTF-8: " + tag);
        }
        begin();
        record.put((byte) (STEP << 3 | VARINT));
        varint(step);
        // Both messages are below 128 bytes, so that their lengths have one byte each.
        int length = 2 + name.length + 5;
        record.put((byte) (SUMMARY << 3 | BYTES)).put((byte) (length + 2));
        record.put((byte) (VALUE << 3 | BYTES)).put((byte) length);
        text(TAG, name);
        record.put((byte) (SIMPLE_VALUE << 3 | FIXED32)).putFloat((float) value);
        end();
    }

    private void begin() {
        record.clear().position(HEAD);
        record.put((byte) (WALL_TIME << 3 | FIXED64)).putDouble(System.currentTimeMillis() / 1e3);
    }

    private void text(int field, byte[] text) {
        record.put((byte) (field << 3 | BYTES)).put((byte) text.length).put(text);
    }

    private void varint(long value) {
        for (; value >>> 7 != 0; value >>>= 7) {
            record.put((byte) (value & 0x7f | 0x80));
        }
        record.put((byte) value);
    }

    private void end() {
        int length = record.position() - HEAD;
        record.putLong(0, length).putInt(8, checksum(0, 8));
        record.putInt(checksum(HEAD, length));
        try {
            out.write(record.array(), 0, record.position());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the checksum of some bytes, masked as TensorFlow does, because a checksum of bytes with their checksum means little} */
    private int checksum(int from, int count) {
        crc.reset();
        crc.update(record.array(), from, count);
        return Integer.rotateRight((int) crc.getValue(), 15) + 0xA282EAD8;
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
