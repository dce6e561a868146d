package dev.lanewise.distributed;

import dev.lanewise.internal.SumTree;
import dev.lanewise.memory.FloatSpan;

/**
 * The blocks that the ranks send to each other for one number of replicas: those that are left when each rank has added up its
 * own, in the order of the ranks. It follows from the numbers of replicas and ranks, so that the ranks need not tell each other.
 */
final class ExchangePlan {
    final Replicas replicas;

    /** Where the replicas of each rank begin. */
    final int[] cuts;

    /** The parts of the two buffers of an exchange. */
    final long[] sendFrom, receiveFrom;

    /** The range of micro-gradients of each block of all ranks. */
    private final int[] from, size;

    /** Where the blocks of each rank begin, among all. */
    private final int[] blocks;

    /** The part of this rank of each block of all ranks, and the memory that has them. */
    private FloatSpan[] received;

    private FloatSpan buffer;

    /**
     * Makes a plan.
     *
     * @param parameters where the parameters of each rank begin
     */
    ExchangePlan(Replicas replicas, int[] cuts, long[] parameters) {
        int world = replicas.world(), rank = replicas.rank();
        this.replicas = replicas;
        this.cuts = cuts;
        this.blocks = new int[world + 1];
        int most = 0;
        SumTree[] trees = new SumTree[world];
        for (int r = 0; r < world; r++) {
            trees[r] = new SumTree((left, right) -> {});
            for (int i = cuts[r]; i < cuts[r + 1]; i++) {
                trees[r].push(i, 1, i);
            }
            most += trees[r].depth();
            blocks[r + 1] = most;
        }
        this.from = new int[most];
        this.size = new int[most];
        for (int r = 0; r < world; r++) {
            for (int i = blocks[r]; i < blocks[r + 1]; i++) {
                from[i] = trees[r].from(i - blocks[r]);
                size[i] = trees[r].size(i - blocks[r]);
            }
        }
        long own = parameters[rank + 1] - parameters[rank];
        this.sendFrom = new long[world + 1];
        this.receiveFrom = new long[world + 1];
        for (int r = 0; r < world; r++) {
            sendFrom[r + 1] = sendFrom[r] + count(rank) * (parameters[r + 1] - parameters[r]);
            receiveFrom[r + 1] = receiveFrom[r] + count(r) * own;
        }
    }

    /** {@return the number of blocks that a rank sends} */
    int count(int rank) {
        return blocks[rank + 1] - blocks[rank];
    }

    /** Sets the memory that the blocks are received into. */
    void receiveInto(FloatSpan buffer) {
        if (buffer == this.buffer) {
            return;
        }
        this.buffer = buffer;
        int count = from.length;
        received = new FloatSpan[count];
        long own = receiveFrom[receiveFrom.length - 1] / count;
        for (int i = 0; i < count; i++) {
            received[i] = buffer.slice(i * own, own);
        }
    }

    FloatSpan received(int block) {
        return received[block];
    }

    /** {@return the sum of the blocks that were received} */
    FloatSpan sum(SumTree tree) {
        tree.clear();
        for (int i = 0; i < from.length; i++) {
            tree.push(from[i], size[i], i);
        }
        return received[tree.fold()];
    }
}
