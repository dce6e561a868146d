package dev.lanewise.mnist.train;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A file that is written as a whole or not at all. When the JVM is told to end, by Ctrl-C for one, it waits for
 * a file that is being written and begins no other.
 */
public final class OutputFile {
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
     * @param option the option that named the file
     * @param file the path
     * @throws UsageException if it cannot
     */
    public OutputFile(String option, Path file) {
        checkPlace(option, file);
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw new UsageException(option + " " + file + ": expected a regular file, found something else");
        }
        if (Files.exists(file) && !Files.isWritable(file)) {
            throw new UsageException(option + " " + file + ": the file is write-protected");
        }
        this.file = CommandFiles.place(file);
        probe(option, file, AtomicFile.temporary(this.file));
    }

    /**
     * Finds out whether a file can be written in place, without touching one that is there.
     *
     * @throws UsageException if it cannot
     */
    public static void checkWritable(String option, Path file) {
        checkPlace(option, file);
        Path place = CommandFiles.place(file);
        if (!Files.exists(place)) {
            probe(option, file, place);
        } else if (!Files.isWritable(place)) {
            throw new UsageException(option + " " + file + ": the file is write-protected");
        }
    }

    /** Creates a file and deletes it again. */
    private static void probe(String option, Path file, Path probe) {
        try {
            try {
                Files.createFile(probe);
            } finally {
                Files.deleteIfExists(probe);
            }
        } catch (IOException e) {
            throw new UsageException("cannot write " + option + " " + file + ": " + UsageException.reason(e), e);
        }
    }

    /** Refuses a directory, and a file in a directory that is not there. */
    public static void checkPlace(String option, Path file) {
        Path parent = file.toAbsolutePath().getParent();
        if (parent == null || Files.isDirectory(file)) {
            throw new UsageException(option + " " + file + ": expected a file, found a directory");
        }
        if (!Files.isDirectory(parent)) {
            throw new UsageException(option + " " + file + ": there is no directory " + parent);
        }
    }

    /**
     * Writes the file, in place of one that may be there.
     *
     * @throws UsageException if that fails; the place is as it was then
     */
    public void write(Content content) {
        try {
            synchronized (WRITING) {
                if (ending) {
                    throw new IOException("the program is ending");
                }
                content.writeTo(file);
            }
        } catch (IOException e) {
            throw new UsageException("cannot write " + file + ": " + UsageException.reason(e), e);
        }
    }

    /**
     * Writes the file, in place of one that may be there.
     *
     * @throws UsageException if that fails; the place is as it was then
     */
    public void write(byte[] content) {
        write(path -> AtomicFile.write(path, content));
    }

    /** Writes a file as a whole or not at all. */
    public interface Content {
        void writeTo(Path file) throws IOException;
    }
}
