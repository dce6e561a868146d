package dev.lanewise.distributed;

import dev.lanewise.Workers;
import dev.lanewise.internal.SumTree;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepReport;
import dev.lanewise.optim.SumExchange;
import java.util.Objects;

/**
 * The steps of data-parallel training with a sharded optimizer, ZeRO-1: each rank has all weights, computes the gradients of its
 * own micro-batches, and keeps the state of its own {@link Shard} only. The weights have the same bits on any number of ranks.
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
 * Targets targets = Targets.classes(labels);
 * double[] losses = new double[8];
 * for (int step = 0; step < 10; step++) {
 *     Replicas own = training.begin(1024);
 *     for (int i = own.from(), end; i < own.end(); i = end) {
 *         end = own.subtree(i);
 *         int row = own.row(1024, i);
 *         mlp.forwardBackward(images, 784 * row, targets, row, own, i, end, 1024, 1024, losses);
 *         training.add(i, end, mlp.gradients(), losses);
 *     }
 *     double loss = training.reduce();
 *     training.step(1);
 * }
 * }
 *
 * <p>A step adds up the micro-gradients in a tree that their number determines. A rank adds those of its own that are whole
 * subtrees and sends the rest to the owners of the parameters, who finish the tree. Where {@linkplain Replicas#count() count} and
 * world are powers of two, a rank sends 2(N − 1)/N times the gradient in a step, which is the least that is possible; with
 * another world it sends at most 1.62 times that, and with another count nearly twice.
 *
 * <p>All rules work, also those that {@linkplain dev.lanewise.optim.UpdateRule#needsMatrix() need a matrix}, whose groups are in
 * one shard as a whole, and all options of a step. A step allocates nothing, apart from what the collective does. An object is
 * used by one thread.
 *
 * @see <a href="https://arxiv.org/abs/1910.02054">Rajbhandari et al. 2020, ZeRO</a>
 */
public final class DataParallel {
    private final Collective ranks;
    private final Replicas replicas;
    private final FloatSpan weights;
    private final Optimizer optimizer;

    private final ShardSums shards;
    private final MicroGradients gradients;
    private final GradientExchange exchange;
    private final SumTree lossTree;
    private final SumExchange sums = this::gatherSums, statistics;
    private final double[] losses;
    private final StepTimes times = new StepTimes();

    /** The plans of a whole batch, and of the last one that had fewer rows than replicas. */
    private final ExchangePlan whole;

    private ExchangePlan shorter, plan;

    /** The next replica that {@link #add} expects, and the gradient of this rank's parameters after {@link #reduce}. */
    private int next;

    private FloatSpan gradient;

    /** The number of the step at work, from 1. */
    private long number;

    /**
     * Makes the steps of a rank. All ranks make theirs at the same time, and find out whether they are of one training: they must
     * have the same replicas, parameters, groups, rules, options, number of steps, weights and recipe.
     *
     * @param ranks moves floats between this rank and the others
     * @param replicas the micro-batches, with the rank and the world of {@code ranks}
     * @param weights the parameters of all ranks; those of the shard are the optimizer's
     * @param optimizer updates the parameters of this rank's {@link Shard}
     * @param recipe anything else that must be the same on all ranks, such as the size of a batch and the seed
     * @throws IllegalArgumentException if there are more ranks than replicas, if the arguments are of different ranks or
     *     parameters, or if the ranks differ: the message has what differs
     * @throws RankLostException if a rank cannot be reached
     */
    public DataParallel(Collective ranks, Replicas replicas, FloatSpan weights, Optimizer optimizer, String recipe) {
        this(ranks, replicas, replicas.cuts(), weights, optimizer, recipe);
    }

