package dev.lanewise.safetensors;

import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Named tensors in a file, in the <a href="https://github.com/huggingface/safetensors">safetensors</a> format that PyTorch,
 * JAX and others read and write.
 *
 * {@snippet :
 * Safetensors.write(file, List.of(Tensor.of("layer.weight", weights, 128, 784)), Map.of("epoch", "3"));
 * try (Arena arena = Arena.ofConfined()) {
 *     FloatSpan weights = Safetensors.map(file, arena).floats("layer.weight");
 * }
 * }
 *
 * <p>A file is mapped, not read: it may be larger than the heap and than 2 GiB, and its pages come from the disk when they
 * are touched. The whole header is checked before any value is used, as strictly as the reference implementation
 * does and in three things more strictly: the fields of a tensor are those of the format only, a number has no sign,
 * and a tensor has at most 64 dimensions. Nothing is allocated because a file claims to need it.
 *
 * <p>While it is mapped, a file may be replaced, as {@link #write} does, but must not be written in place or cut short by
 * other means: reading what is no longer there is an {@link InternalError}.
 */
public final class Safetensors {
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int BLOCK = 1 << 20;

    private final String file;
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Map<String, String> metadata;

    private Safetensors(MemorySegment content, String file) throws SafetensorsException {
        checkByteOrder(ByteOrder.nativeOrder());
        this.file = file;
        long size = content.byteSize();
        if (size < 8) {
            throw new SafetensorsException(file + ": expected 8 bytes for the header's length, found " + size);
        }
        long length = content.get(LENGTH, 0);
        if (length < 0 || length > SafetensorsHeader.MAX_BYTES) {
            throw new SafetensorsException(file + ": expected a header of at most " + SafetensorsHeader.MAX_BYTES
                    + " bytes, found " + Long.toUnsignedString(length));
        }
        if (length > size - 8) {
            throw new SafetensorsException(
                    file + ": expected a header of " + length + " bytes, found only " + (size - 8));
        }
        SafetensorsHeaderReader header =
                new SafetensorsHeaderReader(file, content.asSlice(8, length), size - 8 - length);
        MemorySegment data = content.asSlice(8 + length).asReadOnly();
        for (SafetensorsHeaderReader.Entry entry : header.tensors()) {
            MemorySegment bytes = data.asSlice(entry.begin(), entry.end() - entry.begin());
            tensors.put(entry.name(), new Tensor(entry.name(), entry.dtype(), entry.shape(), bytes));
        }
        metadata = Collections.unmodifiableMap(header.metadata());
    }

    /**
     * Maps a file.
     *
     * @param file the file
     * @param arena how long the tensors can be used
     * @return the tensors
     * @throws SafetensorsException if it is no whole safetensors file
     * @throws IOException if it cannot be read
     * @throws UnsupportedOperationException on a big-endian machine
     */
    public static Safetensors map(Path file, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            return new Safetensors(
                    channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), file.toString());
        }
    }

    /**
     * Takes the content of a file from memory.
     *
     * @param content the whole file; native, mapped or over a {@code byte[]}
     * @param name the file's name, for messages
     * @return the tensors, as views of the content
     * @throws SafetensorsException if it is no whole safetensors file
     * @throws UnsupportedOperationException on a big-endian machine
     */
    public static Safetensors of(MemorySegment content, String name) throws SafetensorsException {
        return new Safetensors(content, name);
    }

    /** The format is little-endian, and views cannot turn bytes round. */
    static void checkByteOrder(ByteOrder order) {
        if (order != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException(
                    "safetensors files are little-endian, and this machine is not; they are neither read nor written"
                            + " here");
        }
    }

    /** {@return the names of the tensors, in the order of the header} */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /** {@return the metadata of the header, in its order; empty if there is none} */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * Looks up a tensor.
     *
     * @param name its name
     * @return its type, shape and bytes, which are read-only
     * @throws IllegalArgumentException if there is none of this name
     */
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(file + ": there is no tensor " + name + " among the " + tensors.size());
        }
        return tensor;
    }

    /**
     * Views the elements of a tensor of floats.
     *
     * @param name its name
     * @return a read-only view
     * @throws IllegalArgumentException if there is none of this name, or if its type is not {@link DType#F32}
     */
    public FloatSpan floats(String name) {
        Tensor tensor = tensor(name);
        if (tensor.dtype() != DType.F32) {
            throw new IllegalArgumentException(
                    file + ": tensor " + name + " must be of type F32 to be read as floats: " + tensor.dtype());
        }
        return FloatSpan.of(tensor.bytes());
    }

    /**
     * Writes a file, or replaces it. The tensors are written to a new file beside it, forced to the disk, and moved to its
     * place at once: whenever the process or the machine stops, there is the whole old file or the whole new one. A
     * process that is killed can leave its unfinished file behind, which is named like the target with a number and
     * {@code .tmp} added.
     *
     * @param file the file
     * @param tensors the tensors, in the order that they will have; other tools want those with the largest elements first
     * @param metadata texts for the header; may be empty
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalArgumentException if two tensors have the same name, or if the header becomes larger than a reader
     *     would take
     * @throws UnsupportedOperationException on a big-endian machine
     */
    public static void write(Path file, List<Tensor> tensors, Map<String, String> metadata) throws IOException {
        checkByteOrder(ByteOrder.nativeOrder());
        byte[] header = SafetensorsHeader.write(tensors, metadata);
        AtomicFile.write(file, channel -> write(channel, header, tensors));
    }

    private static void write(FileChannel channel, byte[] header, List<Tensor> tensors) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment block = arena.allocate(BLOCK);
            block.set(LENGTH, 0, header.length);
            write(channel, block.asSlice(0, 8), block);
            write(channel, MemorySegment.ofArray(header), block);
            for (Tensor tensor : tensors) {
                write(channel, tensor.bytes(), block);
            }
        }
    }

    /** Copies through a block, because a channel takes no {@code float[]}, and of other memory at most 2 GiB at a time. */
    private static void write(FileChannel channel, MemorySegment bytes, MemorySegment block) throws IOException {
        for (long from = 0; from < bytes.byteSize(); from += BLOCK) {
            long count = Math.min(BLOCK, bytes.byteSize() - from);
            MemorySegment.copy(bytes, from, block, 0, count);
            AtomicFile.writeAll(channel, block.asSlice(0, count).asByteBuffer());
        }
    }
}
