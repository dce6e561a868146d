package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.event.Events;
import dev.lanewise.internal.event.StepEvent;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Statistics;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;
import java.util.stream.Collectors;

/**
 * Applies update rules to a flat buffer of parameters, and keeps their state.
 *
 * {@snippet :
 * float[] parameters = new float[1_000_000];
 * float[] gradients = new float[1_000_000];
 * Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW().withLearningRate(3e-4));
 * optimizer.step(FloatSpan.of(gradients));
 * }
 *
 * <p>A step allocates nothing, and gives the same bits whatever the storage, the vector width and the threads. An optimizer
 * is used by one thread at a time; a second one that steps meanwhile is refused.
 *
 * <p>For the JDK's flight recorder each step is an event {@code dev.lanewise.Step}, with its duration, or
 * {@code dev.lanewise.SkippedStep}. Where nobody records, they cost nothing.
 *
 * <pre>
 * java -XX:StartFlightRecording:filename=run.jfr …
 * jfr summary run.jfr
 * jfr print --categories Lanewise run.jfr
 * </pre>
 *
 * A recording without the events of applied steps: {@code -XX:StartFlightRecording:filename=run.jfr,dev.lanewise.Step#enabled=false}.
 */
public final class Optimizer {
    /** A thread is worth its while for this many elements; fewer stay on the caller's. */
    private static final long GRAIN = 1 << 15;

    /** From how many elements on it matters where state lies. */
    private static final long PLACED = 1 << 12;

    private static final int CONSTANTS = 16;

    private final FloatSpan parameters;
    private final Shard shard;
    private final int firstSum;
    private final StepOptions options;
    private final Group[] groups;
    private final FusedLoop[] loops;
    private final FloatSpan[] state;
    private final StepReport report;
    private final AtomicBoolean stepping = new AtomicBoolean();
    private final IntConsumer updateRange = this::updateRange;
    private final IntConsumer sumRange = this::sumRange;

    private final SumOfSquares squares;

    /** Whether a step has to know the norms before it begins. */
    private final boolean norms;

    /** Of the squares of the gradient, a block each; for the steps that take them themselves. */
    private final double[] sums;

    /** What the pass has to do besides the rules; null where it is not wanted. */
    private final double[] numbers;

    private final FloatSpan average;
    private final FusedLoop averageLoop;
    private final float[] averageConstants;

    private StepConstants[] allConstants;

    /** What is updated in one go. */
    private Segment[] segments;

    private FloatSpan gradients;
    private Group summed;
    private double[] target;

    /** Whether the report has the norms of the gradient from before the step: of all ranks. */
    private boolean normed;

    private int ranges;
    private boolean confined;
    private double factor;
    private long steps;

    /**
     * Applies one rule to all parameters, at its own learning rate, on the caller's thread.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule) {
        this(parameters, List.of(new ParameterGroup("all", 0, parameters.length(), rule)), StepOptions.DEFAULT);
    }

    /**
     * Applies one rule to all parameters, with a learning rate that follows a schedule.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule; its own learning rate is not used
     * @param schedule the learning rate of each step
     * @param workers the threads that share a step
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule, Schedule schedule, Workers workers) {
        this(parameters, rule, schedule, StepOptions.DEFAULT.withWorkers(workers));
    }

    /**
     * Applies one rule to all parameters, with a learning rate that follows a schedule.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule; its own learning rate is not used
     * @param schedule the learning rate of each step
     * @param options what is done around the rule
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule, Schedule schedule, StepOptions options) {
        this(parameters, List.of(new ParameterGroup("all", 0, parameters.length(), rule, schedule)), options);
    }

    /**
     * Applies to each group of parameters its own rule.
     *
     * @param parameters the parameters, updated in place by each step
     * @param groups ranges of the parameters, in any order; parameters in none of them are frozen for ever
     * @param options what is done around the rules
     * @throws IllegalArgumentException if the parameters are read-only, if a group ends beyond them, or if two groups overlap
     *     or have the same name
     */
    public Optimizer(FloatSpan parameters, List<ParameterGroup> groups, StepOptions options) {
        this(parameters, new Shard(parameters.length(), groups, 0, 1), options);
    }

