package dev.lanewise.optim;

import dev.lanewise.internal.kernel.SumOfSquares;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one of several processes updates of parameters that all of them have: ZeRO-1's division of the optimizer. Each rank
 * keeps the state of its own range only, updates that range, and the ranks then exchange the parameters.
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
 * <p>The parameters get the same bits as in one process, however many ranks there are. A norm over a group or over all,
 * for clipping, for a rule or for the check that gradients are finite, is therefore made of the sums of the squares of blocks
 * that are counted from the beginning of each group, and a shard begins and ends at a block. Where nothing asks for a norm,
 * {@link Optimizer#sumSquares} and the exchange of the sums can be left out. All ranks see the same sums and so decide alike
 * whether a step is skipped. Instead of gathering them, the ranks may add up
 * arrays that were 0 before.
 *
 * <p>In the {@link StepReport} of a rank, ‖g‖ is that of all ranks if they exchanged their sums. Everything else is about
 * the rank's own range; for that of all ranks add the counts and the squares of the norms, and take the largest of the
 * largest updates. A {@link Checkpoint} of each rank has its shard, and those of all ranks can be loaded into any other
 * number of ranks.
 *
 * @param parameters how many parameters there are, of all ranks
 * @param groups the groups of all ranks, in any order, as if there were but one; parameters in none of them are frozen
 * @param rank which of the ranks, from 0
 * @param world how many ranks there are
 */
public record Shard(long parameters, List<ParameterGroup> groups, int rank, int world) {
    /** Elements of a block, whose squares have one sum. */
    static final int BLOCK = SumOfSquares.BLOCK;

    /** The first parameter of a rank, and the number of blocks before it. */
    private record Boundary(long position, int blocks) {}

    /**
     * Checks that the groups fit the parameters, and sorts them by their ranges.
     *
     * @throws IllegalArgumentException if a group ends beyond the parameters, if two overlap or have the same name, or if
     *     there is no such rank
     */
    public Shard {
        if (world < 1 || rank < 0 || rank >= world) {
            throw new IllegalArgumentException(
                    "rank must be from 0 to below world, and world at least 1: rank " + rank + ", world " + world);
        }
        groups = groups.stream()
                .sorted(Comparator.comparingLong(ParameterGroup::from).thenComparingLong(ParameterGroup::length))
                .toList();
        Set<String> names = new HashSet<>();
        ParameterGroup before = null;
        for (ParameterGroup group : groups) {
            if (group.end() > parameters) {
                throw new IllegalArgumentException(
                        "group " + group.name() + " must end within the " + parameters + " parameters: " + group.end());
            }
            if (!names.add(group.name())) {
                throw new IllegalArgumentException("two groups have the name " + group.name());
            }
            if (before != null && before.end() > group.from()) {
                throw new IllegalArgumentException("groups " + before.name() + " and " + group.name() + " overlap");
            }
            before = group;
        }
    }

    /**
     * The first parameter of the rank. Ranks have about equally many parameters that are in groups.
     *
     * @return in a group, a multiple of 4096 from its beginning
     */
    public long from() {
        return boundary(rank).position;
    }

    /**
     * How many parameters the rank has.
     *
     * @return 0 for some, if there are more ranks than blocks
     */
    public long length() {
        return end() - from();
    }

    long end() {
        return boundary(rank + 1).position;
    }

    /** {@return the index of the rank's first block among the blocks of all ranks, in the array that a step takes} */
    public int blockOffset() {
        return boundary(rank).blocks;
    }

    /** {@return the number of the rank's blocks: one for each 4096 parameters of a group, and one for the rest of the group} */
    public int blockCount() {
        return boundary(rank + 1).blocks - blockOffset();
    }

    /** {@return the number of the blocks of all ranks, which is the length of the array that a step takes} */
    public int totalBlocks() {
        return boundary(world).blocks;
    }

    static int blocks(long length) {
        return Math.toIntExact(Math.ceilDiv(length, BLOCK));
    }

    private Boundary boundary(int rank) {
        long trained = groups.stream().mapToLong(ParameterGroup::length).sum();
        long before = trained / world * rank + trained % world * rank / world;
        int blocks = 0;
        if (rank == 0) {
            return new Boundary(0, 0);
        }
        for (ParameterGroup group : groups) {
            if (rank < world && before < group.length()) {
                long block = before / BLOCK;
                return new Boundary(group.from() + block * BLOCK, Math.toIntExact(blocks + block));
            }
            before -= group.length();
            blocks = Math.addExact(blocks, blocks(group.length()));
        }
        return new Boundary(parameters, blocks);
    }
}
