package dev.lanewise.mnist;

import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/**
 * A file that is there as a whole or not at all: it is written beside its place and moved there when it is complete. When
 * the JVM is told to end, by Ctrl-C for one, it waits for a file that is being written and begins no other.
 */
final class OutputFile {
    private static final Object WRITING = new Object();
    private static boolean ending;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            synchronized (WRITING) {
                ending = true;
            }
        }));
    }

    private final Path file;
    private final Path beside;

    /**
     * Finds out whether the file can be written, without touching one that is there.
     *
     * @param option the option that named the file, for the message
     * @throws BadInput if it cannot
     */
    OutputFile(String option, Path file) {
        checkPlace(option, file);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new BadInput(option + " " + file + ": expected a regular file, found something else");
        }
        if (Files.exists(file) && !Files.isWritable(file)) {
            throw new BadInput(option + " " + file + ": the file is write-protected");
        }
        try {
            this.file = Files.exists(file) ? file.toRealPath() : file;
            String name =
                    this.file.getFileName() + ".part-" + ProcessHandle.current().pid();
            this.beside = this.file.resolveSibling(name);
            write(channel -> {}, false);
        } catch (IOException e) {
            throw new BadInput("cannot write " + option + " " + file + ": " + reason(e), e);
        }
    }

    /** Refuses a directory, and a file in a directory that is not there. */
    static void checkPlace(String option, Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || Files.isDirectory(file)) {
            throw new BadInput(option + " " + file + ": expected a file, found a directory");
        }
        if (!Files.isDirectory(parent)) {
            throw new BadInput(option + " " + file + ": there is no directory " + parent);
        }
    }

    /**
     * Writes the file, in place of one that may be there.
     *
     * @throws BadInput if that fails; the place is as it was then
     */
    void write(Content content) {
        try {
            write(content, true);
        } catch (IOException e) {
            throw new BadInput("cannot write " + file + ": " + reason(e), e);
        }
    }

    private void write(Content content, boolean keep) throws IOException {
        synchronized (WRITING) {
            if (ending) {
                throw new IOException("the program is ending");
            }
            try (FileChannel channel = FileChannel.open(
                    beside,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING,
                    StandardOpenOption.WRITE)) {
                content.writeTo(channel);
                channel.force(true);
                if (keep) {
                    Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
                }
            } finally {
                Files.deleteIfExists(beside);
            }
        }
    }

    /** What went wrong, without the name of the file, which the caller has. */
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException missing -> "there is no such file";
            case AccessDeniedException denied -> "permission denied";
            case EOFException cut -> "the file is cut short";
            case FileSystemException failed -> orName(failed.getReason(), e);
            default -> orName(e.getMessage(), e);
        };
    }

    private static String orName(String message, IOException e) {
        return message == null ? e.getClass().getSimpleName() : message;
    }

    /** Writes all there is to write. */
    interface Content {
        void writeTo(FileChannel channel) throws IOException;
    }
}