    /**
     * Applies their rules to the parameters of one of several processes that share a step. Its state is that of its own
     * parameters only; wherever it is asked for groups, they are what it has of them.
     *
     * @param parameters the parameters of the shard alone, updated in place by each step
     * @param shard which they are, and the groups of all
     * @param options what is done around the rules
     * @throws IllegalArgumentException if the parameters are read-only or not as many as the shard has
     */
    public Optimizer(FloatSpan parameters, Shard shard, StepOptions options) {
        if (parameters.segment().isReadOnly()) {
            throw new IllegalArgumentException("parameters must not be read-only: " + parameters);
        }
        if (parameters.length() != shard.length()) {
            throw new IllegalArgumentException("parameters must be those of rank " + shard.rank() + " of "
                    + shard.world() + ", " + shard.length() + ": " + parameters.length());
        }
        this.parameters = parameters;
        this.shard = shard;
        this.firstSum = shard.blockOffset();
        this.options = options;
        int threads = options.workers().threads();
        List<ParameterGroup> sorted = shard.groups();
        long begin = shard.from();

        Map<List<Object>, FusedLoop> loops = new LinkedHashMap<>();
        List<Group> members = new ArrayList<>();
        int numbers = 0;
        int blocks = 0;
        for (ParameterGroup group : sorted) {
            UpdateRule rule = group.rule().at(0);
            FusedLoop loop = loops.computeIfAbsent(
                    List.of(rule.getClass(), rule.options(), rule.state().size()),
                    key -> new FusedLoop(
                            kernelName(rule), rule.options(), 2 + rule.state().size(), threads, options.statistics()));
            members.add(new Group(group, begin, loop, blocks));
            Group member = members.getLast();
            member.block = block(member.to - member.from);
            member.firstNumber = numbers;
            numbers = Math.addExact(numbers, Statistics.COUNT * member.blocks());
            blocks = Math.addExact(blocks, Shard.blocks(group.length()));
        }
        this.groups = members.toArray(Group[]::new);
        share();
        this.loops = loops.values().toArray(FusedLoop[]::new);
        this.report = new StepReport(members.stream().map(group -> group.report).toList());

        this.state = new FloatSpan
                [sorted.stream().mapToInt(g -> g.rule().state().size()).max().orElse(0)];
        for (int i = 0; i < state.length; i++) {
            state[i] = allocate(i);
        }
        for (Group group : this.groups) {
            group.initialize(state);
        }

        this.norms = options.clipping().needsNorms()
                || options.nonFinitePolicy() != NonFinitePolicy.APPLY
                || sorted.stream().anyMatch(g -> g.rule().normScope() != NormScope.NONE);
        this.squares = new SumOfSquares(threads);
        this.sums = norms && shard.world() == 1 ? new double[blocks] : null;
        this.numbers = options.statistics() ? new double[numbers] : null;
        double decay = options.averageDecay();
        this.average = decay < 1 ? allocate(state.length) : null;
        this.averageLoop = decay < 1 ? new FusedLoop("Average", Set.of(), 2, threads, false) : null;
        this.averageConstants = new float[] {(float) decay, (float) (1 - decay)};
        if (average != null) {
            average.segment().copyFrom(parameters.segment());
        }
    }

    /** Groups that cannot differ share their constants, so that many of them cost little. */
    private void share() {
        Map<List<Object>, StepConstants> shared = new LinkedHashMap<>();
        for (Group group : groups) {
            ParameterGroup settings = group.settings;
            long number = group.stepConstants == null ? 0 : group.stepConstants.number;
            double runningProduct = group.stepConstants == null ? 1 : group.stepConstants.runningProduct;
            boolean norm = options.clipping().kind() == Clipping.Kind.GROUP_NORM
                    || settings.rule().normScope() == NormScope.GROUP;
            group.stepConstants = shared.computeIfAbsent(
                    List.of(
                            settings.rule(),
                            settings.schedule(),
                            settings.frozen(),
                            norm ? group : "",
                            number,
                            runningProduct),
                    key -> new StepConstants(settings, number, runningProduct));
            if (settings.frozen()) {
                group.report.forget();
            }
        }
        allConstants = shared.values().toArray(StepConstants[]::new);
        segments = segments();
    }

    /** Adjoining groups with the same constants are one, where nobody asks for numbers of each. */
    private Segment[] segments() {
        List<Segment> segments = new ArrayList<>();
        for (Group group : groups) {
            Segment last = segments.isEmpty() ? null : segments.getLast();
            boolean one = last != null
                    && !options.statistics()
                    && last.stepConstants == group.stepConstants
                    && last.to == group.from;
            long from = one ? last.from : group.from;
            if (one) {
                segments.removeLast();
            }
            if (from < group.to) {
                segments.add(new Segment(
                        from, group.to, group.loop, group.stepConstants, block(group.to - from), group.firstNumber));
            }
        }
        return segments.toArray(Segment[]::new);
    }

    /** Elements that are updated at a time; if they are gone through again, they should still be in the second-level cache. */
    private int block(long length) {
        return Statistics.blockSize(options.averageDecay() < 1 || options.zeroGradients() ? 0 : length);
    }

    private static String kernelName(UpdateRule rule) {
        return rule instanceof KernelRule own ? own.kernel() : rule.getClass().getName();
    }

