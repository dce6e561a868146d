package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * A rank that is a process of MPI. What is not in native memory is copied there, because MPI reads and writes while the JVM moves
 * arrays.
 */
final class MpiRanks implements Collective {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;

    /** The polls before a rank yields, and before it sleeps, by which it leaves a core to the ranks that it waits for. */
    private static final int SPINS = 100, YIELDS = 1_000;

    private static final long NAP = 20_000;

    private final MpiLibrary mpi;
    private final Thread thread = Thread.currentThread();
    private final long patience;
    private final MemorySegment sendCounts, sendAt, receiveCounts, receiveAt;
    private MemorySegment staged = MemorySegment.NULL, stagedSend = MemorySegment.NULL;
    private long bytesSent;

    MpiRanks(Duration patience) {
        this.patience = patience.toNanos();
        this.mpi = MpiLibrary.load();
        long ints = Math.multiplyExact(4L, mpi.size);
        Arena arena = Arena.global();
        this.sendCounts = arena.allocate(ints);
        this.sendAt = arena.allocate(ints);
        this.receiveCounts = arena.allocate(ints);
        this.receiveAt = arena.allocate(ints);
    }

    @Override
    public int rank() {
        return mpi.rank;
    }

    @Override
    public int world() {
        return mpi.size;
    }

    @Override
    public void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom) {
        checkThread();
        setParts(sendFrom, sendCounts, sendAt);
        setParts(receiveFrom, receiveCounts, receiveAt);
        MemorySegment from = send.segment(), to = receive.segment();
        if (!from.isNative()) {
            stagedSend = reserve(stagedSend, from.byteSize());
            stagedSend.copyFrom(from);
            from = stagedSend;
        }
        if (!to.isNative()) {
            to = staged = reserve(staged, to.byteSize());
        }
        mpi.beginExchange(from, sendCounts, sendAt, to, receiveCounts, receiveAt, mpi.floats);
        await();
        if (!receive.segment().isNative()) {
            copy(to, receive.segment(), 0, receive.segment().byteSize());
        }
        int own = rank();
        bytesSent += 4 * (sendFrom[world()] - (sendFrom[own + 1] - sendFrom[own]));
    }

    @Override
    public void gather(FloatSpan all, long[] from) {
        checkThread();
        setParts(from, receiveCounts, receiveAt);
        MemorySegment segment = all.segment(), target = segment;
        long begin = 4 * from[rank()], length = 4 * from[rank() + 1] - begin, bytes = 4 * from[world()];
        if (!segment.isNative()) {
            target = staged = reserve(staged, bytes);
            MemorySegment.copy(segment, begin, target, begin, length);
        }
        mpi.beginGather(target, receiveCounts, receiveAt, mpi.floats);
        await();
        if (target != segment) {
            copy(target, segment, 0, begin);
            copy(target, segment, begin + length, bytes - begin - length);
        }
        bytesSent += length * (world() - 1);
    }

    @Override
    public void gather(double[] all, int[] from) {
        checkThread();
        for (int i = 0; i < world(); i++) {
            receiveCounts.setAtIndex(INT, i, from[i + 1] - from[i]);
            receiveAt.setAtIndex(INT, i, from[i]);
        }
        int begin = from[rank()], length = from[rank() + 1] - begin;
        staged = reserve(staged, 8L * from[world()]);
        MemorySegment.copy(all, begin, staged, ValueLayout.JAVA_DOUBLE, 8L * begin, length);
        mpi.beginGather(staged, receiveCounts, receiveAt, mpi.doubles);
        await();
        MemorySegment.copy(staged, ValueLayout.JAVA_DOUBLE, 0, all, 0, from[world()]);
        bytesSent += 8L * length * (world() - 1);
    }

    @Override
    public byte[][] gather(byte[] own) {
        double[] lengths = new double[world()];
        int[] one = new int[world() + 1];
        for (int i = 0; i < one.length; i++) {
            one[i] = i;
        }
        lengths[rank()] = own.length;
        gather(lengths, one);
        long at = 0;
        for (int i = 0; i < world(); i++) {
            receiveCounts.setAtIndex(INT, i, (int) lengths[i]);
            receiveAt.setAtIndex(INT, i, toInt(at));
            at += (long) lengths[i];
        }
        staged = reserve(staged, at);
        MemorySegment.copy(own, 0, staged, ValueLayout.JAVA_BYTE, receiveAt.getAtIndex(INT, rank()), own.length);
        mpi.beginGather(staged, receiveCounts, receiveAt, mpi.bytes);
        await();
        byte[][] all = new byte[world()][];
        for (int i = 0; i < all.length; i++) {
            all[i] = staged.asSlice(receiveAt.getAtIndex(INT, i), (long) lengths[i])
                    .toArray(ValueLayout.JAVA_BYTE);
        }
        bytesSent += (long) own.length * (world() - 1);
        return all;
    }

    private static void copy(MemorySegment from, MemorySegment to, long at, long bytes) {
        MemorySegment.copy(from, at, to, at, bytes);
    }

    private void setParts(long[] from, MemorySegment counts, MemorySegment at) {
        for (int i = 0; i < world(); i++) {
            counts.setAtIndex(INT, i, toInt(from[i + 1] - from[i]));
            at.setAtIndex(INT, i, toInt(from[i]));
        }
    }

    /** MPI counts with ints. */
    private static int toInt(long count) {
        if (count > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("elements of a buffer for MPI must be at most 2³¹ − 1: " + count);
        }
        return (int) count;
    }

    /** {@return memory of a size at least, which is larger than before if it has to be} */
    private static MemorySegment reserve(MemorySegment memory, long bytes) {
        return memory.byteSize() >= bytes && memory != MemorySegment.NULL
                ? memory
                : Arena.ofAuto().allocate(Math.max(bytes, 64), 64);
    }

    private void checkThread() {
        if (Thread.currentThread() != thread) {
            throw new IllegalStateException(
                    "thread must be the one that called Collective.mpi(), " + thread + ": " + Thread.currentThread());
        }
    }

    private void await() {
        long begin = System.nanoTime();
        for (int polls = 0; !mpi.isDone(); polls++) {
            if (polls < SPINS) {
                Thread.onSpinWait();
            } else if (polls < YIELDS) {
                Thread.yield();
            } else {
                LockSupport.parkNanos(NAP);
                if (System.nanoTime() - begin > patience) {
                    throw new RankLostException(
                            RankLostException.UNKNOWN, "no answer within " + patience / 1e9 + " s", null);
                }
            }
        }
    }

    @Override
    public long bytesSent() {
        return bytesSent;
    }

    @Override
    public void close() {
        mpi.end();
    }
}
