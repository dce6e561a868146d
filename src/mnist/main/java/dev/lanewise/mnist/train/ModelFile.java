package dev.lanewise.mnist.train;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.nn.Layout;
import dev.lanewise.nn.Mlp;
import dev.lanewise.safetensors.SafetensorsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A trained network as a safetensors file in this library's own layout, which {@link Mlp#save} writes and {@link Mlp#load} reads;
 * a text in it has what the inputs are.
 */
public final class ModelFile {
    /** The most parameters of a network: they must fit in an array. */
    public static final int MOST_PARAMETERS = Integer.MAX_VALUE - 16;

    private static final int BLOCK = 1 << 16;

    private ModelFile() {}

    /** {@return the SHA-256 of the parameters as the file has them, without the header} */
    public static String sha256(FloatSpan parameters) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            float[] block = new float[BLOCK];
            ByteBuffer bytes = ByteBuffer.allocate(4 * BLOCK).order(ByteOrder.LITTLE_ENDIAN);
            for (long from = 0; from < parameters.length(); from += BLOCK) {
                int count = (int) Math.min(BLOCK, parameters.length() - from);
                parameters.copyTo(from, block, 0, count);
                bytes.clear().asFloatBuffer().put(block, 0, count);
                digest.update(bytes.limit(4 * count));
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** Writes a network that was trained without replicas. */
    public static void write(Mlp mlp, OutputFile file) {
        write(mlp, 1, file);
    }

    /**
     * Writes a network.
     *
     * @param replicas the micro-batches of a step that it was trained with, which are in the file if there was more than one
     */
    public static void write(Mlp mlp, int replicas, OutputFile file) {
        Map<String, String> texts = replicas == 1
                ? Map.of("input", "pixels / 255")
                : Map.of("input", "pixels / 255", "replicas", Integer.toString(replicas));
        file.write(path -> mlp.save(path, Layout.LANEWISE, texts));
    }

    /** {@return the shape of a layer's weights or biases in a file} */
    static List<Long> shape(Mlp.Parameter range) {
        return range.name().endsWith(".bias")
                ? List.of((long) range.length())
                : List.of((long) range.rows(), (long) range.columns());
    }

    /**
     * Reads a network.
     *
     * @throws UsageException if the file cannot be read, or if it is anything but such a network, whole and finite; the message
     *     has the file, what was expected and what was found
     */
    public static Mlp read(Path file, Workers workers) {
        if (Files.isDirectory(file)) {
            throw new UsageException("--model " + file + ": expected a file, found a directory");
        }
        try {
            return Mlp.load(file, Layout.LANEWISE, workers);
        } catch (SafetensorsException e) {
            throw new UsageException("--model " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UsageException("cannot read --model " + file + ": " + UsageException.reason(e), e);
        }
    }
}