    /**
     * As long as the parameters, in an array if there can be one. Large buffers lie in lines of the cache as the parameters do, and 1 KiB
     * from each other and from these modulo 4 KiB: a load whose address has the lower 12 bits of a store before waits for it.
     */
    private FloatSpan allocate(int buffer) {
        long length = parameters.length();
        long place = Storage.position(parameters, 0) + 256 * (buffer + 1);
        int start = length < PLACED ? 0 : (int) (place - Storage.HEADER) & 1023;
        return length <= Integer.MAX_VALUE - 16 - start
                ? FloatSpan.of(new float[(int) length + start], start, (int) length)
                : FloatSpan.of(Arena.ofAuto().allocate(4 * (length + place % 1024), 4096))
                        .slice(place % 1024, length);
    }

    /**
     * Updates the parameters with a gradient.
     *
     * @param gradients as many floats as there are parameters; only read, unless the options have them set to 0
     * @return what the step did; written anew by the next step
     * @throws IllegalArgumentException if the lengths differ, the buffers overlap, or the gradients are to be set to 0 and are
     *     read-only; nothing has been written then
     * @throws IllegalStateException if the memory of a buffer is closed, if a schedule gives a rate that is no rate, if more
     *     steps were skipped one after another than the options allow, or if another thread is stepping; nothing has been
     *     written then
     * @throws ArithmeticException if a gradient is not finite and the options say to throw; nothing has been written then
     * @throws WrongThreadException if a buffer belongs to another thread; nothing has been written then
     */
    public StepReport step(FloatSpan gradients) {
        return step(gradients, 1);
    }

    /**
     * Updates the parameters with a multiple of a gradient.
     *
     * @param gradients as many floats as there are parameters; only read, unless the options have them set to 0
     * @param gradientFactor what they are multiplied by: 1/n after n gradients have been added up, −1 to maximize
     * @return what the step did; written anew by the next step
     * @throws IllegalArgumentException as {@link #step(FloatSpan)}, and if the factor is not finite
     * @throws IllegalStateException as {@link #step(FloatSpan)}
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(FloatSpan gradients, double gradientFactor) {
        return step(gradients, gradientFactor, null);
    }

    /**
     * Updates the parameters of a shard with a multiple of a gradient, of which the ranks have exchanged the sums of squares.
     *
     * @param gradients as many floats as the shard has; only read, unless the options have them set to 0
     * @param gradientFactor what they are multiplied by, the same for all ranks
     * @param sums what {@link #sumSquares} wrote for these gradients, of all ranks; only read
     * @return what the step did; written anew by the next step
     * @throws IllegalArgumentException as {@link #step(FloatSpan)}, if the factor is not finite, or if the sums are not as many
     *     as {@link Shard#totalBlocks()} or one is negative; null will do where no norm is needed
     * @throws IllegalStateException as {@link #step(FloatSpan)}, and if norms are needed of several ranks without their sums
     * @throws ArithmeticException as {@link #step(FloatSpan)}
     * @throws WrongThreadException as {@link #step(FloatSpan)}
     */
    public StepReport step(FloatSpan gradients, double gradientFactor, double[] sums) {
        enter();
        try {
            begin(gradients, gradientFactor);
            checkSums(sums);
            StepEvent event = Events.step();
            for (StepConstants stepConstants : allConstants) {
                if (!stepConstants.group.frozen()) {
                    stepConstants.rule = rule(stepConstants);
                    stepConstants.learningRate = rate(stepConstants.group);
                }
            }
            LossScale lossScale = options.lossScale();
            factor = lossScale == null ? gradientFactor : gradientFactor / lossScale.scale();
            if (sums == null && norms) {
                sum(this.sums);
            }
            boolean finite = takeNorms(sums == null ? this.sums : sums);
            if (lossScale != null) {
                lossScale.update(finite);
            }
            if (finite || options.nonFinitePolicy() == NonFinitePolicy.APPLY) {
                apply();
                if (event != null) {
                    commit(event);
                }
            } else {
                skip();
            }
            return report;
        } finally {
            end(gradients);
        }
    }

    private void commit(StepEvent event) {
        event.end();
        for (Group group : groups) {
            if (!group.settings.frozen()) {
                StepReport.Group each = group.report;
                event.add(group.to - group.from, each.learningRate, each.updateNorm, each.parameterNorm);
            }
        }
        event.finish(
                steps,
                Arrays.stream(loops).map(FusedLoop::rule).distinct().collect(Collectors.joining(", ")),
                report.gradientNorm);
    }

    /**
     * Sums the squares of a gradient, a block at a time, for the norms that all ranks need to know before they step: see
     * {@link Shard}.
     *
     * @param gradients what {@link #step(FloatSpan, double, double[])} will be given
     * @param sums where to write {@link Shard#blockCount()} numbers, from the index {@link Shard#blockOffset()} on
     * @throws IllegalArgumentException if the lengths differ, or the gradients overlap parameters or state
     * @throws IllegalStateException if the memory of a buffer is closed, or if another thread is stepping
     * @throws WrongThreadException if a buffer belongs to another thread
     */
    public void sumSquares(FloatSpan gradients, double[] sums) {
        enter();
        try {
            begin(gradients, 1);
            checkSums(sums);
            sum(sums);
        } finally {
            end(gradients);
        }
    }

