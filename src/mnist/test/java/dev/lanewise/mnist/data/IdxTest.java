package dev.lanewise.mnist.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each file is read plain and gzipped; the errors are the same. */
class IdxTest {
    private static final int IMAGES = 0x00000803;

    @TempDir
    private Path folder;

    static byte[] idx(int magic, int[] sizes, byte... bytes) {
        ByteBuffer file =
                ByteBuffer.allocate(4 + 4 * sizes.length + bytes.length).putInt(magic);
        Arrays.stream(sizes).forEach(file::putInt);
        return file.put(bytes).array();
    }

    static byte[] gzip(byte[] bytes) throws IOException {
        ByteArrayOutputStream zipped = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(zipped)) {
            out.write(bytes);
        }
        return zipped.toByteArray();
    }

    private Path file(boolean gzipped, byte[] bytes) throws IOException {
        return Files.write(folder.resolve("some-file"), gzipped ? gzip(bytes) : bytes);
    }

    private void assertRefused(Path file, String message) {
        UsageException e = assertThrows(UsageException.class, () -> Idx.read(file, 3));
        assertEquals(file + message, e.getMessage());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsSizesAndBytes(boolean gzipped) throws IOException {
        Idx idx = Idx.read(file(gzipped, idx(IMAGES, new int[] {1, 2, 3}, new byte[] {1, 2, 3, 4, 5, -1})), 3);
        assertArrayEquals(new int[] {1, 2, 3}, idx.sizes());
        assertArrayEquals(new byte[] {1, 2, 3, 4, 5, -1}, idx.bytes());
    }

    @Test
    void readsManyBytes() throws IOException {
        byte[] bytes = new byte[300 * 1000];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (i * 31 >> 3);
        }
        assertArrayEquals(
                bytes,
                Idx.read(file(true, idx(IMAGES, new int[] {300, 100, 10}, bytes)), 3)
                        .bytes());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesAnEmptyFile(boolean gzipped) throws IOException {
        assertRefused(file(gzipped, new byte[0]), ": expected an IDX file, found an empty one");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesACutHeader(boolean gzipped) throws IOException {
        byte[] whole = idx(IMAGES, new int[] {1, 2, 3});
        assertRefused(
                file(gzipped, Arrays.copyOf(whole, 15)),
                ": expected a header of 16 bytes, found 15: the file is cut short");
        assertRefused(
                file(gzipped, Arrays.copyOf(whole, 3)),
                ": expected a header of 16 bytes, found 3: the file is cut short");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesAnotherMagicNumber(boolean gzipped) throws IOException {
        String expected = ": expected the magic number 00000803 of unsigned bytes in 3 dimension(s), found ";
        assertRefused(file(gzipped, idx(0x00000801, new int[] {8}, new byte[8])), expected + "00000801");
        assertRefused(file(gzipped, idx(0x00000D03, new int[] {1, 1, 1}, new byte[4])), expected + "00000d03");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesTooFewBytes(boolean gzipped) throws IOException {
        assertRefused(
                file(gzipped, idx(IMAGES, new int[] {1, 2, 3}, new byte[5])),
                ": expected 6 bytes (1 x 2 x 3) after the header, found 5: the file is cut short");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesTooManyBytes(boolean gzipped) throws IOException {
        assertRefused(
                file(gzipped, idx(IMAGES, new int[] {1, 2, 3}, new byte[7])),
                ": expected 6 bytes (1 x 2 x 3) after the header, found more: the file is too long");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void refusesSizesThatCannotBe(boolean gzipped) throws IOException {
        String expected = ": expected dimensions from 1 and at most 2147483639 bytes in all, found ";
        assertRefused(file(gzipped, idx(IMAGES, new int[] {0, 28, 28})), expected + "0 x 28 x 28");
        assertRefused(file(gzipped, idx(IMAGES, new int[] {-1, 1, 1})), expected + "4294967295 x 1 x 1");
        assertRefused(file(gzipped, idx(IMAGES, new int[] {65536, 65536, 1})), expected + "65536 x 65536 x 1");
        assertRefused(
                file(gzipped, idx(IMAGES, new int[] {2147483647, 2147483647, 2147483647})),
                expected + "2147483647 x 2147483647 x 2147483647");
    }

    /** With -Xmx2g, an allocation of 2 GB would be an OutOfMemoryError. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allocatesNoMoreThanThereIs(boolean gzipped) throws IOException {
        assertRefused(
                file(gzipped, idx(IMAGES, new int[] {2147483639, 1, 1}, new byte[9])),
                ": expected 2147483639 bytes (2147483639 x 1 x 1) after the header, found 9: the file is cut short");
    }

    @Test
    void refusesACutGzipFile() throws IOException {
        byte[] noise = new byte[6000];
        new Random(1).nextBytes(noise);
        byte[] zipped = gzip(idx(IMAGES, new int[] {1, 2, 3000}, noise));
        Path file = folder.resolve("cut.gz");
        for (int length = 2; length < zipped.length; length += 97) {
            Files.write(file, Arrays.copyOf(zipped, length));
            UsageException e = assertThrows(UsageException.class, () -> Idx.read(file, 3), "cut to " + length);
            assertTrue(e.getMessage().contains("cut"), e.getMessage());
        }
        Files.write(file, Arrays.copyOf(zipped, zipped.length - 1));
        assertThrows(UsageException.class, () -> Idx.read(file, 3));
    }

    @Test
    void refusesADamagedGzipFile() throws IOException {
        byte[] zipped = gzip(idx(IMAGES, new int[] {1, 2, 3}, new byte[6]));
        zipped[zipped.length - 8] ^= 1;
        Path file = Files.write(folder.resolve("damaged.gz"), zipped);
        UsageException e = assertThrows(UsageException.class, () -> Idx.read(file, 3));
        assertEquals("cannot read " + file + ": Corrupt GZIP trailer", e.getMessage());
    }
}
