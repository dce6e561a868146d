package dev.lanewise.optim;

import dev.lanewise.internal.OneThread;
import dev.lanewise.internal.event.Events;
import dev.lanewise.internal.event.StepEvent;
import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An optimizer applies update rules to a flat buffer of parameters, and keeps their state.
 *
 * {@snippet :
 * float[] parameters = new float[1_000_000];
 * float[] gradients = new float[1_000_000];
 * Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW(3e-4));
 * optimizer.step(FloatSpan.of(gradients));
 * }
 *
 * <p>A step allocates nothing, recorded or not, unless it is skipped while it is recorded. It gives the same bits whatever the
 * storage, the vector width and the threads, where any NaN counts as any other. An optimizer is used by one thread at a time; a step
 * by a second thread meanwhile is refused, and so is a step within a step, by a schedule, a rule or an executor that it calls.
 *
 * <p>The JDK's flight recorder receives an event for each step: {@code dev.lanewise.Step}, with its duration, or
 * {@code dev.lanewise.SkippedStep}. Without a recording the cost is one flag check.
 *
 * <pre>
 * java -XX:StartFlightRecording:filename=run.jfr …
 * jfr summary run.jfr
 * jfr print --categories Lanewise run.jfr
 * </pre>
 *
 * The option {@code -XX:StartFlightRecording:filename=run.jfr,dev.lanewise.Step#enabled=false} leaves out the events of applied steps.
 */
public final class Optimizer {
    /** Where no sums of reductions are exchanged, because the step is not taken. */
    private static final SumExchange NO_EXCHANGE = (sums, from, count) -> {};

    private final FloatSpan parameters;
    private final Shard shard;
    private final StepOptions options;
    private final Groups groups;
    private final StateMemory memory;
    private final GradientNorms norms;
    private final ElementClipping clipping;
    private final ReductionPass reductions;
    private final MatrixPass matrices;
    private final StepPass pass;
    private final StepChecks checks;
    private final StepReport report;
    private final OneThread stepping = new OneThread("a step of this optimizer");

    /** The gradients of the current step. */
    private final FloatSource gradients = new FloatSource();

    private long steps;

    /** The sums of the gradient that a step with an exchange has gathered; null before there was one. */
    private double[] exchanged;

    /** The event of the last step that was recorded, for the next one; null before it. */
    private StepEvent lastEvent;

    /**
     * Makes an optimizer that applies one rule to all parameters, with the default options, on the caller's thread.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule) {
        this(parameters, rule, StepOptions.DEFAULT);
    }

    /**
     * Makes an optimizer that applies one rule to all parameters, which are one group with the name {@code all}.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule
     * @param options the options of each step
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule, StepOptions options) {
        this(parameters, List.of(new ParameterGroup("all", 0, parameters.length(), rule)), options);
    }

    /**
     * Makes an optimizer that applies a rule of its own to each group of parameters.
     *
     * @param parameters the parameters, updated in place by each step
     * @param groups ranges of the parameters, in any order; parameters in none of them never change
     * @param options the options of each step
     * @throws IllegalArgumentException if the parameters are read-only, if a group ends beyond them, if two groups overlap
     *     or have the same name, or if a rule {@linkplain UpdateRule#needsMatrix() needs a matrix} and its group is none
     */
    public Optimizer(FloatSpan parameters, List<ParameterGroup> groups, StepOptions options) {
        this(parameters, new Shard(parameters.length(), groups, 0, 1), options);
    }

    /**
     * Makes the optimizer of one rank, that is one of several processes that share a step. It keeps state for the parameters of the
     * shard only, and {@link #state(String, String)} returns the part of a group that is in the shard.
     *
     * @param parameters the parameters of the shard alone, updated in place by each step
     * @param shard the range of these parameters, and the groups of all ranks
     * @param options the options of each step
     * @throws IllegalArgumentException if the parameters are read-only or not as many as the shard has
     */
    public Optimizer(FloatSpan parameters, Shard shard, StepOptions options) {
        StepChecks.checkParameters(parameters, shard);
        this.parameters = parameters;
        this.shard = shard;
        this.options = options;
        this.groups = new Groups(shard, options);
        this.memory = new StateMemory(parameters, shard.from(), groups.states, options);
        this.norms = new GradientNorms(groups.states, shard, options);
        this.clipping = new ElementClipping(parameters, groups.states, shard, options);
        this.reductions = new ReductionPass(parameters, memory, groups.states, shard, options);
        this.matrices = new MatrixPass(groups.states, options.workers());
        this.pass = new StepPass(parameters, memory, groups.states, norms, options);
        this.checks = new StepChecks(parameters, memory, shard, options, norms.needed(), reductions.hasSums());
        this.report = groups.report();
    }

    /**
     * Updates the parameters with a gradient.
     *
     * @param gradients one float for each parameter; they are only read, unless the options zero them
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException if the lengths differ, the buffers overlap, or the gradients are read-only and the options
     *     zero them; nothing has been written then
     * @throws IllegalStateException if the memory of a buffer is closed, if the learning rate of the step is
     *     negative, infinite as a float or NaN, or its product with the weight decay is not below 1, if a coefficient of a rule
     *     is not finite although the gradient is, if more
     *     steps were skipped one after another than the options allow, or if another thread is stepping, or this one is, in a
     *     callback; nothing has been written then, unless a rule of the application's own closed the memory in its
     *     {@link UpdateRule#update}
     * @throws ArithmeticException if a gradient is not finite and the policy is {@link NonFinitePolicy#THROW}; nothing has been
     *     written then
     * @throws WrongThreadException if a buffer belongs to another thread; nothing has been written then
     * @throws InternalError if a part of a mapped file is missing; the step has been applied in part then
     */
    public StepReport step(FloatSpan gradients) {
        return step(gradients, 1);
    }

    /**
     * Updates the parameters with a multiple of a gradient.
     *
     * @param gradients one float for each parameter; they are only read, unless the options zero them
     * @param gradientFactor the factor of the gradient: 1/n after n gradients have been added up, −1 to maximize
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(FloatSpan)}, and if the factor is not finite as a float
     * @throws IllegalStateException as {@link #step(FloatSpan)}
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(FloatSpan gradients, double gradientFactor) {
        return step(gradients, null, gradientFactor, null, null);
    }

    /**
     * Updates the parameters with a gradient in bf16. The step has the bits that it has with the same numbers as floats. Beyond the caches
     * it is faster, because the gradient is half as large; a {@code short[]} and native memory are read directly, as for floats.
     *
     * @param gradients one number for each parameter; they are only read, unless the options zero them
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(FloatSpan)}
     * @throws IllegalStateException as {@link #step(FloatSpan)}
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(Bf16Span gradients) {
        return step(gradients, 1);
    }

    /**
     * Updates the parameters with a multiple of a gradient in bf16, as {@link #step(FloatSpan, double)}.
     *
     * @param gradients one number for each parameter; they are only read, unless the options zero them
     * @param gradientFactor the factor of the gradient
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(FloatSpan, double)}
     * @throws IllegalStateException as {@link #step(FloatSpan)}
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(Bf16Span gradients, double gradientFactor) {
        return step(null, gradients, gradientFactor, null, null);
    }

    /**
     * Updates the parameters of a shard with a multiple of a gradient, after the ranks have exchanged the sums of its squares.
     *
     * @param gradients one float for each parameter of the shard; they are only read, unless the options zero them
     * @param gradientFactor the factor of the gradient, the same for all ranks
     * @param blockSums the sums that {@link #sumSquares} wrote for these gradients, of all ranks; they are only read, and may be
     *     null where no norm is needed
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(FloatSpan)}, if the factor is not finite as a float, or if the length of
     *     {@code blockSums} is not {@link Shard#totalBlocks()} or a sum is negative
     * @throws IllegalStateException as {@link #step(FloatSpan)}, if norms over several ranks are needed and the sums are null, and if a
     *     rule has {@linkplain UpdateRule#reductions() reductions} and there are several ranks
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(FloatSpan gradients, double gradientFactor, double[] blockSums) {
        return step(gradients, null, gradientFactor, blockSums, null);
    }

    /**
     * Updates the parameters of a shard with a multiple of a gradient, and exchanges the sums that the step needs.
     *
     * @param gradients one float for each parameter of the shard; they are only read, unless the options zero them
     * @param gradientFactor the factor of the gradient, the same for all ranks
     * @param exchange gathers the sums of all ranks: those of the gradient, if a norm is needed, then those of rules with
     *     {@linkplain UpdateRule#reductions() reductions}. If the second call throws, the step has changed the state and not the
     *     parameters; a {@link #snapshot()} restores it
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(FloatSpan)}, and if the factor is not finite
     * @throws IllegalStateException as {@link #step(FloatSpan)}
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(FloatSpan gradients, double gradientFactor, SumExchange exchange) {
        return step(gradients, null, gradientFactor, exchange);
    }

    /**
     * Updates the parameters of a shard with a multiple of a gradient in bf16, as {@link #step(FloatSpan, double, SumExchange)}.
     *
     * @param gradients one number for each parameter of the shard; they are only read, unless the options zero them
     * @param gradientFactor the factor of the gradient, the same for all ranks
     * @param exchange gathers the sums of all ranks
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(FloatSpan, double)}
     * @throws IllegalStateException as {@link #step(FloatSpan)}
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(Bf16Span gradients, double gradientFactor, SumExchange exchange) {
        return step(null, gradients, gradientFactor, exchange);
    }

    private StepReport step(FloatSpan floats, Bf16Span halves, double gradientFactor, SumExchange exchange) {
        Objects.requireNonNull(exchange, "exchange");
        enter();
        try {
            double[] blockSums = null;
            if (norms.needed()) {
                blockSums = exchanged = exchanged == null ? new double[shard.totalBlocks()] : exchanged;
                Arrays.fill(blockSums, 0);
                sum(floats, halves, blockSums);
                exchange.gather(blockSums, shard.blockOffset(), shard.blockCount());
            }
            return take(floats, halves, gradientFactor, blockSums, exchange);
        } finally {
            leave();
        }
    }

    private StepReport step(
            FloatSpan floats, Bf16Span halves, double gradientFactor, double[] blockSums, SumExchange exchange) {
        enter();
        try {
            return take(floats, halves, gradientFactor, blockSums, exchange);
        } finally {
            leave();
        }
    }

    /** Takes a step with gradients that are floats or, if those are null, bf16. */
    private StepReport take(
            FloatSpan floats, Bf16Span halves, double gradientFactor, double[] blockSums, SumExchange exchange) {
        try {
            setGradients(floats, halves);
            checks.check(gradients, gradientFactor, blockSums, exchange);
            StepEvent event = Events.step(lastEvent);
            for (StepConstants each : groups.constants()) {
                each.prepare(steps);
            }
            LossScale lossScale = options.lossScale();
            double factor = lossScale == null ? gradientFactor : StepChecks.divide(gradientFactor, lossScale);
            checks.checkAccess(gradients);
            boolean finite = norms.take(gradients, blockSums, factor, groups.constants(), report);
            if (finite || options.nonFinitePolicy() == NonFinitePolicy.APPLY) {
                apply(factor, finite, exchange);
                if (event != null) {
                    commit(event);
                }
            } else {
                skip();
            }
            options.workers().lap();
            return report;
        } finally {
            Reference.reachabilityFence(floats);
            Reference.reachabilityFence(halves);
            gradients.clear();
        }
    }

    private void setGradients(FloatSpan floats, Bf16Span halves) {
        if (halves == null) {
            gradients.set(Objects.requireNonNull(floats, "gradients"));
        } else {
            gradients.set(halves);
        }
    }

    /** Applies the step. All code of the application's runs before the parameters change, but for rules of its own. */
    private void apply(double factor, boolean finite, SumExchange exchange) {
        for (StepConstants each : groups.constants()) {
            each.compute(clipping.multiplies() ? 1 : factor, finite);
        }
        checks.checkAccess(gradients);
        GradientEdit edit = clipping.prepare(gradients, factor);
        memory.beginStep(steps + 1);
        for (GroupState each : groups.states) {
            if (each.copiesParameters && each.constants.steps() == 0 && !each.settings.frozen()) {
                memory.copyParameters(each);
            }
        }
        if (reductions.needed()) {
            reductions.run(gradients, edit);
            if (exchange != null && reductions.hasSums()) {
                reductions.gather(exchange);
            }
            reductions.complete(groups.constants());
            matrices.run();
            checks.checkAccess(gradients);
        }
        steps++;
        for (StepConstants each : groups.constants()) {
            each.apply();
        }
        if (options.lossScale() != null) {
            options.lossScale().update(true);
        }
        pass.run(groups.segments(), gradients, edit);
        report.apply(steps);
        groups.reportRates();
        pass.writeTo(report, factor);
    }

    private void skip() {
        StepReport.Group bad = norms.countNonFinite(gradients).report;
        report.skip();
        LossScale lossScale = options.lossScale();
        if (lossScale != null) {
            lossScale.update(false);
        }
        double scale = lossScale == null ? Double.NaN : lossScale.scale();
        Events.skipped(steps, bad.name, bad.nonFinite, report.skipped, scale);
        checks.checkSkipped(bad, report.skipped, steps);
    }

    private void commit(StepEvent event) {
        lastEvent = event;
        event.end();
        groups.addTo(event);
        event.finish(steps, pass.rules(), report.gradientNorm);
    }

    /**
     * Sums the squares of a gradient, a block at a time, for the norms over all ranks that a step needs: see
     * {@link Shard}.
     *
     * @param gradients the gradients that {@link #step(FloatSpan, double, double[])} will apply
     * @param blockSums receives {@link Shard#blockCount()} sums, from the index {@link Shard#blockOffset()} on
     * @throws IllegalArgumentException if the lengths differ, or the gradients overlap parameters or state
     * @throws IllegalStateException if the memory of a buffer is closed, or if another thread is stepping
     * @throws WrongThreadException if a buffer belongs to another thread
     */
    public void sumSquares(FloatSpan gradients, double[] blockSums) {
        enter();
        try {
            sum(gradients, null, blockSums);
        } finally {
            leave();
        }
    }

    private void sum(FloatSpan floats, Bf16Span halves, double[] blockSums) {
        try {
            setGradients(floats, halves);
            checks.check(gradients, 1, blockSums, NO_EXCHANGE);
            norms.sum(gradients, blockSums);
        } finally {
            Reference.reachabilityFence(floats);
            Reference.reachabilityFence(halves);
            gradients.clear();
        }
    }

    /**
     * Combines the statistics of all ranks in the report of the last step, which has those of this rank's own range before:
     * norms, the largest updates and counts. All ranks call it once after a step, or none.
     *
     * @param exchange gathers the statistics; the length of its array is the same for each rank
     * @throws IllegalStateException if the options have no statistics, if those of the step have been gathered before, or if a step is
     *     running
     */
    public void gatherStatistics(SumExchange exchange) {
        if (!options.statistics()) {
            throw new IllegalStateException("statistics must be among the options: " + options);
        }
        enter();
        try {
            report.gather(shard, norms.needed(), exchange);
        } finally {
            leave();
        }
    }

    /** {@return the parameters: the span given to the constructor} */
    public FloatSpan parameters() {
        return parameters;
    }

    /**
     * Returns the exponential moving average of the parameters. It begins as a copy of them when the optimizer is made, and becomes
     * {@code decay · average + (1 − decay) · parameters} after each step.
     *
     * @return a view of the average, as long as the parameters
     * @throws IllegalStateException if the options have no average
     */
    public FloatSpan average() {
        if (memory.average() == null) {
            throw new IllegalStateException("averageDecay must be below 1 for an average: " + options.averageDecay());
        }
        return memory.average();
    }

    /**
     * Returns the parameters rounded to the nearest bf16, as {@link Bf16Span#copyFrom(FloatSpan)} rounds them, for inference or
     * the next forward pass. The copy is made with the optimizer; each step that is applied writes it while the parameters are in
     * the cache, and so do a checkpoint that is loaded and a snapshot that is restored. If parameters change by other means,
     * their copy changes at the next step, unless they are in no group.
     *
     * <p>With it the parameters themselves are what other libraries name the master weights: a network computes with the copy,
     * and the updates, most of which are less than half a unit in the last place of the copy, add up in the floats. It takes 2
     * bytes a parameter. Parameters in bf16 with a compensation in bf16 (Kahan) would take 4 bytes instead of the 6 of floats and
     * copy, and a step would move 8 instead of 10, with 16 bits of precision instead of 24; they are not offered.
     *
     * @return the copy, as long as the parameters, in a {@code short[]} if its length permits; it must only be read
     * @throws IllegalStateException if the options have no copy
     */
    public Bf16Span bf16Copy() {
        if (memory.copy() == null) {
            throw new IllegalStateException("bf16Copy must be among the options: " + options);
        }
        return memory.copy();
    }

    /**
     * Copies the parameters that are to be evaluated. Where a rule keeps an
     * {@linkplain UpdateRule#evaluation() average of its own}, such as Schedule-Free, that is the average, otherwise that of the
     * options, otherwise the parameters themselves. The parameters that are trained stay as they are.
     *
     * @param target receives them, and is as long as the parameters
     * @throws IllegalArgumentException if the length differs, or if the target is read-only or overlaps the parameters or the state
     * @throws IllegalStateException if another thread is in a step, or if memory is closed
     */
    public void copyEvaluationParameters(FloatSpan target) {
        enter();
        try {
            checks.checkTarget(target);
            target.copyFrom(memory.average() == null ? parameters : memory.average());
            for (GroupState each : groups.states) {
                EvaluationWeights weights = each.constants.rule().evaluation();
                if (weights != null && each.constants.steps() > 0) {
                    memory.interpolate(each, weights, target);
                }
            }
        } finally {
            leave();
        }
    }

    /** {@return the options of each step} */
    public StepOptions options() {
        return options;
    }

    /** {@return the range of the parameters, and the groups of all ranks} With one rank it is the range of all parameters. */
    public Shard shard() {
        return shard;
    }

    /** {@return the number of applied steps} */
    public long steps() {
        return steps;
    }

    /** {@return the groups as they are now, in the order of their ranges} */
    public List<ParameterGroup> groups() {
        return groups.settings();
    }

    /**
     * Returns a group as it is now.
     *
     * @param name its name, which is {@code all} where the optimizer was made without groups
     * @return the group
     * @throws IllegalArgumentException if there is no such group
     */
    public ParameterGroup group(String name) {
        return groups.find(name).settings;
    }

    /**
     * Replaces groups from the next step on, to change hyperparameters of their rules or to freeze and unfreeze them. The state and
     * the counts of steps stay the same. Hyperparameters that change at every step are better {@linkplain UpdateRule#scheduled
     * scheduled}.
     *
     * {@snippet :
     * float[] parameters = new float[1000];
     * Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW());
     * ParameterGroup all = optimizer.group("all");
     * optimizer.replace(all.withRule(new AdamW().withWeightDecay(0.1)));
     * }
     *
     * @param replacements the new groups, with the names of those that they replace
     * @throws IllegalArgumentException if there is no such group, if its range is another, or if its rule is of another class or has
     *     other options or other state; nothing has been replaced then
     * @throws IllegalStateException if another thread is in a step
     */
    public void replace(ParameterGroup... replacements) {
        enter();
        try {
            groups.replace(replacements, steps);
        } finally {
            leave();
        }
    }

    /**
     * Gives the rules of all groups one constant learning rate from the next step on, as a search for a rate does.
     *
     * @param rate finite and not negative
     * @throws IllegalArgumentException if it is not, or if it is too large for the weight decay of a rule
     * @throws IllegalStateException if another thread is in a step
     */
    public void setLearningRate(double rate) {
        Schedule constant = new Constant(rate);
        enter();
        try {
            groups.replace(
                    groups().stream()
                            .map(group -> group.withRule(group.rule().withLearningRate(constant)))
                            .toArray(ParameterGroup[]::new),
                    steps);
        } finally {
            leave();
        }
    }

    /**
     * Copies everything that a step or a replacement changes.
     *
     * @return the copy, which can restore all of it
     * @throws IllegalStateException if a step is running, or if the memory of the parameters is closed
     * @throws WrongThreadException if the memory of the parameters belongs to another thread
     */
    public OptimizerSnapshot snapshot() {
        enter();
        try {
            StepChecks.checkAccess("parameters", parameters);
            return new OptimizerSnapshot(this, memory.written());
        } finally {
            leave();
        }
    }

    /** {@return the report of the last step, which {@link #step} returned; before the first step {@code applied()} is false} */
    public StepReport report() {
        return report;
    }

    /**
     * Returns a state buffer of a group.
     *
     * @param group the group's name, which is {@code all} where the optimizer was made without groups
     * @param name the buffer's name, such as {@code exp_avg}
     * @return a view of the buffer, as long as the group, or as its rows or columns: see {@link StateBuffer.Extent}; a read-only
     *     copy where the buffer is not stored in floats
     * @throws IllegalArgumentException if there is no such group, or if its rule has no such state; the message lists the names
     * @throws IllegalStateException if a copy is to be made while a step is running
     */
    public FloatSpan state(String group, String name) {
        GroupState found = groups.find(group);
        if (found.type == StateType.F32) {
            return memory.view(found, name);
        }
        enter();
        try {
            return memory.view(found, name);
        } finally {
            leave();
        }
    }

    /** Keeps other threads out until {@link #leave}, and this thread's callbacks. */
    void enter() {
        stepping.enter();
    }

    void leave() {
        stepping.leave();
    }

    // Checkpoints and snapshots use the methods below; groups are in the order of the shard's.

    /** {@return whether some state is rounded} */
    boolean roundsState() {
        return Arrays.stream(groups.states).anyMatch(group -> group.type != StateType.F32);
    }

    /** {@return the state of a group} */
    GroupState group(int index) {
        return groups.states[index];
    }

    /** {@return a copy of the numbers of {@link UpdateRule#scalars()} of a group} */
    double[] scalars(int group) {
        return groups.states[group].constants.scalars();
    }

    /** {@return the number of steps applied to a group, which is less than {@link #steps()} if it was frozen} */
    long steps(int group) {
        return groups.states[group].constants.steps();
    }

    void restore(long steps, int skipped, List<ParameterGroup> settings, long[] groupSteps, double[][] scalars) {
        this.steps = steps;
        report.step = steps;
        report.skipped = skipped;
        groups.restore(settings, groupSteps, scalars);
        memory.updateCopy();
    }
}
