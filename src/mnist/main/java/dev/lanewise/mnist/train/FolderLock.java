package dev.lanewise.mnist.train;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The lock of a directory in which one run at a time may write: a second one would remove the first one's unfinished files and replace
 * its results. The system releases the lock of a process that ends, however it ends. The lock's file stays, because another process
 * may be about to lock it: a file of the same name would be another lock.
 */
public final class FolderLock implements AutoCloseable {
    /** The name of the lock's file in its directory, which has the holder as text. */
    public static final String NAME = "in-use.lock";

    /** What a file may contain to be quoted. */
    private static final String HOLDER = "process \\d{1,19} since [0-9TZ:-]{20}";

    /**
     * The directories that are locked by this process. It must not even open the file of such a lock: on Unix it would release the
     * lock when it closes that file.
     */
    private static final Set<Path> HELD = ConcurrentHashMap.newKeySet();

    private final Path held;
    private final FileChannel channel;

    private FolderLock(Path held, FileChannel channel) {
        this.held = held;
        this.channel = channel;
    }

    /**
     * Locks a directory.
     *
     * @param option the option that named the directory
     * @param folder a directory that exists
     * @throws UsageException if another run has locked it
     * @throws IOException if the lock's file cannot be written
     */
    public static FolderLock of(String option, Path folder) throws IOException {
        Path real = folder.toRealPath();
        Path file = real.resolve(NAME);
        if (!HELD.add(real)) {
            throw inUse(option, folder, "this process");
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock(Long.MAX_VALUE - 1, 1, false);
            if (lock == null) {
                throw inUse(option, folder, holder(file));
            }
            String holder = "process " + ProcessHandle.current().pid() + " since "
                    + Instant.now().truncatedTo(ChronoUnit.SECONDS);
            AtomicFile.writeAll(channel.truncate(0), ByteBuffer.wrap(holder.getBytes(StandardCharsets.US_ASCII)));
            return new FolderLock(real, channel);
        } catch (Throwable e) {
            HELD.remove(real);
            if (channel != null) {
                channel.close();
            }
            throw e;
        }
    }

    private static UsageException inUse(String option, Path folder, String holder) {
        return new UsageException(option + " " + folder
                + ": expected a directory that no other run writes to, found it in use by " + holder);
    }

    private static String holder(Path file) {
        try {
            String text = Files.readString(file, StandardCharsets.US_ASCII);
            return text.matches(HOLDER) ? text : "another process";
        } catch (IOException e) {
            return "another process";
        }
    }

    /** Releases the lock. */
    @Override
    public void close() {
        try (channel) {
            channel.truncate(0);
        } catch (IOException e) {
            // What the directory is for is done. The end of the process releases the lock.
        } finally {
            HELD.remove(held);
        }
    }
}
