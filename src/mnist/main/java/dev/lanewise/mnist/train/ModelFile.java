package dev.lanewise.mnist.train;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.nn.Mlp;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.SafetensorsException;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A trained network as a {@linkplain Safetensors safetensors} file. The tensors are {@code layers.0.weight} of shape
 * [inputs, outputs], {@code layers.0.bias} of shape [outputs] and so on; the sizes of the network follow from the shapes,
 * a ReLU is between a layer and the next.
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

    public static void write(Mlp mlp, OutputFile file) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "lanewise");
        metadata.put("model", "mlp");
        metadata.put("activation", "relu");
        metadata.put("input", "pixels / 255");
        metadata.put("weight", "[inputs, outputs]");
        List<Tensor> tensors = new ArrayList<>();
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            FloatSpan floats = mlp.parameters().slice(range.from(), range.length());
            tensors.add(new Tensor(range.name(), DType.F32, shape(range), floats.segment()));
        }
        file.write(path -> Safetensors.write(path, tensors, metadata));
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
        try (Arena arena = Arena.ofConfined()) {
            return read(Safetensors.map(file, arena), workers);
        } catch (SafetensorsException e) {
            throw new UsageException("--model " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UsageException("cannot read --model " + file + ": " + UsageException.reason(e), e);
        } catch (UsageException e) {
            throw new UsageException("--model " + file + ": " + e.getMessage(), e);
        }
    }

    private static Mlp read(Safetensors file, Workers workers) {
        Mlp mlp = new Mlp(workers, sizes(file));
        for (Mlp.Parameter range : mlp.parameterRanges()) {
            copyFinite(file.floats(range.name()), mlp.parameters().slice(range.from(), range.length()), range.name());
        }
        return mlp;
    }

    /** Returns the sizes of the network, after a check of all tensors: the length of the file then follows from them. */
    private static int[] sizes(Safetensors file) {
        int layers = file.names().size() / 2;
        if (layers == 0 || file.names().size() % 2 != 0) {
            throw otherTensors(file);
        }
        int[] sizes = new int[layers + 1];
        long parameters = 0;
        for (int i = 0; i < layers; i++) {
            List<Long> weight = shape(file, "layers." + i + ".weight");
            List<Long> bias = shape(file, "layers." + i + ".bias");
            if (weight.size() != 2
                    || weight.stream().anyMatch(size -> size < 1 || size > Integer.MAX_VALUE)
                    || i > 0 && weight.getFirst() != sizes[i]) {
                throw new UsageException("expected layers." + i + ".weight of shape ["
                        + (i == 0 ? "inputs" : String.valueOf(sizes[i])) + ", outputs], found " + weight);
            }
            if (!bias.equals(weight.subList(1, 2))) {
                throw new UsageException(
                        "expected layers." + i + ".bias of shape " + weight.subList(1, 2) + ", found " + bias);
            }
            sizes[i] = Math.toIntExact(weight.getFirst());
            sizes[i + 1] = Math.toIntExact(weight.getLast());
            parameters += (sizes[i] + 1L) * sizes[i + 1];
            if (parameters > MOST_PARAMETERS) {
                throw new UsageException("expected at most " + MOST_PARAMETERS + " parameters, found more");
            }
        }
        return sizes;
    }

    private static List<Long> shape(Safetensors file, String name) {
        if (!file.names().contains(name)) {
            throw otherTensors(file);
        }
        Tensor tensor = file.tensor(name);
        if (tensor.dtype() != DType.F32) {
            throw new UsageException("expected " + name + " of type F32, found " + tensor.dtype());
        }
        return tensor.shape();
    }

    private static UsageException otherTensors(Safetensors file) {
        return new UsageException(
                "expected the tensors layers.0.weight [inputs, outputs], layers.0.bias and so on, found "
                        + file.names().stream()
                                .limit(4)
                                .map(name -> name + " " + file.tensor(name).shape())
                                .toList());
    }

    private static void copyFinite(FloatSpan source, FloatSpan target, String name) {
        float[] block = new float[(int) Math.min(source.length(), BLOCK)];
        for (long from = 0; from < source.length(); from += block.length) {
            int count = (int) Math.min(block.length, source.length() - from);
            source.copyTo(from, block, 0, count);
            for (int i = 0; i < count; i++) {
                if (!Float.isFinite(block[i])) {
                    throw new UsageException("expected finite numbers in " + name + ", found " + block[i]);
                }
            }
            target.copyFrom(block, 0, from, count);
        }
    }
}
