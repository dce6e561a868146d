package dev.lanewise.mnist.data;

import dev.lanewise.fuzz.Inputs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/**
 * An IDX file is refused with a {@link UsageException} of one line, or read whole. The first byte of an input gives the number of
 * dimensions, and whether the rest is gzipped first; a rest that is gzipped already is damaged like any other.
 */
public final class IdxFuzz {
    private static final int THREE = 1, GZIPPED = 2;

    private IdxFuzz() {}

    /** {@return images and labels, plain and gzipped before and after they are changed} */
    public static List<byte[]> seeds() throws IOException {
        byte[] images = ByteBuffer.allocate(16 + 12)
                .putInt(0x803)
                .putInt(2)
                .putInt(2)
                .putInt(3)
                .array();
        byte[] labels = ByteBuffer.allocate(8 + 2).putInt(0x801).putInt(2).array();
        List<byte[]> seeds = new ArrayList<>();
        for (int kind = 0; kind < 4; kind++) {
            byte[] file = (kind & THREE) != 0 ? images : labels;
            seeds.add(join(kind, file));
            seeds.add(join(kind & THREE, gzip(file)));
        }
        return seeds;
    }

    private static byte[] join(int kind, byte[] file) {
        return ByteBuffer.allocate(1 + file.length).put((byte) kind).put(file).array();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        }
        return zipped.toByteArray();
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (input.length > 0) {
            Inputs.bounded(input, () -> read(input));
        }
    }

    private static void read(byte[] input) throws IOException {
        byte[] rest = Arrays.copyOfRange(input, 1, input.length);
        int dimensions = (input[0] & THREE) != 0 ? 3 : 1;
        Idx idx;
        try {
            idx = Idx.read(Inputs.file((input[0] & GZIPPED) != 0 ? gzip(rest) : rest), dimensions);
        } catch (UsageException e) {
            Inputs.checkMessage(e);
            if (e.getMessage().lines().count() != 1) {
                throw new AssertionError("more than one line", e);
            }
            return;
        }
        long product = Arrays.stream(idx.sizes()).asLongStream().reduce(1, Math::multiplyExact);
        if (idx.sizes().length != dimensions || product != idx.bytes().length || product <= 0) {
            throw new AssertionError(idx);
        }
    }
}
