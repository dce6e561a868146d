package dev.lanewise.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Replaces a file atomically. The content is written to a new file beside it, which is forced to the disk and moved into its place:
 * whenever the process or the machine stops, either the whole old file or the whole new one exists. A process that is killed can
 * leave its unfinished file behind, whose name is the target's with a number of 19 digits and {@code .tmp} added: the name of a
 * target can have 24 bytes less than other names.
 */
public final class AtomicFile {
    /** Writes the content of a file. */
    public interface Content {
        /**
         * Writes the content.
         *
         * @param channel the channel of a new file; it must stay open
         * @throws IOException if it cannot be written
         */
        void writeTo(FileChannel channel) throws IOException;
    }

    private AtomicFile() {}

    /**
     * Writes a file, or replaces it.
     *
     * @param file the file, in a directory that exists
     * @param content the action that writes the content
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public static void write(Path file, Content content) throws IOException {
        Path target = file.toAbsolutePath();
        Path temporary = temporary(target);
        try {
            try (FileChannel channel =
                    FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (Throwable e) {
            try {
                Files.deleteIfExists(temporary);
            } catch (IOException left) {
                e.addSuppressed(left);
            }
            throw e;
        }
        forceDirectory(target.getParent());
    }

    /**
     * Writes a file, or replaces it.
     *
     * @param file the file, in a directory that exists
     * @param content all of its bytes
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, channel -> writeAll(channel, ByteBuffer.wrap(content)));
    }

    /**
     * Writes a whole buffer, in as many calls as the channel needs.
     *
     * @param channel the channel to write to
     * @param buffer the bytes to write
     * @throws IOException if it cannot be written
     */
    public static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /**
     * {@return a path beside a file for its new content, another one at each call, but always as long} If one can be created, its name
     * is not too long, and neither are those of later calls.
     *
     * @param file the file
     */
    public static Path temporary(Path file) {
        long number = ThreadLocalRandom.current().nextLong(Long.MAX_VALUE);
        return file.resolveSibling(String.format(Locale.ROOT, "%s.%019d.tmp", file.getFileName(), number));
    }

    /**
     * {@return whether a name is that of an unfinished file}
     *
     * @param file a path, of which only the name counts
     */
    public static boolean isUnfinished(Path file) {
        return file.getFileName().toString().matches("(?s).*\\.\\d{1,19}\\.tmp");
    }

    /**
     * Removes the unfinished files that killed processes have left behind.
     *
     * @param folder a directory that exists
     * @param names a glob for the names of the target files, such as {@code *.json}
     * @throws IOException if one cannot be removed
     */
    public static void removeUnfinished(Path folder, String names) throws IOException {
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(folder, names + ".*.tmp")) {
            for (Path file : unfinished) {
                if (isUnfinished(file)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw e.getCause();
        }
    }

    /** Forces a directory to the disk, so that the new name survives a power failure. */
    private static void forceDirectory(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Some systems cannot open a directory. The file is whole, and the caller could do nothing about it.
        }
    }
}
