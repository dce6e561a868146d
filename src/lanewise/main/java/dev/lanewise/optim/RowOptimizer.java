package dev.lanewise.optim;

import dev.lanewise.internal.OneThread;
import dev.lanewise.internal.event.Events;
import dev.lanewise.internal.event.StepEvent;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongFunction;

/**
 * A row optimizer applies an update rule to the rows of an embedding table for which a step has a gradient. The other rows, and
 * their state, rest. A step takes time in proportion to the rows that it touches, whatever the length of the table.
 *
 * {@snippet :
 * int columns = 32;
 * float[] table = new float[1_000_000 * columns];
 * RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(table), columns, new RowWiseAdagrad(0.05));
 * int[] rows = {17, 4, 17};
 * float[] gradients = new float[rows.length * columns];
 * optimizer.step(rows, FloatSpan.of(gradients));
 * }
 *
 * <p>The rows of a step are in any order, and may repeat. The gradients of a row are added up in float, in the order in which the step has
 * them; the order of the rows does not matter otherwise.
 *
 * <p>Rules: {@link SparseAdam}, {@link Adagrad}, {@link RowWiseAdagrad}, {@link Ftrl} and {@link Sgd} are those of the libraries
 * for embeddings. Any other rule whose state has one float for each parameter runs too: an absent row keeps its momentum as it
 * is, and weight decay reaches the rows of a step only. t counts the steps, whichever rows they touched.
 *
 * <p>The table is an array, native memory or a mapped file, and may have more than 2³¹ floats; it has less than 2³¹ rows.
 * State is allocated with the optimizer: in arrays where they can hold it, otherwise in native memory, or by the caller.
 *
 * <p>A step allocates nothing once it has had its largest number of rows, and gives the same bits whatever the storage, the vector width
 * and the threads: those of the same rule on the touched rows alone. A row optimizer is used by one thread at a time; a step by a
 * second thread meanwhile is refused. The JDK's flight recorder receives the events of an {@link Optimizer}.
 *
 * <p>{@link StepOptions}: clipping by norm takes the norm of the gradient of the touched rows, after repeats are added up, and so does
 * the check for gradients that are not finite. Statistics, zeroing, a loss scale and an average of the parameters are refused.
 *
 * <p>A {@link RowCheckpoint} saves the table and the optimizer.
 */
public final class RowOptimizer {
    private static final String NAME = "table";

    private final FloatSpan table;
    private final int columns;
    private final StepOptions options;
    private final FloatSpan[] state;
    private final RowOrder order = new RowOrder();
    private final RowPass pass;
    private final StepReport report;
    private final StepReport.Group group;
    private final boolean normNeeded;
    private final OneThread stepping = new OneThread("a step of this optimizer");
    private StepConstants constants;
    private long steps;

    /** The event of the last step that was recorded, for the next one; null before it. */
    private StepEvent lastEvent;

    /**
     * Makes a row optimizer with the default options, on the caller's thread.
     *
     * @param table the rows one after another, updated in place by each step
     * @param columns the number of floats of a row
     * @param rule the rule
     * @throws IllegalArgumentException as {@link #RowOptimizer(FloatSpan, int, UpdateRule, StepOptions)}
     */
    public RowOptimizer(FloatSpan table, int columns, UpdateRule rule) {
        this(table, columns, rule, StepOptions.DEFAULT);
    }

    /**
     * Makes a row optimizer.
     *
     * @param table the rows one after another, updated in place by each step
     * @param columns the number of floats of a row, at least 1
     * @param rule the rule
     * @param options the threads, the clipping and the policy for gradients that are not finite
     * @throws IllegalArgumentException if the table is read-only, if its length is no multiple of {@code columns}, if it has 2³¹
     *     rows or more, or if the options have statistics, zeroing, a loss scale or an average
     */
    public RowOptimizer(FloatSpan table, int columns, UpdateRule rule, StepOptions options) {
        this(NAME, table, columns, rule, options);
    }

    /**
     * Makes a row optimizer with a name, which messages and checkpoints have.
     *
     * @param name the name of the table, such as {@code user_embedding.weight}
     * @param table the rows one after another, updated in place by each step
     * @param columns the number of floats of a row, at least 1
     * @param rule the rule
     * @param options the threads, the clipping and the policy for gradients that are not finite
     * @throws IllegalArgumentException as {@link #RowOptimizer(FloatSpan, int, UpdateRule, StepOptions)}
     */
    public RowOptimizer(String name, FloatSpan table, int columns, UpdateRule rule, StepOptions options) {
        this(name, table, columns, rule, options, RowOptimizer::allocate);
    }

