package dev.lanewise.spark;

import dev.lanewise.distributed.Collective;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.stream.IntStream;

/**
 * A rank that is a task of Spark. Its messages are copied into native memory first, because the transport writes them while the
 * caller's arrays can move, and are acknowledged before a call returns, so that the memory is used again by the next one.
 */
final class SparkRanks implements Collective {
    /** The most bytes of a message. The transport copies a message as a whole, so smaller ones need less memory. */
    private static final int CHUNK = 1 << 20;

    private final RankTransport transport;
    private final int rank;
    private final int world;
    private MemorySegment staged = MemorySegment.NULL;
    private long bytesSent;

    SparkRanks(RankTransport transport, int rank, int world) {
        this.transport = transport;
        this.rank = rank;
        this.world = world;
    }

    @Override
    public int rank() {
        return rank;
    }

    @Override
    public int world() {
        return world;
    }

    @Override
    public void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom) {
        MemorySegment[] sources = parts(send.segment(), sendFrom), targets = parts(receive.segment(), receiveFrom);
        long call = transport.inbox().begin(Inbox.Call.EXCHANGE, targets);
        reserve(IntStream.range(0, world)
                .filter(i -> i != rank)
                .mapToLong(i -> staged(sources[i]))
                .sum());
        long at = 0;
        // Each rank begins with another, so that not all send to the same one at first.
        for (int i = 1; i < world; i++) {
            int to = (rank + i) % world;
            long length = staged(sources[to]);
            stage(sources[to], at, Inbox.Call.EXCHANGE, call);
            send(to, at, length);
            at += length;
            bytesSent += sources[to].byteSize();
        }
        targets[rank].copyFrom(sources[rank]);
        transport.inbox().await();
    }

    @Override
    public void gather(FloatSpan all, long[] from) {
        gather(Inbox.Call.FLOATS, parts(all.segment(), from));
        bytesSent += 4 * (from[rank + 1] - from[rank]) * (world - 1);
    }

    @Override
    public void gather(double[] all, int[] from) {
        gather(Inbox.Call.DOUBLES, parts(all, from));
        bytesSent += 8L * (from[rank + 1] - from[rank]) * (world - 1);
    }

    @Override
    public byte[][] gather(byte[] own) {
        double[] lengths = new double[world];
        lengths[rank] = own.length;
        gather(
                Inbox.Call.DOUBLES,
                parts(lengths, IntStream.rangeClosed(0, world).toArray()));
        byte[][] all = new byte[world][];
        MemorySegment[] parts = new MemorySegment[world];
        for (int i = 0; i < world; i++) {
            all[i] = i == rank ? own.clone() : new byte[(int) lengths[i]];
            parts[i] = MemorySegment.ofArray(all[i]);
        }
        gather(Inbox.Call.BYTES, parts);
        bytesSent += (long) own.length * (world - 1);
        return all;
    }

    private void gather(Inbox.Call kind, MemorySegment[] parts) {
        long call = transport.inbox().begin(kind, parts);
        long length = staged(parts[rank]);
        reserve(length);
        stage(parts[rank], 0, kind, call);
        for (int i = 1; i < world; i++) {
            send((rank + i) % world, 0, length);
        }
        transport.inbox().await();
    }

    private MemorySegment[] parts(double[] doubles, int[] from) {
        MemorySegment segment = MemorySegment.ofArray(doubles);
        MemorySegment[] parts = new MemorySegment[world];
        for (int i = 0; i < world; i++) {
            parts[i] = segment.asSlice(8L * from[i], 8L * (from[i + 1] - from[i]));
        }
        return parts;
    }

    private MemorySegment[] parts(MemorySegment floats, long[] from) {
        MemorySegment[] parts = new MemorySegment[world];
        for (int i = 0; i < world; i++) {
            parts[i] = floats.asSlice(4 * from[i], 4 * (from[i + 1] - from[i]));
        }
        return parts;
    }

    private static long messages(MemorySegment part) {
        return Math.max(1, Math.ceilDiv(part.byteSize(), CHUNK));
    }

    /** {@return the bytes of the messages of a part} */
    private static long staged(MemorySegment part) {
        return part.byteSize() + messages(part) * RankTransport.HEADER;
    }

    private void reserve(long bytes) {
        if (staged.byteSize() < bytes) {
            staged = Arena.ofAuto().allocate(bytes, 64);
        }
    }

    /** Copies a part into messages. */
    private void stage(MemorySegment part, long at, Inbox.Call kind, long call) {
        for (long i = 0; i < messages(part); i++) {
            long begin = i * CHUNK, length = Math.min(CHUNK, part.byteSize() - begin);
            transport.header(
                    staged.asSlice(at, RankTransport.HEADER).asByteBuffer(),
                    kind.ordinal(),
                    call,
                    begin,
                    part.byteSize());
            MemorySegment.copy(part, begin, staged, at + RankTransport.HEADER, length);
            at += RankTransport.HEADER + length;
        }
    }

    private void send(int to, long at, long length) {
        for (long end = at + length; at < end; ) {
            long message = Math.min(RankTransport.HEADER + CHUNK, end - at);
            ByteBuffer bytes = staged.asSlice(at, message).asByteBuffer();
            transport.send(to, bytes);
            at += message;
        }
    }

    @Override
    public long bytesSent() {
        return bytesSent;
    }

    @Override
    public void close() {
        transport.close();
    }
}
