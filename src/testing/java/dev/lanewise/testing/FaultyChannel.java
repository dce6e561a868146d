package dev.lanewise.testing;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;

/** A channel of {@link FaultyFiles}. It writes at most some bytes at a time, which channels may do. */
final class FaultyChannel extends FileChannel {
    private static final int MOST = 3000;

    private final FaultyFiles files;
    private final Path path;
    private final FileChannel real;
    private final boolean writes;

    FaultyChannel(FaultyFiles files, Path path, FileChannel real, boolean writes) {
        this.files = files;
        this.path = path;
        this.real = real;
        this.writes = writes;
    }

    /** Of a write that fails, half of the bytes are written. */
    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = Math.min(MOST, source.remaining());
        ByteBuffer some = source.slice(source.position(), count);
        try {
            files.change("write", path);
        } catch (IOException e) {
            real.write(some.limit(count / 2));
            throw e;
        }
        int written = real.write(some);
        source.position(source.position() + written);
        return written;
    }

    /** Takes no time: what counts is when it is done, and no power fails. */
    @Override
    public void force(boolean metadata) throws IOException {
        files.change("force", path);
    }

    @Override
    public FileChannel truncate(long size) throws IOException {
        files.change("truncate", path);
        real.truncate(size);
        return this;
    }

    @Override
    public FileLock tryLock(long position, long size, boolean shared) throws IOException {
        files.change("lock", path);
        return real.tryLock(position, size, shared);
    }

    /** The channel is closed even where that fails. */
    @Override
    protected void implCloseChannel() throws IOException {
        try {
            if (writes) {
                files.change("close", path);
            }
        } finally {
            real.close();
        }
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        return real.read(target);
    }

    @Override
    public long read(ByteBuffer[] targets, int offset, int length) throws IOException {
        return real.read(targets, offset, length);
    }

    @Override
    public int read(ByteBuffer target, long position) throws IOException {
        return real.read(target, position);
    }

    @Override
    public long position() throws IOException {
        return real.position();
    }

    @Override
    public FileChannel position(long position) throws IOException {
        real.position(position);
        return this;
    }

    @Override
    public long size() throws IOException {
        return real.size();
    }

    @Override
    public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
        return real.map(mode, position, size);
    }

    @Override
    public MemorySegment map(MapMode mode, long offset, long size, Arena arena) throws IOException {
        return real.map(mode, offset, size, arena);
    }

    @Override
    public long write(ByteBuffer[] sources, int offset, int length) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int write(ByteBuffer source, long position) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
        return real.transferTo(position, count, target);
    }

    @Override
    public long transferFrom(ReadableByteChannel source, long position, long count) {
        throw new UnsupportedOperationException();
    }

    @Override
    public FileLock lock(long position, long size, boolean shared) throws IOException {
        files.change("lock", path);
        return real.lock(position, size, shared);
    }
}