    /**
     * Makes a row optimizer whose state is in memory of the caller's, such as files that are mapped as the table is.
     *
     * @param name the name of the table, such as {@code user_embedding.weight}
     * @param table the rows one after another, updated in place by each step
     * @param columns the number of floats of a row, at least 1
     * @param rule the rule
     * @param options the threads, the clipping and the policy for gradients that are not finite
     * @param allocator makes the memory of a state buffer with a number of floats, which must be 0 as those of a new file are; it is called
     *     once for each buffer, in the order of the rule's state
     * @throws IllegalArgumentException as {@link #RowOptimizer(FloatSpan, int, UpdateRule, StepOptions)}, and if memory for state
     *     has another length, is read-only, or overlaps the table or other state
     */
    public RowOptimizer(
            String name,
            FloatSpan table,
            int columns,
            UpdateRule rule,
            StepOptions options,
            LongFunction<FloatSpan> allocator) {
        RowChecks.checkTable(table, columns, options);
        RowChecks.checkOptions(options);
        UpdateRule first = rule.at(0);
        RowChecks.checkRule(first, options);
        this.table = table;
        this.columns = columns;
        this.options = options;
        this.constants = new StepConstants(
                new ParameterGroup(name, 0, table.length(), rule), 0, StepConstants.initialScalars(first));
        this.state = new FloatSpan[first.state().size()];
        for (int i = 0; i < state.length; i++) {
            long length = first instanceof RowRule ? rows() : table.length();
            state[i] = allocator.apply(length);
            RowChecks.checkState(first.state().get(i).name(), state, i, length, table);
        }
        for (int i = 0; i < state.length; i++) {
            fill(state[i], first.state().get(i).initial());
        }
        this.pass = new RowPass(table, columns, first, state, order, options);
        this.group = new StepReport.Group(name);
        this.report = new StepReport(List.of(group));
        this.normNeeded = options.clipping().needsNorms()
                || options.nonFinitePolicy() != NonFinitePolicy.APPLY
                || first.normScope() != NormScope.NONE;
    }

    /** Allocates state. In an array its first element has an offset, by which the rows of a large one begin at cache lines. */
    private static FloatSpan allocate(long length) {
        int start = 64 / Float.BYTES - Storage.HEADER;
        return length <= Integer.MAX_VALUE - 16 - start
                ? FloatSpan.of(new float[start + (int) length], start, (int) length)
                : FloatSpan.of(Arena.ofAuto().allocate(Float.BYTES * length, 4096));
    }

    private static void fill(FloatSpan span, float value) {
        float[] values = new float[1 << 12];
        Arrays.fill(values, value);
        for (long i = 0; value != 0 && i < span.length(); i += values.length) {
            span.copyFrom(values, 0, i, (int) Math.min(values.length, span.length() - i));
        }
    }

    /**
     * Updates rows with their gradients.
     *
     * @param rows the numbers of rows, from 0, in any order and with repeats
     * @param gradients the gradient of each of them, one row after another: {@code rows.length × columns} floats, which are only read
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException if a number is no row of the table, if the length of the gradients is another, or if they overlap
     *     the table or its state; nothing has been written then
     * @throws IllegalStateException if the memory of the table or the gradients is closed, if the learning rate of the step is
     *     negative, infinite or NaN, or its product with the weight decay is not below 1, if more steps were skipped one after
     *     another than the options allow, or if another thread is stepping; nothing has been written then
     * @throws ArithmeticException if a gradient is not finite and the policy is {@link NonFinitePolicy#THROW}; nothing has been
     *     written then
     * @throws WrongThreadException if memory belongs to another thread; nothing has been written then
     */
    public StepReport step(int[] rows, FloatSpan gradients) {
        return step(rows, rows.length, gradients, 1);
    }

    /**
     * Updates some rows of a list with a multiple of their gradients. A list and gradients that are reused need not be of the length of a
     * step.
     *
     * @param rows the numbers of rows, from 0, in any order and with repeats
     * @param count the number of entries of {@code rows} that the step has, from the first on
     * @param gradients the gradient of each of them, one row after another; at least {@code count × columns} floats, which are only read.
     *     If {@code count} is {@code rows.length}, there are no more floats
     * @param gradientFactor the factor of the gradient, such as 1/n for the mean over a batch, or −1 to maximize
     * @return the report of the step, which the next step overwrites
     * @throws IllegalArgumentException as {@link #step(int[], FloatSpan)}, and if the factor is not finite
     * @throws IllegalStateException as {@link #step(int[], FloatSpan)}
     * @throws ArithmeticException as {@link #step(int[], FloatSpan)}
     * @throws WrongThreadException as {@link #step(int[], FloatSpan)}
     */
    public StepReport step(int[] rows, int count, FloatSpan gradients, double gradientFactor) {
        enter();
        try {
            RowChecks.check(this, rows, count, gradients, gradientFactor);
            StepEvent event = Events.step(lastEvent);
            constants.prepare(steps);
            order.sort(rows, count, rows());
            if (takeNorm(gradients, gradientFactor)) {
                apply(gradients, gradientFactor, Double.isFinite(constants.sumOfSquares), event);
            } else {
                skip(gradients);
            }
            options.workers().lap();
            return report;
        } finally {
            Reference.reachabilityFence(gradients);
            leave();
        }
    }