    private void begin(FloatSpan gradients, double gradientFactor) {
        check(gradients, gradientFactor);
        this.gradients = gradients;
        confined = Storage.isConfined(parameters) || Storage.isConfined(gradients);
    }

    private void end(FloatSpan gradients) {
        Reference.reachabilityFence(gradients);
        this.gradients = null;
        leave();
    }

    private void apply() {
        steps++;
        boolean clamp = options.clipping().kind() == Clipping.Kind.VALUE;
        for (StepConstants stepConstants : allConstants) {
            if (!stepConstants.group.frozen()) {
                stepConstants.number++;
                stepConstants.gradientFactor = clamp ? 1 : factor * stepConstants.coefficient;
                stepConstants.rule.coefficients(stepConstants, stepConstants.constants);
            }
        }
        for (FusedLoop loop : loops) {
            loop.bind(0, parameters);
            loop.bind(1, gradients);
            for (int i = 0; i < loop.buffers() - 2; i++) {
                loop.bind(2 + i, state[i]);
            }
            if (clamp) {
                loop.clampGradient((float) factor, (float) options.clipping().limit());
            }
            loop.specialize();
        }
        if (numbers != null) {
            squares.bind(gradients);
        }
        if (average != null) {
            averageLoop.bind(0, average);
            averageLoop.bind(1, parameters);
            averageLoop.specialize();
        }
        ranges = ranges(parameters.length());
        options.workers().run(ranges, updateRange);
        writeReport();
    }

    private void skip() {
        Group bad = null;
        for (Group group : groups) {
            boolean suspect = !group.settings.frozen() && !Double.isFinite(group.squares);
            group.report.nonFinite = suspect ? nonFinite(group.squares, group.from, group.to) : 0;
            bad = bad == null && suspect ? group : bad;
        }
        report.applied = false;
        report.skipped++;
        LossScale lossScale = options.lossScale();
        Events.skipped(
                steps,
                bad.report.name,
                bad.report.nonFinite,
                report.skipped,
                lossScale == null ? Double.NaN : lossScale.scale());
        if (options.nonFinitePolicy() == NonFinitePolicy.THROW) {
            throw new ArithmeticException(describe(bad));
        }
        if (report.skipped > options.skipLimit()) {
            throw new IllegalStateException(
                    "more than " + options.skipLimit() + " steps were skipped one after another: " + describe(bad));
        }
    }

    private String describe(Group bad) {
        String where = shard.world() == 1 ? "" : " in rank " + shard.rank() + " of " + shard.world();
        return "the gradient of group " + bad.report.name + " has " + bad.report.nonFinite
                + " values that are not finite" + where + ", at step " + steps;
    }

    private int ranges(long length) {
        return confined ? 1 : Math.clamp(length / GRAIN, 1, options.workers().threads());
    }

    private void updateRange(int range) {
        boolean plain = numbers == null && average == null && !options.zeroGradients();
        long from = boundary(range);
        long to = boundary(range + 1);
        for (int i = firstSegmentEndingAfter(from); i < segments.length && segments[i].from < to; i++) {
            Segment segment = segments[i];
            long start = Math.max(from, segment.from);
            long end = Math.min(to, segment.to);
            if (segment.stepConstants.group.frozen()) {
                passBy(range, start, end);
                continue;
            }
            if (plain) {
                segment.update(range, start, end);
                continue;
            }
            for (long block = start; block < end; block += segment.block) {
                updateBlock(range, segment, block, (int) Math.min(segment.block, end - block));
            }
        }
    }

    /** The average of a frozen group goes on drawing near to it, and its gradients do not pile up. */
    private void passBy(int range, long from, long to) {
        if (average != null) {
            averageLoop.run(range, from, to, averageConstants, Optimizer::updateAverage);
        }
        if (options.zeroGradients()) {
            gradients.zero(from, to - from);
        }
    }

    /** Whatever else is wanted is done to a block while it is in the cache. */
    private void updateBlock(int range, Segment segment, long from, int count) {
        segment.update(range, from, from + count);
        if (numbers != null) {
            int at = segment.firstNumber + Statistics.COUNT * (int) ((from - segment.from) / segment.block);
            segment.loop.report(range, numbers, at);
            // Clamping comes before the kernel, and a float's square may be out of range.
            if (options.clipping().kind() == Clipping.Kind.VALUE
                    || !Statistics.isExact(numbers[at + Statistics.GRADIENT_SQUARES])) {
                numbers[at + Statistics.GRADIENT_SQUARES] = squares(range, from, count);
            }
            numbers[at + Statistics.NON_FINITE] =
                    nonFinite(numbers[at + Statistics.GRADIENT_SQUARES], from, from + count);
        }
        if (average != null) {
            averageLoop.run(range, from, from + count, averageConstants, Optimizer::updateAverage);
        }
        if (options.zeroGradients()) {
            gradients.zero(from, count);
        }
    }

