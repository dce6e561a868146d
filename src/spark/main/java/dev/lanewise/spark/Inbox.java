package dev.lanewise.spark;

import dev.lanewise.distributed.RankLostException;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;

/**
 * What a rank has received and sent in the call at work. The threads of the transport put messages where they belong; the thread
 * of the rank waits until all are there.
 *
 * <p>Another rank can be one call ahead at most, because it waits for this one too: its messages are kept until then.
 */
final class Inbox {
    private final int rank;
    private final int world;
    private final long patience;
    private final Deque<Message> early = new ArrayDeque<>();

    /** The bytes that are still to come from each rank in this call, and the messages to it that it has not acknowledged. */
    private final long[] missing, unacknowledged;

    /** The ranks whose connection is closed, which is no loss for a rank that is not waited for. */
    private final boolean[] gone;

    /** Where the bytes of each rank go; null between calls. */
    private MemorySegment[] targets;

    private long call;
    private Call kind;
    private RankLostException lost;
    private int silent = RankLostException.UNKNOWN;

    /**
     * Some bytes of a call.
     *
     * @param call the number of the call, from 1
     * @param at where they begin in the part of the rank
     * @param total the bytes of that part
     */
    record Message(int rank, long call, Call kind, long at, long total, MemorySegment bytes) {}

    Inbox(int rank, int world, Duration patience) {
        this.rank = rank;
        this.world = world;
        this.patience = patience.toNanos();
        this.missing = new long[world];
        this.unacknowledged = new long[world];
        this.gone = new boolean[world];
    }

    /** Begins a call, and returns its number. */
    synchronized long begin(Call kind, MemorySegment[] targets) {
        check();
        this.targets = targets;
        this.kind = kind;
        call++;
        for (int i = 0; i < world; i++) {
            // A rank sends a message even if it has no bytes, so that it counts as one byte until then.
            missing[i] = i == rank ? 0 : Math.max(1, targets[i].byteSize());
        }
        for (int i = early.size(); i > 0; i--) {
            put(early.remove());
        }
        check();
        return call;
    }

    /** Receives a message, whose bytes are the caller's. */
    synchronized void receive(Message message) {
        if (message.call == call + 1 || message.call == call && targets == null) {
            byte[] copy = new byte[(int) message.bytes.byteSize()];
            MemorySegment.ofArray(copy).copyFrom(message.bytes);
            early.add(new Message(
                    message.rank, message.call, message.kind, message.at, message.total, MemorySegment.ofArray(copy)));
        } else {
            put(message);
        }
    }

    private void put(Message message) {
        if (message.call != call || message.kind != kind) {
            lose(message.rank, "it called " + message.kind + " where rank " + rank + " called " + kind, null);
            return;
        }
        MemorySegment target = targets[message.rank];
        if (message.total != target.byteSize()) {
            lose(
                    message.rank,
                    "it sends " + message.total + " bytes where rank " + rank + " expects " + target.byteSize(),
                    null);
            return;
        }
        target.asSlice(message.at, message.bytes.byteSize()).copyFrom(message.bytes);
        missing[message.rank] -= Math.max(1, message.bytes.byteSize());
        if (missing[message.rank] == 0) {
            notifyAll();
        }
    }

    synchronized void sent(int to) {
        unacknowledged[to]++;
    }

    synchronized void acknowledged(int by) {
        if (--unacknowledged[by] == 0) {
            notifyAll();
        }
    }

    synchronized void disconnected(int rank) {
        gone[rank] = true;
        notifyAll();
    }

    synchronized void lose(int rank, String reason, Throwable cause) {
        if (lost == null) {
            lost = new RankLostException(rank, reason, cause);
        }
        notifyAll();
    }

    /** Waits until this rank has all bytes, and the others have its own. */
    synchronized void await() {
        long begin = System.nanoTime();
        while (true) {
            check();
            int slow = slow();
            if (slow < 0) {
                targets = null;
                return;
            }
            long left = patience - (System.nanoTime() - begin);
            if (gone[slow]) {
                lose(slow, "its connection is closed", null);
            } else if (left <= 0) {
                silent = slow;
                lose(slow, "it did not answer within " + patience / 1e9 + " s", null);
            } else {
                pause(left);
            }
        }
    }

    private void pause(long nanos) {
        try {
            wait(1 + nanos / 1_000_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            lose(rank, "its thread was interrupted", e);
        }
    }

    /**
     * {@return a rank that is waited for, or −1} One that is gone comes first, then one that does not even acknowledge, because
     * its process has stopped: others may only wait for it.
     */
    private int slow() {
        int slow = -1;
        for (int i = world - 1; i >= 0; i--) {
            boolean awaited = missing[i] > 0 || unacknowledged[i] > 0;
            if (awaited && (slow < 0 || weight(i) >= weight(slow))) {
                slow = i;
            }
        }
        return slow;
    }

    private int weight(int rank) {
        return gone[rank] ? 2 : unacknowledged[rank] > 0 ? 1 : 0;
    }

    /** {@return why the others cannot be reached any more; null while they can} */
    synchronized RankLostException lost() {
        return lost;
    }

    /** {@return the rank that is lost because it did not answer; {@link RankLostException#UNKNOWN} for none} */
    synchronized int silent() {
        return silent;
    }

    private void check() {
        if (lost != null) {
            Arrays.fill(missing, 0);
            targets = null;
            throw lost;
        }
    }

    /** The calls of a collective. */
    enum Call {
        EXCHANGE("exchange"),
        FLOATS("gather of floats"),
        DOUBLES("gather of doubles"),
        BYTES("gather of bytes");

        private final String text;

        Call(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