    /** {@return whether the step is to be applied} */
    private boolean takeNorm(FloatSpan gradients, double factor) {
        if (!normNeeded) {
            return true;
        }
        double sum = pass.gradients().sumSquares(gradients), norm = Math.abs(factor) * Math.sqrt(sum);
        constants.sumOfSquares = sum;
        group.gradientNorm = report.gradientNorm = norm;
        if (options.clipping().needsNorms()) {
            constants.clipCoefficient = options.clipping().coefficient(norm);
        }
        return Double.isFinite(sum) || options.nonFinitePolicy() == NonFinitePolicy.APPLY;
    }

    private void apply(FloatSpan gradients, double factor, boolean finite, StepEvent event) {
        constants.compute(pass.clamps() ? 1 : factor, finite);
        RowChecks.checkAccess(this, gradients);
        steps++;
        constants.apply();
        pass.update(gradients, constants, factor);
        report.apply(steps);
        group.learningRate = constants.learningRate();
        group.effectiveLearningRate = constants.effectiveLearningRate();
        group.nonFinite = 0;
        if (event != null) {
            lastEvent = event;
            event.end();
            event.add((long) order.rows() * columns, group.learningRate, Double.NaN, Double.NaN);
            event.finish(steps, rule().at(0).getClass().getSimpleName(), report.gradientNorm);
        }
    }

    private void skip(FloatSpan gradients) {
        group.nonFinite = pass.gradients().countNonFinite(gradients);
        report.skip();
        Events.skipped(steps, group.name, group.nonFinite, report.skipped, Double.NaN);
        StepChecks.checkSkipped(options, group.name, group.nonFinite, "", report.skipped, steps);
    }

    /** {@return the table: the span given to the constructor} */
    public FloatSpan table() {
        return table;
    }

    /** {@return the number of rows of the table} */
    public int rows() {
        return (int) (table.length() / columns);
    }

    /** {@return the number of floats of a row} */
    public int columns() {
        return columns;
    }

    /** {@return the name of the table, which is {@code table} by default} */
    public String name() {
        return group.name;
    }

    /** {@return the number of applied steps} */
    public long steps() {
        return steps;
    }

    /** {@return the rule as it is now} */
    public UpdateRule rule() {
        return constants.settings.rule();
    }

    /**
     * Replaces the rule from the next step on, to change its hyperparameters. The state and the count of steps stay the same.
     *
     * @param rule a rule of the same class, with the same options and state
     * @throws IllegalArgumentException if the rule is another; nothing has been replaced then
     * @throws IllegalStateException if another thread is in a step
     */
    public void replace(UpdateRule rule) {
        enter();
        try {
            RowChecks.checkReplacement(constants.settings, rule, steps);
            constants = new StepConstants(constants.settings.withRule(rule), constants.steps(), constants.scalars());
        } finally {
            leave();
        }
    }

    /** {@return the report of the last step, which {@link #step} returned; before the first step {@code applied()} is false} */
    public StepReport report() {
        return report;
    }

    /**
     * Returns a state buffer.
     *
     * @param name the buffer's name, such as {@code exp_avg}
     * @return a view of the buffer: as long as the table, or one float for each row with {@link RowWiseAdagrad}
     * @throws IllegalArgumentException if the rule has no such state; the message lists the names
     */
    public FloatSpan state(String name) {
        List<String> names =
                rule().at(0).state().stream().map(StateBuffer::name).toList();
        if (!names.contains(name)) {
            throw new IllegalArgumentException("state of " + name() + " must be one of " + names + ": " + name);
        }
        return state[names.indexOf(name)];
    }

    void enter() {
        stepping.enter();
    }

    void leave() {
        stepping.leave();
    }

    // Checks and checkpoints use the methods below.

    FloatSpan[] state() {
        return state;
    }

    StepConstants constants() {
        return constants;
    }

    void restore(long steps, int skipped, UpdateRule rule, long number, double[] scalars) {
        this.steps = steps;
        report.step = steps;
        report.skipped = skipped;
        constants = new StepConstants(constants.settings.withRule(rule), number, scalars);
    }
}