    /** The sum of the squares of the gradients of a block, in double. */
    private double squares(int range, long from, int count) {
        double sum = 0;
        for (int i = 0; i < count; i += SumOfSquares.BLOCK) {
            sum += squares.sum(range, from + i, Math.min(SumOfSquares.BLOCK, count - i));
        }
        return sum;
    }

    /** How many gradients of a range are NaN or infinite; the sum of their squares tells whether it is none. */
    private long nonFinite(double squares, long from, long to) {
        long count = 0;
        for (long i = from; i < to && !Double.isFinite(squares); i++) {
            count += Float.isFinite(gradients.get(i)) ? 0 : 1;
        }
        return count;
    }

    private static void updateAverage(float[][] buffers, int[] at, int count, float[] constants) {
        float[] a = buffers[0], p = buffers[1];
        for (int i = 0; i < count; i++) {
            a[at[0] + i] = a[at[0] + i] * constants[0] + p[at[1] + i] * constants[1];
        }
    }

    /** Where a range begins: at a block of a segment, so that the sums over blocks do not depend on the number of ranges. */
    private long boundary(int range) {
        long length = parameters.length();
        if (range == 0 || range == ranges) {
            return range == 0 ? 0 : length;
        }
        long position = length / ranges * range;
        int index = firstSegmentEndingAfter(position);
        if (index == segments.length || segments[index].from >= position) {
            return position;
        }
        Segment segment = segments[index];
        return position - (position - segment.from) % segment.block;
    }

