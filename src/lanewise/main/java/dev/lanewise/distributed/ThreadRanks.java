package dev.lanewise.distributed;

import dev.lanewise.internal.Check;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A rank that is a thread. Each rank shows its buffers to the others, which copy their parts, and waits until all have. */
final class ThreadRanks implements Collective {
    private final Meeting meeting;
    private final int rank;
    private final int world;
    private long bytesSent;

    private ThreadRanks(Meeting meeting, int rank, int world) {
        this.meeting = meeting;
        this.rank = rank;
        this.world = world;
    }

    static List<Collective> of(int world, Duration patience) {
        Check.atLeast(1, "world", world);
        if (patience.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException("patience must be at least 1 ms: " + patience);
        }
        Meeting meeting = new Meeting(world, patience);
        return IntStream.range(0, world)
                .<Collective>mapToObj(rank -> new ThreadRanks(meeting, rank, world))
                .toList();
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
        meeting.meet(rank, "exchange", send, sendFrom);
        for (int i = 0; i < world; i++) {
            int other = (rank + i) % world;
            long[] from = (long[]) meeting.parts[other];
            long length = receiveFrom[other + 1] - receiveFrom[other];
            if (length != from[rank + 1] - from[rank]) {
                throw new IllegalArgumentException("length of the part of rank " + other + " must be "
                        + (from[rank + 1] - from[rank]) + " (floats that it sends): " + length);
            }
            copy((FloatSpan) meeting.buffers[other], from[rank], receive, receiveFrom[other], length);
            bytesSent += other == rank ? 0 : 4 * (sendFrom[other + 1] - sendFrom[other]);
        }
        meeting.meet(rank, "exchange", null, null);
    }

    @Override
    public void gather(FloatSpan all, long[] from) {
        meeting.meet(rank, "gather of floats", all, from);
        for (int i = 1; i < world; i++) {
            int other = (rank + i) % world;
            copy((FloatSpan) meeting.buffers[other], from[other], all, from[other], from[other + 1] - from[other]);
        }
        bytesSent += 4 * (world - 1) * (from[rank + 1] - from[rank]);
        meeting.meet(rank, "gather of floats", null, null);
    }

    @Override
    public void gather(double[] all, int[] from) {
        meeting.meet(rank, "gather of doubles", all, from);
        for (int i = 1; i < world; i++) {
            int other = (rank + i) % world;
            System.arraycopy(meeting.buffers[other], from[other], all, from[other], from[other + 1] - from[other]);
        }
        bytesSent += 8L * (world - 1) * (from[rank + 1] - from[rank]);
        meeting.meet(rank, "gather of doubles", null, null);
    }

    @Override
    public byte[][] gather(byte[] own) {
        meeting.meet(rank, "gather of bytes", own, null);
        byte[][] all = new byte[world][];
        for (int i = 0; i < world; i++) {
            all[i] = ((byte[]) meeting.buffers[i]).clone();
        }
        bytesSent += (long) own.length * (world - 1);
        meeting.meet(rank, "gather of bytes", null, null);
        return all;
    }

    private static void copy(FloatSpan source, long from, FloatSpan target, long to, long length) {
        MemorySegment.copy(source.segment(), 4 * from, target.segment(), 4 * to, 4 * length);
    }

    @Override
    public long bytesSent() {
        return bytesSent;
    }

    @Override
    public void close() {
        meeting.leave(rank);
    }

    /** The place where the ranks wait for each other. The monitor needs no memory for a wait, unlike a lock. */
    private static final class Meeting {
        /** What each rank shows to the others between two meetings, and its parts. */
        final Object[] buffers, parts;

        private final String[] calls;
        private final long patience;
        private final int world;
        private int arrived;
        private long met;
        private int lost = RankLostException.UNKNOWN;
        private String reason;

        Meeting(int world, Duration patience) {
            this.world = world;
            this.patience = patience.toNanos();
            this.buffers = new Object[world];
            this.parts = new Object[world];
            this.calls = new String[world];
        }

        /**
         * Waits until all ranks are here.
         *
         * @param buffer shown to the others; null after a rank has copied, while others may still copy what this one has shown
         */
        synchronized void meet(int rank, String call, Object buffer, Object parts) {
            checkAll();
            if (buffer != null) {
                this.buffers[rank] = buffer;
                this.parts[rank] = parts;
            }
            calls[rank] = call;
            for (int i = 0; i < world; i++) {
                if (calls[i] != null && !calls[i].equals(call)) {
                    lose(rank, "it called " + call + " where rank " + i + " called " + calls[i]);
                    checkAll();
                }
            }
            if (++arrived == world) {
                arrived = 0;
                met++;
                Arrays.fill(calls, null);
                notifyAll();
                return;
            }
            await(rank);
        }

        private void await(int rank) {
            long before = met, begin = System.nanoTime();
            while (met == before) {
                checkAll();
                long left = patience - (System.nanoTime() - begin);
                if (left <= 0) {
                    lose(missing(), "it did not answer within " + patience / 1e9 + " s");
                } else {
                    try {
                        wait(1 + left / 1_000_000);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                        lose(rank, "its thread was interrupted");
                    }
                }
            }
        }

        private int missing() {
            int missing = 0;
            while (calls[missing] != null) {
                missing++;
            }
            return missing;
        }

        private void checkAll() {
            if (reason != null) {
                throw new RankLostException(lost, reason, null);
            }
        }

        private void lose(int rank, String reason) {
            if (this.reason == null) {
                this.lost = rank;
                this.reason = reason;
                notifyAll();
            }
        }

        synchronized void leave(int rank) {
            lose(rank, "it has left");
        }
    }
}
