package dev.lanewise.distributed;

import dev.lanewise.internal.Check;
import dev.lanewise.internal.SumTree;

/**
 * The micro-batches into which each step of a training divides its batch, and those that one rank computes.
 *
 * <p>The gradient of a step is a sum over its micro-batches in an order that only their number determines, so {@code count} is a
 * part of the recipe of a training, as the size of a batch is, and the number of ranks is not. With 1 the weights have the bits
 * of a training without replicas.
 *
 * <p>A power of two is a good number: 8 for up to four ranks, 8 times the ranks where their load matters, with 16 rows or more in
 * each. Each rank computes a contiguous range. The ranges begin at multiples of a power of two, about half a range, because whole
 * subtrees need fewer bytes; the largest range is up to 1.5 times as long as the mean then, where there are 8 replicas or more
 * for each rank.
 *
 * @param count the number of micro-batches of a step
 * @param rank the index of this rank, from 0
 * @param world the number of ranks
 */
public record Replicas(int count, int rank, int world) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if {@code count} is less than 1, or the rank is not below {@code world}
     */
    public Replicas {
        Check.atLeast(1, "count", count);
        if (world < 1 || rank < 0 || rank >= world) {
            throw new IllegalArgumentException(
                    "rank must be in [0, world), and world at least 1: rank " + rank + ", world " + world);
        }
    }

    /**
     * Returns the replicas of a batch. A batch with fewer rows than replicas has one replica for each row, whatever the number of ranks.
     *
     * @param batch the number of rows of the batch, at least 1
     * @return these replicas, or as many as there are rows
     * @throws IllegalArgumentException if {@code batch} is less than 1
     */
    public Replicas of(int batch) {
        Check.atLeast(1, "batch", batch);
        return batch < count ? new Replicas(batch, rank, world) : this;
    }

    /** {@return the first replica of this rank} */
    public int from() {
        return cut(rank);
    }

    /** {@return the end of the replicas of this rank; it may have none where there are more ranks than replicas} */
    public int end() {
        return cut(rank + 1);
    }

    /**
     * Returns how far the replicas from one on make a whole subtree, whose gradients are added up before any other. A network can
     * compute the sum of a subtree in one pass: {@link dev.lanewise.nn.Mlp#forwardBackward(float[], int, dev.lanewise.nn.Targets,
     * int, Replicas, int, int, int, double, double[])}.
     *
     * @param replica the first replica, below {@link #end()}
     * @return the end of the largest subtree of this rank that begins there; where the numbers of replicas and of ranks are
     *     powers of two, and on one rank, all replicas of a rank are one
     */
    public int subtree(int replica) {
        return SumTree.subtree(replica, end(), count);
    }

    /**
     * Returns where the rows of a replica begin. They end where those of the next one begin.
     *
     * @param batch the number of rows of the batch
     * @param replica the replica, from 0 to {@code count}
     * @return the index of its first row
     */
    public int row(int batch, int replica) {
        return (int) ((long) batch * replica / count);
    }

    /** {@return where the replicas of a rank begin, for each rank, and the end} */
    int[] cuts() {
        int[] cuts = new int[world + 1];
        for (int i = 0; i <= world; i++) {
            cuts[i] = cut(i);
        }
        return cuts;
    }

    private int cut(int rank) {
        if (rank == world) {
            return count;
        }
        long unit = Math.max(1, Integer.highestOneBit(count / world) / 2);
        return (int) (((long) count * rank + world * unit / 2) / (world * unit) * unit);
    }
}
