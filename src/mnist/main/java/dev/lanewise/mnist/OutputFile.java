package dev.lanewise.mnist;

import java.io.EOFException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/**
 * A place for a file that is there as a whole or not at all. When the JVM is told to end, by Ctrl-C for one, it waits for
 * a file that is being written and begins no other.
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
            Path beside = beside(this.file);
            try {
                Files.write(beside, new byte[0]);
            } finally {
                Files.deleteIfExists(beside);
            }
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
            synchronized (WRITING) {
                if (ending) {
                    throw new IOException("the program is ending");
                }
                content.writeTo(file);
            }
        } catch (IOException e) {
            throw new BadInput("cannot write " + file + ": " + reason(e), e);
        }
    }

    /**
     * Writes the file, in place of one that may be there.
     *
     * @throws BadInput if that fails; the place is as it was then
     */
    void write(byte[] content) {
        write(path -> {
            Path beside = beside(path);
            try {
                Files.write(beside, content);
                Files.move(beside, path, StandardCopyOption.ATOMIC_MOVE);
            } finally {
                Files.deleteIfExists(beside);
            }
        });
    }

    private static Path beside(Path file) {
        return file.resolveSibling(
                file.getFileName() + ".part-" + ProcessHandle.current().pid());
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

    /** Writes a file as a whole or not at all. */
    interface Content {
        void writeTo(Path file) throws IOException;
    }
}
