package dev.lanewise.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Replaces a file at once. The content goes to a new file beside it, which is forced to the disk and moved to its place: whenever
 * the process or the machine stops, there is the whole old file or the whole new one. A process that is killed can leave its
 * unfinished file behind, which is named like the target with a number and {@code .tmp} added.
 */
public final class AtomicFile {
    /** Writes the content of a file. */
    public interface Content {
        /**
         * Writes the content.
         *
         * @param channel a new file; stays open
         * @throws IOException if it cannot be written
         */
        void writeTo(FileChannel channel) throws IOException;
    }

    private AtomicFile() {}

    /**
     * Writes a file, or replaces it.
     *
     * @param file the file, in a directory that is there
     * @param content writes what will be in it
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
            Files.deleteIfExists(temporary);
            throw e;
        }
        forceDirectory(target.getParent());
    }

    /**
     * Writes a file, or replaces it.
     *
     * @param file the file, in a directory that is there
     * @param content all of its bytes
     * @throws IOException if it cannot be written; the old file is untouched then
     */
    public static void write(Path file, byte[] content) throws IOException {
        write(file, channel -> writeAll(channel, ByteBuffer.wrap(content)));
    }

    /**
     * Writes all of a buffer, which a channel need not do at once.
     *
     * @param channel where to write it
     * @param buffer what is written
     * @throws IOException if it cannot be written
     */
    public static void writeAll(FileChannel channel, ByteBuffer buffer) throws IOException {
        while (buffer.hasRemaining()) {
            channel.write(buffer);
        }
    }

    /**
     * {@return where a file's new content can be written first, another place at each call}
     *
     * @param file the file
     */
    public static Path temporary(Path file) {
        return file.resolveSibling(
                file.getFileName() + "." + ThreadLocalRandom.current().nextLong(Long.MAX_VALUE) + ".tmp");
    }

    /**
     * Removes what processes that were killed have left behind.
     *
     * @param folder a directory that is there
     * @param names a glob of the names of the files that were to be written, such as {@code *.json}
     * @throws IOException if one cannot be removed
     */
    public static void removeUnfinished(Path folder, String names) throws IOException {
        try (DirectoryStream<Path> unfinished = Files.newDirectoryStream(folder, names + ".*.tmp")) {
            for (Path file : unfinished) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** So that the new name survives a power failure. Some systems cannot open a directory; the file is whole anyway. */
    private static void forceDirectory(Path directory) {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException e) {
            // Nothing that a caller could do about it.
        }
    }
}
