package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepReport;
import dev.lanewise.optim.SumExchange;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * The steps of data-parallel training with a sharded optimizer, ZeRO-1: each rank has all weights, computes the gradients of its own micro-batches, and keeps the
 * state of its own {@link Shard} only. The weights have the same bits on any number of ranks.
 *
 * {@snippet :
 * Replicas replicas = new Replicas(8, ranks.rank(), ranks.world());
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * mlp.initialize(42);
 * FloatSpan weights = mlp.parameters();
 * List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, weights.length(), new AdamW()));
 * Shard shard = new Shard(weights.length(), groups, ranks.rank(), ranks.world());
 * Optimizer optimizer = new Optimizer(weights.slice(shard.from(), shard.length()), shard, StepOptions.DEFAULT);
 * DataParallel training = new DataParallel(ranks, replicas, weights, optimizer, "");
 * for (int step = 0; step < 10; step++) {
 *     Replicas own = training.begin(1024);
 *     for (int i = own.from(); i < own.end(); i++) {
 *         int row = own.row(1024, i), rows = own.row(1024, i + 1) - row;
 *         double loss = mlp.forwardBackward(images, 784 * row, labels, row, rows, 1024);
 *         training.add(i, mlp.gradients(), loss);
 *     }
 *     double loss = training.reduce();
 *     training.step(1);
 * }
 * }
 *
 * <p>A step adds up the micro-gradients in a tree that their number determines. A rank adds those of its own that are whole subtrees and sends the rest
 * to the owners of the parameters, who finish the tree. Where {@linkplain Replicas#count() count} and world are powers of two, a rank sends
 * 2(N − 1)/N times the gradient in a step, which is the least that is possible; with another world it sends at most 1.62 times that.
 *
 * <p>All rules work, also those that {@linkplain dev.lanewise.optim.UpdateRule#needsMatrix() need a matrix}, whose groups are in one shard as a whole, and all options of a step. A step
 * allocates nothing, apart from what the collective does. An object is used by one thread.
 *
 * @see <a href="https://arxiv.org/abs/1910.02054">Rajbhandari et al. 2020, ZeRO</a>
 */
public final class DataParallel {
    private final Collective ranks;
    private final Replicas replicas;
    private final FloatSpan weights;
    private final Optimizer optimizer;

    /** Where the parameters and the blocks of each rank begin. */
    private final long[] shards;

    private final int[] blockOffsets;

    /** The same times the number of sums of a block, which rules with reductions have; null before they were needed. */
    private int[] widerOffsets;

    /** Where the statistics of each rank begin; null where the steps have none. */
    private final int[] statistics;

    private final MicroGradients gradients;
    private final SumTree tree, lossTree;
    private final VectorSum sum;
    private final SumExchange sums = this::gatherSums, reports;
    private final double[] losses;
    private final StepTimes times = new StepTimes();

    /** The plans of a whole batch, and of the last one that had fewer rows than replicas. */
    private final ExchangePlan whole;

    private ExchangePlan shorter, plan;

    /** The buffers of the exchange; null for one rank. */
    private FloatSpan send, receive;

    /** The next replica that {@link #add} expects, and the gradient of this rank's parameters after {@link #reduce}. */
    private int next;

    private FloatSpan gradient;

    /** The number of the step at work, from 1. */
    private long number;

    /**
     * Makes the steps of a rank. All ranks make theirs at the same time, and find out whether they are of one training: they must have the same replicas, parameters, groups,
     * rules, options, number of steps, weights and recipe.
     *
     * @param ranks moves floats between this rank and the others
     * @param replicas the micro-batches, with the rank and the world of {@code ranks}
     * @param weights the parameters of all ranks; those of the shard are the optimizer's
     * @param optimizer updates the parameters of this rank's {@link Shard}
     * @param recipe anything else that must be the same on all ranks, such as the size of a batch and the seed
     * @throws IllegalArgumentException if there are more ranks than replicas, if the arguments are of different ranks or parameters, or if the ranks differ: the
     *     message has what differs
     * @throws RankLostException if a rank cannot be reached
     */
    public DataParallel(Collective ranks, Replicas replicas, FloatSpan weights, Optimizer optimizer, String recipe) {
        this(ranks, replicas, replicas.cuts(), weights, optimizer, recipe);
    }

    DataParallel(
            Collective ranks, Replicas replicas, int[] cuts, FloatSpan weights, Optimizer optimizer, String recipe) {
        Shard shard = optimizer.shard();
        Agreement.checkArguments(ranks, replicas, weights, optimizer);
        int world = ranks.world();
        this.ranks = ranks;
        this.replicas = replicas;
        this.weights = weights;
        this.optimizer = optimizer;
        this.shards = new long[world + 1];
        this.blockOffsets = new int[world + 1];
        for (int r = 0; r < world; r++) {
            Shard other = new Shard(shard.parameters(), shard.groups(), r, world);
            shards[r] = other.from();
            blockOffsets[r] = other.blockOffset();
        }
        shards[world] = shard.parameters();
        blockOffsets[world] = shard.totalBlocks();
        this.whole = new ExchangePlan(replicas, cuts, shards);
        this.losses = new double[replicas.count()];
        this.gradients =
                new MicroGradients(weights.length(), optimizer.options().workers());
        this.sum = new VectorSum(optimizer.options().workers());
        this.tree = new SumTree((left, right) -> sum.add(plan.received(left), plan.received(right)));
        this.lossTree = new SumTree((left, right) -> losses[left] += losses[right]);
        this.statistics = optimizer.options().statistics() && world > 1 ? new int[world + 1] : null;
        this.reports = statistics == null ? null : (all, from, count) -> gatherStatistics(all, count);
        Agreement.check(ranks, replicas, weights, optimizer, recipe);
    }

    /**
     * Begins a step.
     *
     * @param batch the number of rows of the batch of all ranks, at least 1
     * @return the replicas of this batch, of which this rank computes its own: fewer than usual if the batch has fewer rows
     * @throws IllegalArgumentException if {@code batch} is less than 1
     */
    public Replicas begin(int batch) {
        Replicas of = replicas.of(batch);
        if (of == replicas) {
            plan = whole;
        } else {
            if (shorter == null || shorter.replicas.count() != batch) {
                shorter = new ExchangePlan(of, of.cuts(), shards);
            }
            plan = shorter;
        }
        next = plan.cuts[ranks.rank()];
        gradient = null;
        gradients.clear();
        number = optimizer.steps() + 1;
        times.begin();
        return plan.replicas;
    }

    /**
     * Adds the next micro-gradient of this rank, from {@link Replicas#from()} to {@link Replicas#end()}.
     *
     * @param replica the replica
     * @param gradient the part that its rows have in the gradient of the whole batch's mean loss; it is only read, and may be overwritten afterwards
     * @param loss the part that its rows have in the mean loss
     * @throws IllegalArgumentException if this is not the next replica, or the length is not that of the weights
     */
    public void add(int replica, FloatSpan gradient, double loss) {
        if (plan == null || replica != next || replica >= plan.cuts[ranks.rank() + 1]) {
            throw new IllegalArgumentException(
                    "replica must be " + (plan == null ? "after begin" : next) + ": " + replica);
        }
        if (gradient.length() != weights.length()) {
            throw new IllegalArgumentException(
                    "length of gradient must be " + weights.length() + " (length of weights): " + gradient.length());
        }
        next++;
        losses[replica] = loss;
        long begin = System.nanoTime();
        gradients.add(replica, gradient);
        times.tree += System.nanoTime() - begin;
    }

    /**
     * Exchanges the sums of the ranks' micro-gradients, and finishes them. All ranks call it.
     *
     * @return the loss of the whole batch, the same on all ranks. If it is not finite, they can all do without {@link #step}
     * @throws IllegalStateException if a replica of this rank has not been added
     * @throws RankLostException if a rank cannot be reached
     */
    public double reduce() {
        if (plan == null || next != plan.cuts[ranks.rank() + 1]) {
            throw new IllegalStateException("all replicas of the rank must be added first: " + next + " is next");
        }
        try {
            if (ranks.world() == 1) {
                long begin = System.nanoTime();
                gradient = gradients.fold();
                times.tree += System.nanoTime() - begin;
            } else {
                exchange();
                ranks.gather(losses, plan.cuts);
            }
        } catch (RankLostException e) {
            throw e.at(number);
        }
        lossTree.clear();
        for (int i = 0; i < plan.replicas.count(); i++) {
            lossTree.push(i, 1, i);
        }
        return losses[lossTree.fold()];
    }

    private void exchange() {
        long begin = System.nanoTime();
        reserve();
        int count = plan.count(ranks.rank());
        for (int r = 0; r < ranks.world(); r++) {
            long length = shards[r + 1] - shards[r];
            for (int i = 0; i < count; i++) {
                MemorySegment block = gradients.block(i).segment();
                MemorySegment.copy(
                        block, 4 * shards[r], send.segment(), 4 * (plan.sendFrom[r] + i * length), 4 * length);
            }
        }
        long packed = System.nanoTime();
        ranks.exchange(send, plan.sendFrom, receive, plan.receiveFrom);
        long received = System.nanoTime();
        gradient = plan.sum(tree);
        times.exchange += received - packed;
        times.tree += packed - begin + System.nanoTime() - received;
    }

    private void reserve() {
        int world = ranks.world();
        if (send == null || send.length() < plan.sendFrom[world]) {
            send = MicroGradients.allocateNative(plan.sendFrom[world]);
        }
        if (receive == null || receive.length() < plan.receiveFrom[world]) {
            receive = MicroGradients.allocateNative(plan.receiveFrom[world]);
        }
        plan.receiveInto(receive);
    }

    /**
     * Takes a step with the gradient, and gathers the weights. All ranks call it.
     *
     * @param gradientFactor the factor of the gradient; 1 for the mean loss
     * @return the report of the step, with the statistics of all ranks; the next step overwrites it
     * @throws IllegalStateException if {@link #reduce} has not been called, and as {@link Optimizer#step(FloatSpan)}
     * @throws ArithmeticException as {@link Optimizer#step(FloatSpan)}
     * @throws RankLostException if a rank cannot be reached
     */
    public StepReport step(double gradientFactor) {
        if (gradient == null) {
            throw new IllegalStateException("reduce must be called before step");
        }
        try {
            long begin = System.nanoTime();
            StepReport report = ranks.world() == 1
                    ? optimizer.step(gradient, gradientFactor)
                    : optimizer.step(gradient, gradientFactor, sums);
            long stepped = System.nanoTime();
            times.step += stepped - begin;
            if (ranks.world() > 1 && report.applied()) {
                ranks.gather(weights, shards);
                times.gather += System.nanoTime() - stepped;
            }
            if (statistics != null) {
                optimizer.gatherStatistics(reports);
            }
            gradient = null;
            times.commit(optimizer.steps(), plan.replicas.count(), ranks.world(), ranks.bytesSent());
            return report;
        } catch (RankLostException e) {
            throw e.at(number);
        }
    }

    private void gatherSums(double[] all, int from, int count) {
        long begin = System.nanoTime();
        ranks.gather(all, offsets(all.length));
        long taken = System.nanoTime() - begin;
        times.sums += taken;
        times.step -= taken;
    }

    private int[] offsets(int length) {
        int blocks = blockOffsets[ranks.world()];
        if (length == blocks) {
            return blockOffsets;
        }
        if (widerOffsets == null) {
            widerOffsets = new int[blockOffsets.length];
            for (int r = 0; r < blockOffsets.length; r++) {
                widerOffsets[r] = length / blocks * blockOffsets[r];
            }
        }
        return widerOffsets;
    }

    private void gatherStatistics(double[] all, int count) {
        for (int r = 0; r <= ranks.world(); r++) {
            statistics[r] = r * count;
        }
        ranks.gather(all, statistics);
    }

    /**
     * Copies the parameters that are to be evaluated, those of all ranks: see {@link Optimizer#copyEvaluationParameters}. All ranks call it.
     *
     * @param target receives them, and is as long as the weights
     * @throws IllegalArgumentException as {@link Optimizer#copyEvaluationParameters}
     * @throws RankLostException if a rank cannot be reached
     */
    public void copyEvaluationParameters(FloatSpan target) {
        Objects.checkFromIndexSize(0, weights.length(), target.length());
        Shard shard = optimizer.shard();
        optimizer.copyEvaluationParameters(target.slice(shard.from(), shard.length()));
        gatherAll(target);
    }

    /** Gathers the weights again, after a checkpoint has changed those of the shard. */
    void gatherWeights() {
        gatherAll(weights);
    }

    private void gatherAll(FloatSpan all) {
        if (ranks.world() > 1) {
            try {
                ranks.gather(all, shards);
            } catch (RankLostException e) {
                throw e.at(optimizer.steps());
            }
        }
    }

    /** {@return what moves floats between this rank and the others} */
    public Collective ranks() {
        return ranks;
    }

    /** {@return the replicas of a whole batch} */
    public Replicas replicas() {
        return replicas;
    }

    FloatSpan weights() {
        return weights;
    }

    Optimizer optimizer() {
        return optimizer;
    }
}