    DataParallel(
            Collective ranks, Replicas replicas, int[] cuts, FloatSpan weights, Optimizer optimizer, String recipe) {
        Shard shard = optimizer.shard();
        Agreement.checkArguments(ranks, replicas, weights, optimizer);
        this.ranks = ranks;
        this.replicas = replicas;
        this.weights = weights;
        this.optimizer = optimizer;
        this.shards = new ShardSums(ranks, shard);
        this.whole = new ExchangePlan(replicas, cuts, shards.parameters());
        this.losses = new double[replicas.count()];
        Workers workers = optimizer.options().workers();
        this.gradients = new MicroGradients(weights.length(), workers);
        this.exchange = new GradientExchange(ranks, shards.parameters(), workers);
        this.lossTree = new SumTree((left, right) -> losses[left] += losses[right]);
        this.statistics = optimizer.options().statistics() && ranks.world() > 1
                ? (all, from, count) -> shards.gatherStatistics(all, count)
                : null;
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
                shorter = new ExchangePlan(of, of.cuts(), shards.parameters());
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
     * @param gradient the part that its rows have in the gradient of the whole batch's mean loss; it is only read, and may be
     *     overwritten afterwards
     * @param loss the part that its rows have in the mean loss
     * @throws IllegalArgumentException if this is not the next replica, or the length is not that of the weights
     */
    public void add(int replica, FloatSpan gradient, double loss) {
        checkNext(replica, replica + 1, gradient);
        losses[replica] = loss;
        long begin = System.nanoTime();
        gradients.add(replica, 1, gradient);
        times.tree += System.nanoTime() - begin;
    }

    /**
     * Adds the sum of the next micro-gradients of this rank, which are a whole {@linkplain Replicas#subtree subtree}.
     *
     * @param from the first replica
     * @param end the end of the replicas
     * @param gradient the sum of their parts, in the order of the tree. If these are all replicas of the rank, it must stay as it
     *     is until the step has been taken; otherwise it may be overwritten afterwards
     * @param losses the parts that their rows have in the mean loss, from index {@code from} on
     * @throws IllegalArgumentException if these are not the next replicas or no subtree, or the length is not that of the weights
     * @throws IndexOutOfBoundsException if {@code losses} is too short
     */
    public void add(int from, int end, FloatSpan gradient, double[] losses) {
        Objects.checkFromToIndex(from, end, losses.length);
        checkNext(from, end, gradient);
        System.arraycopy(losses, from, this.losses, from, end - from);
        long begin = System.nanoTime();
        if (from == plan.cuts[ranks.rank()] && end == plan.cuts[ranks.rank() + 1]) {
            gradients.set(from, end - from, gradient);
        } else {
            gradients.add(from, end - from, gradient);
        }
        times.tree += System.nanoTime() - begin;
    }

    private void checkNext(int from, int end, FloatSpan gradient) {
        if (plan == null || from != next || from >= end || end > plan.cuts[ranks.rank() + 1]) {
            throw new IllegalArgumentException(
                    "replica must be " + (plan == null ? "after begin" : next) + ": " + from);
        }
        if (!SumTree.isSubtree(from, end, plan.replicas.count())) {
            throw new IllegalArgumentException("replicas must be a whole subtree: from " + from + " to " + end);
        }
        if (gradient.length() != weights.length()) {
            throw new IllegalArgumentException(
                    "length of gradient must be " + weights.length() + " (length of weights): " + gradient.length());
        }
        next = end;
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
                gradient = exchange.run(plan, gradients, times);
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
                shards.gather(weights);
                times.gather += System.nanoTime() - stepped;
            }
            if (statistics != null) {
                optimizer.gatherStatistics(statistics);
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
        shards.gather(all);
        long taken = System.nanoTime() - begin;
        times.sums += taken;
        times.step -= taken;
    }

    /**
     * Copies the parameters that are to be evaluated, those of all ranks: see {@link Optimizer#copyEvaluationParameters}. All
     * ranks call it.
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
                shards.gather(all);
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

    /** {@return the parameters of all ranks, not a copy} */
    public FloatSpan weights() {
        return weights;
    }

    /** {@return the optimizer of this rank's shard} */
    public Optimizer optimizer() {
        return optimizer;
    }
}
