package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Shard;

/** Where the parameters and the sums of each rank begin, by which the ranks gather them. */
final class ShardSums {
    private final Collective ranks;

    /** Where the parameters of each rank begin, and its blocks. */
    private final long[] parameters;

    private final int[] blocks;

    /** The same times the number of sums of a block, which rules with reductions have; null before they were needed. */
    private int[] wider;

    private final int[] statistics;

    ShardSums(Collective ranks, Shard shard) {
        int world = ranks.world();
        this.ranks = ranks;
        this.parameters = new long[world + 1];
        this.blocks = new int[world + 1];
        this.statistics = new int[world + 1];
        for (int r = 0; r < world; r++) {
            Shard other = new Shard(shard.parameters(), shard.groups(), r, world);
            parameters[r] = other.from();
            blocks[r] = other.blockOffset();
        }
        parameters[world] = shard.parameters();
        blocks[world] = shard.totalBlocks();
    }

    /** {@return where the parameters of each rank begin, and the end} */
    long[] parameters() {
        return parameters;
    }

    void gather(FloatSpan all) {
        ranks.gather(all, parameters);
    }

    /** Gathers the sums of a step, one or several for each block. */
    void gather(double[] all) {
        ranks.gather(all, offsets(all.length));
    }

    private int[] offsets(int length) {
        int count = blocks[ranks.world()];
        if (length == count) {
            return blocks;
        }
        if (wider == null) {
            wider = new int[blocks.length];
            for (int r = 0; r < blocks.length; r++) {
                wider[r] = length / count * blocks[r];
            }
        }
        return wider;
    }

    /** Gathers the statistics of a step, of which each rank has as many. */
    void gatherStatistics(double[] all, int count) {
        for (int r = 0; r < statistics.length; r++) {
            statistics[r] = r * count;
        }
        ranks.gather(all, statistics);
    }
}
