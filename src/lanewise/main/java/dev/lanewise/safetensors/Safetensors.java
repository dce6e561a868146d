package dev.lanewise.safetensors;

import dev.lanewise.memory.Bf16Span;
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
 * <p>A file is mapped, not read: it may be larger than the heap and than 2 GiB, and the system reads a page from the disk at
 * the first access. The header is checked before any value is used, as strictly as in the reference implementation, and more
 * strictly in three points: a tensor has no fields but those of the format, a number has no sign, and a tensor has at most 64
 * dimensions. No size that a file claims causes an allocation.
 *
 * <p>While it is mapped, a file may be replaced, as {@link #write} does, but must not be written in place or truncated: access to
 * the missing part throws an {@link InternalError}.
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
     * Maps a file into memory.
     *
     * @param file the file
     * @param arena the arena that limits how long the tensors can be used
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
     * Reads the content of a file that is in memory.
     *
     * @param content the whole file, in a segment that is native, mapped or over a {@code byte[]}
     * @param name the file's name, for messages
     * @return the tensors, as views of the content
     * @throws SafetensorsException if it is no whole safetensors file
     * @throws UnsupportedOperationException on a big-endian machine
     */
    public static Safetensors of(MemorySegment content, String name) throws SafetensorsException {
        return new Safetensors(content, name);
    }

    /** Checks that the machine is little-endian like the format, because views cannot reverse bytes. */
    static void checkByteOrder(ByteOrder order) {
        if (order != ByteOrder.LITTLE_ENDIAN) {
            throw new UnsupportedOperationException(
                    "safetensors files are little-endian, and this machine is not; they are neither read nor written"
                            + " here");
        }
    }

    /**
     * {@return the names of the tensors, in the order of the header}
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(tensors.keySet());
    }

    /**
     * {@return the metadata, which are texts in the header, in its order; empty if there are none}
     */
    public Map<String, String> metadata() {
        return metadata;
    }

    /**
     * {@return a tensor, whose bytes are read-only}
     *
     * @param name its name
     * @throws IllegalArgumentException if no tensor has this name
     */
    public Tensor tensor(String name) {
        Tensor tensor = tensors.get(name);
        if (tensor == null) {
            throw new IllegalArgumentException(file + ": there is no tensor " + name + " among the " + tensors.size());
        }
        return tensor;
    }

    /**
     * {@return a read-only view of the elements of a tensor of floats}
     *
     * @param name its name
     * @throws IllegalArgumentException if no tensor has this name, or if its type is not {@link DType#F32}
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
     * {@return a read-only view of the elements of a tensor of bfloat16 numbers}
     *
     * @param name its name
     * @throws IllegalArgumentException if no tensor has this name, or if its type is not {@link DType#BF16}
     */
    public Bf16Span bf16(String name) {
        Tensor tensor = tensor(name);
        if (tensor.dtype() != DType.BF16) {
            throw new IllegalArgumentException(
                    file + ": tensor " + name + " must be of type BF16 to be read as such: " + tensor.dtype());
        }
        return Bf16Span.of(tensor.bytes());
    }

    /**
     * Copies the elements of a tensor as floats, in row-major order. Those of the types {@link DType#F32}, {@link DType#F16} and
     * {@link DType#BF16} are floats exactly. Those of the type {@link DType#F64} are rounded to the nearest float, and to the one with
     * an even last bit if two are equally near: from 2¹²⁸ − 2¹⁰³ on in magnitude they become infinite, and up to 2⁻¹⁵⁰ they become 0. A
     * NaN stays one.
     *
     * @param name its name
     * @param target the floats to write, as many as the tensor has elements
     * @throws IllegalArgumentException if no tensor has this name, if it is of another type, if the lengths differ, if {@code target} is
     *     read-only, or if it shares memory with the tensor; nothing has been written then
     */
    public void copyTo(String name, FloatSpan target) {
        Tensor tensor = tensor(name);
        if (!DType.convertible().contains(tensor.dtype())) {
            throw new IllegalArgumentException(file + ": tensor " + name + " must be of a type of "
                    + DType.convertible() + " to be copied as floats: " + tensor.dtype());
        }
        long elements = tensor.bytes().byteSize() / (tensor.dtype().bits() / 8);
        if (target.length() != elements) {
            throw new IllegalArgumentException("target must have the length " + elements + " of tensor " + name + " in "
                    + file + ": " + target.length());
        }
        if (tensor.bytes().asOverlappingSlice(target.segment()).isPresent()) {
            throw new IllegalArgumentException(
                    "target must not share memory with tensor " + name + " in " + file + ": " + target);
        }
        FloatDecoder.decode(tensor.dtype(), tensor.bytes(), target);
    }

    /**
     * Writes a file, or replaces it. The tensors are written to a new file beside it, which is forced to the disk and moved
     * into its place: whenever the process or the machine stops, either the whole old file or the whole new one exists. A
     * process that is killed can leave its unfinished file behind, whose name is the target's with a number and
     * {@code .tmp} added.
     *
     * @param file the file
     * @param tensors the tensors, in the order of the file; other tools expect those with the largest elements first
     * @param metadata texts for the header; the map may be empty
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalArgumentException if two tensors have the same name, or if the header is larger than readers
     *     accept
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

    /** Writes bytes through a block, because a channel accepts no {@code float[]}, and at most 2 GiB of other memory at a time. */
    private static void write(FileChannel channel, MemorySegment bytes, MemorySegment block) throws IOException {
        for (long from = 0; from < bytes.byteSize(); from += BLOCK) {
            long count = Math.min(BLOCK, bytes.byteSize() - from);
            MemorySegment.copy(bytes, from, block, 0, count);
            AtomicFile.writeAll(channel, block.asSlice(0, count).asByteBuffer());
        }
    }
}
