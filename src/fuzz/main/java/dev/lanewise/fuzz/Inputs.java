package dev.lanewise.fuzz;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The inputs of targets, and what they are made of. */
public final class Inputs {
    /** No header has this byte, which is not in UTF-8. */
    private static final byte END_OF_HEADER = (byte) 0xff;

    /** What a reader may allocate beside what it allocates for each byte. */
    private static final long FIXED = 1 << 20;

    private static final long PER_BYTE = 1000;

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Path FILE = temporaryFile();

    /** The first inputs load classes. */
    private static int warmUp = 1000;

    private Inputs() {}

    private static Path temporaryFile() {
        try {
            Path file = Files.createTempFile("fuzzed", null);
            file.toFile().deleteOnExit();
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * A reader of an input.
     *
     * @param <E> what it throws if it cannot read
     */
    @FunctionalInterface
    public interface Reader<E extends Exception> {
        /** Reads the input. */
        void read() throws E;
    }

    /** Reads an input, and fails if the reader allocates more than the length of the input permits. */
    public static <E extends Exception> void bounded(byte[] input, Reader<E> reader) throws E {
        long before = THREADS.getCurrentThreadAllocatedBytes();
        try {
            reader.read();
        } finally {
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            if (--warmUp < 0 && allocated > FIXED + PER_BYTE * input.length) {
                throw new AssertionError(allocated + " bytes allocated for an input of " + input.length);
            }
        }
    }

    /** Fails if an exception has no message. */
    public static void checkMessage(Exception e) {
        if (e.getMessage() == null || e.getMessage().isBlank()) {
            throw new AssertionError("no message", e);
        }
    }

    /** {@return the one file of this process, with other content} */
    public static Path file(byte[] content) throws IOException {
        return Files.write(FILE, content);
    }

    /** {@return a text, in which malformed bytes are replaced} */
    public static String text(byte[] input) {
        return new String(input, StandardCharsets.UTF_8);
    }

    /** {@return texts as inputs} */
    public static List<byte[]> texts(Stream<String> texts) {
        return texts.map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
    }

    /**
     * {@return a safetensors file as an input} It is a header, a byte that ends it, and the data, because a fuzzer does not keep
     * the length right.
     */
    public static byte[] input(byte[] safetensors) {
        int length = (int)
                ByteBuffer.wrap(safetensors).order(ByteOrder.LITTLE_ENDIAN).getLong();
        ByteArrayOutputStream input = new ByteArrayOutputStream();
        input.write(safetensors, 8, length);
        input.write(END_OF_HEADER);
        input.write(safetensors, 8 + length, safetensors.length - 8 - length);
        return input.toByteArray();
    }

    /** {@return the file of an input, or the input itself if it has no header} */
    public static byte[] safetensors(byte[] input) {
        int length = 0;
        while (length < input.length && input[length] != END_OF_HEADER) {
            length++;
        }
        return length == input.length
                ? input
                : ByteBuffer.allocate(8 + input.length - 1)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putLong(length)
                        .put(input, 0, length)
                        .put(input, length + 1, input.length - length - 1)
                        .array();
    }

    /** {@return the safetensors files in folders of the library's tests, as inputs} */
    public static List<byte[]> testFiles(String... folders) throws IOException {
        List<byte[]> inputs = new ArrayList<>();
        for (String folder : folders) {
            try (Stream<Path> files = Files.list(Path.of("../lanewise/test/resources", folder))) {
                for (Path file : files.sorted().toList()) {
                    if (file.toString().endsWith(".safetensors")) {
                        inputs.add(input(Files.readAllBytes(file)));
                    }
                }
            }
        }
        return inputs;
    }
}
