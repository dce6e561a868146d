package dev.lanewise.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A file of any content is either read or refused with an exception of the documented type. */
class SafetensorsFuzzTest {
    private static final int INPUTS = 200_000;

    private static final byte[][] WORDS = List.of(
                    "{",
                    "}",
                    "[",
                    "]",
                    "\"",
                    ":",
                    ",",
                    "\\",
                    " ",
                    "0",
                    "1",
                    "4",
                    "-1",
                    "1e9",
                    "00",
                    "\\u0061",
                    "\\ud83d",
                    "\"dtype\":",
                    "\"shape\":",
                    "\"data_offsets\":",
                    "\"F32\"",
                    "\"F4\"",
                    "\"I64\"",
                    "[0,0]",
                    "[0,4]",
                    "[]",
                    "9223372036854775807",
                    "18446744073709551616",
                    "4294967296",
                    "\"__metadata__\":{",
                    "\"a\":{",
                    "null",
                    "\u0000",
                    "é")
            .stream()
            .map(word -> word.getBytes(StandardCharsets.UTF_8))
            .toArray(byte[][]::new);

    /** Reads everything in a file, and returns whether it is valid. */
    private static boolean accepts(byte[] content) {
        Safetensors file;
        try {
            file = Safetensors.of(MemorySegment.ofArray(content), "fuzzed");
        } catch (SafetensorsException e) {
            return false;
        }
        long size = 0;
        for (String name : file.names()) {
            Tensor tensor = file.tensor(name);
            size += tensor.bytes().byteSize();
            if (tensor.dtype() == DType.F32) {
                assertEquals(
                        tensor.shape().stream().reduce(1L, Math::multiplyExact),
                        file.floats(name).toArray().length);
            }
        }
        long header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN).getLong();
        assertEquals(content.length, 8 + header + size);
        return true;
    }

    @Test
    void readsOrRefusesWhateverIsChanged() throws IOException {
        byte[][] seeds = {
            Files.readAllBytes(Path.of("test/resources/golden/state/pytorch_adamw.safetensors")),
            SafetensorsTest.content("{}", 0),
            SafetensorsTest.content(
                    "{\"a\":{\"dtype\":\"F32\",\"shape\":[],\"data_offsets\":[0,4]},"
                            + "\"b\":{\"dtype\":\"F4\",\"shape\":[2,0],\"data_offsets\":[4,4]}}",
                    4),
            SafetensorsTest.content(
                    "{\"__metadata__\":{\"k\":\"\\u00e9\\ud83d\\ude00\"}, \"é\": {\"shape\":[1, 2],"
                            + " \"data_offsets\":[0, 16], \"dtype\":\"I64\"}} ",
                    16)
        };
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        Random random = new Random(1);
        int accepted = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] seed = seeds[random.nextInt(seeds.length)];
            byte[] content = change(seed, random);
            long before = threads.getCurrentThreadAllocatedBytes();
            accepted += accepts(content) ? 1 : 0;
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            // The first inputs are slow, because they load classes.
            assertTrue(
                    i < 1000 || allocated < 20_000 + 100L * content.length, allocated + " bytes for " + content.length);
        }
        // Both must be frequent, or the changes are too large or too small to find anything.
        assertTrue(accepted > INPUTS / 100 && accepted < INPUTS / 2, accepted + " of " + INPUTS);
    }

    private static byte[] change(byte[] seed, Random random) {
        int header =
                8 + (int) ByteBuffer.wrap(seed).order(ByteOrder.LITTLE_ENDIAN).getLong();
        byte[] changed = seed;
        for (int changes = 1 + random.nextInt(4); changes > 0; changes--) {
            // Most changes are in the header, which has most of the checks.
            int range = random.nextInt(8) == 0 ? changed.length : Math.min(header, changed.length);
            int at = range == 0 ? 0 : random.nextInt(range);
            int end = Math.min(changed.length, at + (random.nextBoolean() ? 1 : random.nextInt(40)));
            changed = switch (random.nextInt(5)) {
                case 0 -> splice(changed, at, end, new byte[0]);
                case 1 -> splice(changed, at, at, Arrays.copyOfRange(changed, at, end));
                case 2 -> splice(changed, at, at, WORDS[random.nextInt(WORDS.length)]);
                case 3 -> splice(changed, at, end, WORDS[random.nextInt(WORDS.length)]);
                default -> splice(changed, at, end, new byte[] {(byte) random.nextInt()});
            };
        }
        if (random.nextInt(8) > 0 && changed.length >= 8) {
            // The length of the header is corrected, or few inputs would pass the first check.
            long length = Math.max(0, header - 8 + changed.length - seed.length);
            ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(length);
        }
        return changed;
    }

    private static byte[] splice(byte[] bytes, int from, int to, byte[] with) {
        return ByteBuffer.allocate(bytes.length - (to - from) + with.length)
                .put(bytes, 0, from)
                .put(with)
                .put(bytes, to, bytes.length - to)
                .array();
    }
}
