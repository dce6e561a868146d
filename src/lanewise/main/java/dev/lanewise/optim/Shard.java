package dev.lanewise.optim;

import dev.lanewise.internal.kernel.SumOfSquares;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A shard is the range of the parameters that one rank, that is one of several processes, updates. This is the partition of
 * ZeRO-1: every rank has all parameters, keeps the state of its own range only and updates that range, and the ranks then exchange
 * the parameters.
 *
 * {@snippet :
 * int rank = 1, world = 4;
 * List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, weights.length(), new AdamW()));
 * Shard shard = new Shard(weights.length(), groups, rank, world);
 * FloatSpan mine = weights.slice(shard.from(), shard.length());
 * Optimizer optimizer = new Optimizer(mine, shard, StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
 * FloatSpan gradients = FloatSpan.of(new float[(int) shard.length()]);
 * double[] blockSums = new double[shard.totalBlocks()];
 * for (int step = 0; step < 1000; step++) {
 *     // yours: add up the gradients of all ranks, and take those of the shard
 *     optimizer.sumSquares(gradients, blockSums);
 *     // yours: gather the sums; this rank has written shard.blockCount() of them from shard.blockOffset() on
 *     optimizer.step(gradients, 1.0 / world, blockSums);
 *     // yours: gather the weights; this rank has updated shard.length() of them from shard.from() on
 * }
 * }
 *
 * <p>The parameters get the same bits as in one process, however many ranks there are. For this purpose a norm
 * over a group or over all, for clipping, for a rule or for the check that gradients are finite, is the sum of partial sums: the
 * squares of each block, where blocks are counted from the beginning of each group. A shard begins and ends at a block, and a group
 * whose rule {@linkplain UpdateRule#needsMatrix() needs a matrix} is in one shard as a whole. Where no
 * norm is needed, {@link Optimizer#sumSquares} and the exchange of the sums can be left out. All ranks have the same sums, so they
 * skip the same steps. Instead of gathering the sums, the ranks may add up arrays that were 0 before.
 *
 * <p>In the {@link StepReport} of a rank, ‖g‖ is that of all ranks if they exchanged their sums. The other statistics cover
 * the rank's own range; to combine those of all ranks, add the counts and the squares of the norms, and take the maximum of the
 * largest updates. A {@link Checkpoint} of each rank has its shard, and the checkpoints of all ranks can be loaded into any other
 * number of ranks.
 *
 * @param parameters the number of parameters of all ranks
 * @param groups the groups of all ranks, in any order; parameters in no group never change
 * @param rank the index of this rank, from 0
 * @param world the number of ranks
 */
public record Shard(long parameters, List<ParameterGroup> groups, int rank, int world) {
    /** The number of elements of a block, whose squares have one sum. */
    static final int BLOCK = SumOfSquares.BLOCK;

    /** The first parameter of a rank, and the number of blocks before it. */
    private record Boundary(long position, int blocks) {}

    /**
     * Checks that the groups fit the parameters, and sorts them by their ranges.
     *
     * @throws IllegalArgumentException if a group ends beyond the parameters, if two overlap or have the same name, or if
     *     the rank is not below {@code world}
     */
    public Shard {
        if (world < 1 || rank < 0 || rank >= world) {
            throw new IllegalArgumentException(
                    "rank must be in [0, world), and world at least 1: rank " + rank + ", world " + world);
        }
        groups = sorted(groups);
        Set<String> names = new HashSet<>();
        ParameterGroup before = null;
        for (ParameterGroup group : groups) {
            if (group.end() > parameters) {
                throw new IllegalArgumentException(
                        "group " + group.name() + " must end within the " + parameters + " parameters: " + group.end());
            }
            if (!names.add(group.name())) {
                throw new IllegalArgumentException("names of groups must be unique: " + group.name());
            }
            if (before != null && before.end() > group.from()) {
                throw new IllegalArgumentException("groups must not overlap: " + before.name() + ", " + group.name());
            }
            before = group;
        }
    }

    /**
     * Returns the index of the rank's first parameter. Ranks have about equally many parameters that are in groups.
     *
     * @return the index; within a group it is a multiple of 4096 from the group's beginning, and never within a matrix that a rule
     *     needs as a whole
     */
    public long from() {
        return boundary(rank).position;
    }

    /**
     * Returns the number of the rank's parameters.
     *
     * @return the number; it is 0 for some ranks if there are more ranks than blocks
     */
    public long length() {
        return end() - from();
    }

    long end() {
        return boundary(rank + 1).position;
    }

    /** {@return the index of the rank's first block among the blocks of all ranks, in the array of sums of a step} */
    public int blockOffset() {
        return boundary(rank).blocks;
    }

    /** {@return the number of the rank's blocks: one for each 4096 parameters of a group, and one for the rest of the group} */
    public int blockCount() {
        return boundary(rank + 1).blocks - blockOffset();
    }

    /** {@return the number of the blocks of all ranks, which is the length of the array of sums of a step} */
    public int totalBlocks() {
        return boundary(world).blocks;
    }

    static int blocks(long length) {
        return Math.toIntExact(Math.ceilDiv(length, BLOCK));
    }

    private static List<ParameterGroup> sorted(List<ParameterGroup> groups) {
        // A stream would link for 20 ms, which the first step of most programs need not wait for.
        return groups.size() < 2
                ? List.copyOf(groups)
                : groups.stream()
                        .sorted(Comparator.comparingLong(ParameterGroup::from)
                                .thenComparingLong(ParameterGroup::length))
                        .toList();
    }

    private Boundary boundary(int rank) {
        long trained = 0;
        for (ParameterGroup group : groups) {
            trained += group.length();
        }
        long before = trained / world * rank + trained % world * rank / world;
        int blocks = 0;
        if (rank == 0) {
            return new Boundary(0, 0);
        }
        for (ParameterGroup group : groups) {
            if (rank < world && before < group.length()) {
                if (group.rule().needsMatrix()) {
                    boolean after = before >= group.length() - before;
                    return after
                            ? new Boundary(group.end(), Math.addExact(blocks, blocks(group.length())))
                            : new Boundary(group.from(), blocks);
                }
                long block = before / BLOCK;
                return new Boundary(group.from() + block * BLOCK, Math.toIntExact(blocks + block));
            }
            before -= group.length();
            blocks = Math.addExact(blocks, blocks(group.length()));
        }
        return new Boundary(parameters, blocks);
    }
}