    private int firstSegmentEndingAfter(long position) {
        int low = 0;
        int high = segments.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (segments[middle].to > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** Takes the norms that clipping, the rules or the check for non-finite gradients need; returns whether all are finite. */
    private boolean takeNorms(double[] sums) {
        normed = sums != null;
        if (!normed) {
            return true;
        }
        double all = 0;
        double scoped = 0;
        for (Group group : groups) {
            if (group.settings.frozen()) {
                continue;
            }
            double sum = 0;
            for (int i = 0; i < group.allBlocks; i++) {
                sum += sums[group.firstOfAll + i];
            }
            group.squares = sum;
            group.stepConstants.squares = sum;
            group.report.gradientNorm = Math.abs(factor) * Math.sqrt(sum);
            all += sum;
            scoped += group.settings.rule().normScope() == NormScope.ALL ? sum : 0;
        }
        report.gradientNorm = Math.abs(factor) * Math.sqrt(all);
        Clipping clipping = options.clipping();
        for (StepConstants stepConstants : allConstants) {
            if (clipping.needsNorms()) {
                double squares = clipping.kind() == Clipping.Kind.NORM ? all : stepConstants.squares;
                stepConstants.coefficient = clipping.coefficient(Math.abs(factor) * Math.sqrt(squares));
            }
            if (stepConstants.group.rule().normScope() == NormScope.ALL) {
                stepConstants.squares = scoped;
            }
        }
        return Double.isFinite(all);
    }

    private void sum(double[] sums) {
        squares.bind(gradients);
        target = sums;
        for (Group group : groups) {
            if (group.settings.frozen()) {
                int first = firstSum + group.firstBlock;
                Arrays.fill(sums, first, first + Shard.blocks(group.to - group.from), 0);
                continue;
            }
            summed = group;
            ranges = ranges(group.to - group.from);
            options.workers().run(ranges, sumRange);
        }
        target = null;
    }

    private void sumRange(int range) {
        int blocks = Shard.blocks(summed.to - summed.from);
        for (int i = (int) ((long) blocks * range / ranges); i < (long) blocks * (range + 1) / ranges; i++) {
            long from = summed.from + (long) i * SumOfSquares.BLOCK;
            target[firstSum + summed.firstBlock + i] =
                    squares.sum(range, from, (int) Math.min(SumOfSquares.BLOCK, summed.to - from));
        }
    }

    private void checkSums(double[] sums) {
        if (sums == null) {
            if (norms && shard.world() > 1) {
                throw new IllegalStateException("rank " + shard.rank() + " of " + shard.world()
                        + " needs the sums of all ranks for its norms: see sumSquares");
            }
            return;
        }
        if (sums.length != shard.totalBlocks()) {
            throw new IllegalArgumentException(
                    "sums must be those of all ranks, " + shard.totalBlocks() + ": " + sums.length);
        }
        for (int i = 0; i < sums.length; i++) {
            if (sums[i] < 0) {
                throw new IllegalArgumentException("sums[" + i + "] must not be negative: " + sums[i]);
            }
        }
    }

    private void writeReport() {
        report.applied = true;
        report.step = steps;
        report.skipped = 0;
        for (Group group : groups) {
            group.report.learningRate = group.stepConstants.learningRate;
        }
        if (numbers == null) {
            return;
        }
        double all = 0;
        for (Group group : groups) {
            if (group.settings.frozen()) {
                continue;
            }
            double gradient = 0;
            double update = 0;
            double before = 0;
            double largest = 0;
            long nonFinite = 0;
            for (int i = 0; i < group.blocks(); i++) {
                int at = group.firstNumber + Statistics.COUNT * i;
                gradient += numbers[at + Statistics.GRADIENT_SQUARES];
                update += numbers[at + Statistics.UPDATE_SQUARES];
                before += numbers[at + Statistics.PARAMETER_SQUARES];
                largest = Math.max(largest, numbers[at + Statistics.LARGEST_UPDATE]);
                nonFinite += (long) numbers[at + Statistics.NON_FINITE];
            }
            all += gradient;
            if (!normed) {
                group.report.gradientNorm = Math.abs(factor) * Math.sqrt(gradient);
            }
            group.report.updateNorm = Math.sqrt(update);
            group.report.parameterNorm = Math.sqrt(before);
            group.report.largestUpdate = largest;
            group.report.nonFinite = nonFinite;
        }
        if (!normed) {
            report.gradientNorm = Math.abs(factor) * Math.sqrt(all);
        }
    }

    private void check(FloatSpan gradients, double gradientFactor) {
        if (!Double.isFinite(gradientFactor)) {
            throw new IllegalArgumentException("gradientFactor must be finite: " + gradientFactor);
        }
        if (options.zeroGradients() && gradients.segment().isReadOnly()) {
            throw new IllegalArgumentException("gradients that are to be set to 0 must not be read-only");
        }
        if (gradients.length() != parameters.length()) {
            throw new IllegalArgumentException(
                    "gradients must be as long as the parameters, " + parameters.length() + ": " + gradients.length());
        }
        checkAccess("parameters", parameters);
        checkAccess("gradients", gradients);
        if (gradients.overlaps(parameters)) {
            throw new IllegalArgumentException("gradients and parameters must not overlap");
        }
        for (FloatSpan buffer : state) {
            if (gradients.overlaps(buffer)) {
                throw new IllegalArgumentException("gradients and state must not overlap");
            }
        }
        if (average != null && gradients.overlaps(average)) {
            throw new IllegalArgumentException("gradients and average must not overlap");
        }
    }

    private static void checkAccess(String name, FloatSpan span) {
        if (!span.segment().scope().isAlive()) {
            throw new IllegalStateException("the memory of the " + name + " has been closed");
        }
        if (!span.segment().isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory of the " + name + " belongs to another thread");
        }
    }

    private UpdateRule rule(StepConstants stepConstants) {
        UpdateRule rule;
        try {
            rule = stepConstants.group.rule().at(steps);
        } catch (IllegalArgumentException e) {
            throw new IllegalStateException(
                    "the rule of group " + stepConstants.group.name() + " at step " + steps + ": " + e.getMessage(), e);
        }
        if (!RuleStructure.matches(stepConstants.rule, rule)) {
            throw new IllegalStateException("the rule of group " + stepConstants.group.name() + " must stay "
                    + RuleStructure.describe(stepConstants.rule) + ": " + RuleStructure.describe(rule) + " at step "
                    + steps);
        }
        return rule;
    }

    private double rate(ParameterGroup group) {
        double rate = group.schedule().at(steps);
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException("the learning rate of group " + group.name()
                    + " must be finite and not negative: " + rate + " at step " + steps);
        }
        return rate;
    }

    /**
     * The parameters.
     *
     * @return the span given to the constructor
     */
    public FloatSpan parameters() {
        return parameters;
    }

    /**
     * The exponential moving average of the parameters: at first the parameters as they were when the optimizer was made, and
     * after each step {@code decay · average + (1 − decay) · parameters}.
     *
     * @return a view of it, as long as the parameters
     * @throws IllegalStateException if the options have no average
     */
    public FloatSpan average() {
        if (average == null) {
            throw new IllegalStateException("this optimizer keeps no average: see StepOptions.withAverageDecay");
        }
        return average;
    }

    /**
     * How many steps have been applied.
     *
     * @return 0 before the first
     */
    public long steps() {
        return steps;
    }

    /**
     * The groups as they are now.
     *
     * @return in the order of their ranges
     */
    public List<ParameterGroup> groups() {
        return Arrays.stream(groups).map(group -> group.settings).toList();
    }

    /**
     * A group as it is now.
     *
     * @param name its name; {@code all} where the optimizer was made without groups
     * @return the group
     * @throws IllegalArgumentException if there is no such group
     */
    public ParameterGroup group(String name) {
        return find(name).settings;
    }

    /**
     * Replaces groups from the next step on: by others with another schedule, or a rule with other hyperparameters, or to freeze
     * and unfreeze them. The state and the counts of steps stay. For what changes at every step there is
     * {@link UpdateRule#scheduled}.
     *
     * {@snippet :
     * float[] parameters = new float[1000];
     * Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW());
     * ParameterGroup all = optimizer.group("all");
     * optimizer.replace(all.withRule(new AdamW().withWeightDecay(0.1)));
     * }
     *
     * @param replacements groups with the names of those that they replace
     * @throws IllegalArgumentException if there is no such group, if its range is another, or if its rule is of another class or has
     *     other options or other state; nothing has been replaced then
     * @throws IllegalStateException if another thread is in a step
     */
    public void replace(ParameterGroup... replacements) {
        Map<String, ParameterGroup> byName = new HashMap<>();
        for (ParameterGroup group : replacements) {
            if (byName.put(group.name(), group) != null) {
                throw new IllegalArgumentException("two groups have the name " + group.name());
            }
        }
        enter();
        try {
            ParameterGroup[] settings = new ParameterGroup[groups.length];
            for (int i = 0; i < groups.length; i++) {
                ParameterGroup now = groups[i].settings;
                ParameterGroup next = byName.remove(now.name());
                settings[i] = next == null ? now : next;
                if (next != null) {
                    checkReplacement(now, next);
                }
            }
            if (!byName.isEmpty()) {
                throw new IllegalArgumentException(
                        "there is no group " + byName.keySet().iterator().next());
            }
            settings(settings);
        } finally {
            leave();
        }
    }

    private void checkReplacement(ParameterGroup now, ParameterGroup next) {
        if (next.from() != now.from() || next.length() != now.length()) {
            throw new IllegalArgumentException("group " + now.name() + " must stay from " + now.from() + ", length "
                    + now.length() + ": from " + next.from() + ", length " + next.length());
        }
        UpdateRule before = now.rule().at(0);
        UpdateRule rule = next.rule().at(steps);
        if (!RuleStructure.matches(before, rule)) {
            throw new IllegalArgumentException("the rule of group " + now.name() + " must stay "
                    + RuleStructure.describe(before) + ": " + RuleStructure.describe(rule));
        }
    }

    private void settings(ParameterGroup[] settings) {
        for (int i = 0; i < groups.length; i++) {
            groups[i].settings = settings[i];
        }
        share();
    }

    /**
     * Gives all groups one constant learning rate from the next step on, as a search for a rate does.
     *
     * @param rate finite and not negative
     * @throws IllegalArgumentException if it is not
     * @throws IllegalStateException if another thread is in a step
     */
    public void setLearningRate(double rate) {
        Schedule constant = new Constant(rate);
        replace(Arrays.stream(groups)
                .map(group -> group.settings.withSchedule(constant))
                .toArray(ParameterGroup[]::new));
    }

    /**
     * Copies all that a step or a replacement changes: parameters, state, average, counts, loss scale, and the groups as they are.
     * Only a {@link dev.lanewise.schedule.ReduceOnPlateau} has its own state.
     *
     * @return sets all of it back, every bit; may be run any number of times, but not in the middle of a step
     * @throws IllegalStateException if another thread is in a step, or if memory of the parameters is closed
     */
    public Runnable snapshot() {
        enter();
        try {
            List<FloatSpan> floats = new ArrayList<>(List.of(state));
            floats.add(parameters);
            if (average != null) {
                floats.add(average);
            }
            List<MemorySegment> copies = floats.stream().map(Optimizer::copy).toList();
            long steps = this.steps;
            int skipped = report.skipped;
            List<ParameterGroup> settings = groups();
            long[] numbers =
                    Arrays.stream(groups).mapToLong(g -> g.stepConstants.number).toArray();
            double[] runningProducts = Arrays.stream(groups)
                    .mapToDouble(g -> g.stepConstants.runningProduct)
                    .toArray();
            LossScale lossScale = options.lossScale();
            double scale = lossScale == null ? 1 : lossScale.scale();
            int goodSteps = lossScale == null ? 0 : lossScale.goodSteps();
            return () -> {
                enter();
                try {
                    for (int i = 0; i < copies.size(); i++) {
                        floats.get(i).segment().copyFrom(copies.get(i));
                    }
                    restore(steps, skipped, settings, numbers, runningProducts);
                    if (lossScale != null) {
                        lossScale.restore(scale, goodSteps);
                    }
                } finally {
                    leave();
                }
            };
        } finally {
            leave();
        }
    }

    /** Bytes, not floats, for the bits of a NaN; native memory, for it has no limit of 2³¹. */
    private static MemorySegment copy(FloatSpan span) {
        return Arena.ofAuto().allocate(4 * span.length()).copyFrom(span.segment());
    }

    /**
     * What the last step did.
     *
     * @return the report that {@link #step} returns; before the first step it says that none was applied
     */
    public StepReport report() {
        return report;
    }

    /**
     * A state buffer of a group.
     *
     * @param group the group's name; {@code all} where the optimizer was made without groups
     * @param name the buffer's name, such as {@code exp_avg}
     * @return a view of it, as long as the group
     * @throws IllegalArgumentException if there is no such group, or its rule has no such state; the message lists what it has
     */
    public FloatSpan state(String group, String name) {
        Group found = find(group);
        List<StateBuffer> buffers = found.settings.rule().state();
        for (int i = 0; i < buffers.size(); i++) {
            if (buffers.get(i).name().equals(name)) {
                return state[i].slice(found.from, found.to - found.from);
            }
        }
        throw new IllegalArgumentException("group " + group + " has no state " + name + ", but "
                + buffers.stream().map(StateBuffer::name).toList());
    }

    private Group find(String name) {
        for (Group group : groups) {
            if (group.report.name.equals(name)) {
                return group;
            }
        }
        throw new IllegalArgumentException("there is no group " + name);
    }

    /** Keeps other threads out until {@link #leave}. */
    void enter() {
        if (!stepping.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread is in a step of this optimizer");
        }
    }

    void leave() {
        stepping.set(false);
    }

    // What a checkpoint needs to know and to set; groups in the order of the shard's.

    StepOptions options() {
        return options;
    }

    Shard shard() {
        return shard;
    }

    /** A state buffer of all groups, as long as the parameters, by its place in {@link UpdateRule#state()}. */
    FloatSpan state(int buffer) {
        return state[buffer];
    }

    double runningProduct(int group) {
        return groups[group].stepConstants.runningProduct;
    }

    /** How many steps were applied to a group: fewer than all if it was frozen. */
    long steps(int group) {
        return groups[group].stepConstants.number;
    }

    void restore(long steps, int skipped, List<ParameterGroup> settings, long[] numbers, double[] runningProducts) {
        this.steps = steps;
        report.step = steps;
        report.skipped = skipped;
        for (int i = 0; i < groups.length; i++) {
            groups[i].stepConstants = new StepConstants(settings.get(i), numbers[i], runningProducts[i]);
        }
        settings(settings.toArray(ParameterGroup[]::new));
    }

    /** A group or several; the numbers are those of a single one. */
    private record Segment(
            long from, long to, FusedLoop loop, StepConstants stepConstants, int block, int firstNumber) {
        void update(int range, long start, long end) {
            loop.run(range, start, end, stepConstants.constants, stepConstants.definition);
        }
    }

    /** A range, of a shard what it has of it, and what updates it. */
    private final class Group {
        final long from;
        final long to;
        final FusedLoop loop;
        final StepReport.Group report;

        /** Of its own blocks among those of the rank, and of all its blocks among those of all ranks. */
        final int firstBlock;

        final int firstOfAll;
        final int allBlocks;

        /** Elements that are updated at a time, where more than the update is to be done, and where their numbers begin. */
        int block;

        int firstNumber;

        ParameterGroup settings;
        StepConstants stepConstants;
        double squares;

        Group(ParameterGroup group, long begin, FusedLoop loop, int firstOfAll) {
            long end = begin + parameters.length();
            this.from = Math.clamp(group.from(), begin, end) - begin;
            this.to = Math.clamp(group.end(), begin, end) - begin;
            this.settings = group;
            this.loop = loop;
            this.report = new StepReport.Group(group.name());
            this.firstOfAll = firstOfAll;
            this.allBlocks = Shard.blocks(group.length());
            this.firstBlock =
                    from == to ? 0 : firstOfAll + (int) ((begin + from - group.from()) / Shard.BLOCK) - firstSum;
        }

        int blocks() {
            return Math.toIntExact(Math.ceilDiv(to - from, block));
        }

        void initialize(FloatSpan[] state) {
            List<StateBuffer> buffers = settings.rule().state();
            for (int b = 0; b < buffers.size(); b++) {
                float initial = buffers.get(b).initial();
                for (long i = from; initial != 0 && i < to; i++) {
                    state[b].set(i, initial);
                }
            }
        }
    }

    /** The constants of a step for one group, or for all the groups that cannot differ. */
    private final class StepConstants implements Step {
        final ParameterGroup group;
        final FusedLoop.Definition definition = this::update;
        final float[] constants = new float[CONSTANTS];

        /** That of the step. */
        UpdateRule rule;

        double learningRate;
        double gradientFactor;
        double coefficient = 1;
        double squares;
        private long number;
        private double runningProduct;

        StepConstants(ParameterGroup group, long number, double runningProduct) {
            this.group = group;
            this.rule = group.rule().at(0);
            this.number = number;
            this.runningProduct = runningProduct;
        }

        private void update(float[][] buffers, int[] at, int count, float[] constants) {
            rule.update(buffers, at, count, constants);
        }

        @Override
        public long number() {
            return number;
        }

        @Override
        public double learningRate() {
            return learningRate;
        }

        @Override
        public double gradientFactor() {
            return gradientFactor;
        }

        @Override
        public double gradientNorm() {
            return Math.abs(gradientFactor) * Math.sqrt(squares);
        }

        @Override
        public double runningProduct() {
            return runningProduct;
        }

        @Override
        public void runningProduct(double value) {
            runningProduct = value;
        }
    }
}
