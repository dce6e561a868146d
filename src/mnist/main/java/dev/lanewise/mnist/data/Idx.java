package dev.lanewise.mnist.data;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;

/**
 * An IDX file of unsigned bytes, the format of MNIST: a magic number with the number of dimensions, the size of each
 * dimension, all big-endian, then the bytes. The file may be gzipped, whatever its name.
 *
 * @param sizes the size of each dimension
 * @param bytes the content, as many bytes as the product of the sizes
 */
record Idx(int[] sizes, byte[] bytes) {
    private static final int UNSIGNED_BYTES = 0x08;
    private static final int LONGEST = Integer.MAX_VALUE - 8;

    /**
     * Reads a file.
     *
     * @throws UsageException if it is not an IDX file of unsigned bytes in {@code dimensions} dimensions, none of them of
     *     size 0, and nothing else; the message has the file, what was expected and what was found
     */
    static Idx read(Path file, int dimensions) {
        try (InputStream raw = new BufferedInputStream(Files.newInputStream(file));
                InputStream in = unzipped(raw)) {
            int[] sizes = sizes(file, in, dimensions);
            long length = product(file, sizes);
            String expected = length + " bytes (" + join(sizes) + ") after the header";
            byte[] bytes = readUpTo(in, (int) length);
            if (bytes.length < length) {
                throw differs(file, expected, bytes.length + ": the file is cut short");
            }
            if (in.read() >= 0) {
                throw differs(file, expected, "more: the file is too long");
            }
            return new Idx(sizes, bytes);
        } catch (IOException e) {
            throw new UsageException("cannot read " + file + ": " + UsageException.reason(e), e);
        }
    }

    private static InputStream unzipped(InputStream in) throws IOException {
        in.mark(2);
        byte[] start = in.readNBytes(2);
        in.reset();
        boolean gzipped = start.length == 2 && start[0] == 0x1f && start[1] == (byte) 0x8b;
        return gzipped ? new GZIPInputStream(in, 1 << 16) : in;
    }

    private static int[] sizes(Path file, InputStream in, int dimensions) throws IOException {
        ByteBuffer header = ByteBuffer.wrap(readUpTo(in, 4 + 4 * dimensions));
        if (!header.hasRemaining()) {
            throw differs(file, "an IDX file", "an empty one");
        }
        int magic = UNSIGNED_BYTES << 8 | dimensions;
        if (header.remaining() >= 4 && header.getInt() != magic) {
            throw differs(
                    file,
                    String.format("the magic number %08x of unsigned bytes in %d dimension(s)", magic, dimensions),
                    String.format("%08x", header.getInt(0)));
        }
        if (header.capacity() < 4 + 4 * dimensions) {
            throw differs(
                    file,
                    "a header of " + (4 + 4 * dimensions) + " bytes",
                    header.capacity() + ": the file is cut short");
        }
        int[] sizes = new int[dimensions];
        for (int i = 0; i < dimensions; i++) {
            sizes[i] = header.getInt();
        }
        return sizes;
    }

    private static long product(Path file, int[] sizes) {
        long product = 1;
        for (int size : sizes) {
            product = size <= 0 || product > LONGEST / size ? Long.MAX_VALUE : product * size;
            if (product > LONGEST) {
                throw differs(file, "dimensions from 1 and at most " + LONGEST + " bytes in all", join(sizes));
            }
        }
        return product;
    }

    /** Grows the array as bytes arrive, so that a wrong header cannot make it larger than twice the file. */
    private static byte[] readUpTo(InputStream in, int length) throws IOException {
        byte[] bytes = new byte[Math.min(length, 1 << 16)];
        int count = 0;
        while (count < length) {
            if (count == bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(2L * count, length));
            }
            int read = readSome(in, bytes, count);
            if (read < 0) {
                return Arrays.copyOf(bytes, count);
            }
            count += read;
        }
        return bytes;
    }

    /** Returns −1 at the end, also where a gzip stream that is cut short throws. */
    private static int readSome(InputStream in, byte[] bytes, int from) throws IOException {
        try {
            return in.read(bytes, from, bytes.length - from);
        } catch (EOFException e) {
            return -1;
        }
    }

    private static String join(int[] sizes) {
        return Arrays.stream(sizes).mapToObj(Integer::toUnsignedString).collect(Collectors.joining(" x "));
    }

    private static UsageException differs(Path file, String expected, String found) {
        return new UsageException(file + ": expected " + expected + ", found " + found);
    }
}
