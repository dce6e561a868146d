package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

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
 */
public final class Optimizer {
    /** A thread is worth its while for this many elements; fewer stay on the caller's. */
    private static final long GRAIN = 1 << 15;

    private static final int CONSTANTS = 16;

    private final FloatSpan parameters;
    private final Workers workers;
    private final Group[] groups;
    private final Fold[] folds;
    private final FusedLoop[] loops;
    private final FloatSpan[] state;
    private final AtomicBoolean stepping = new AtomicBoolean();
    private final IntConsumer updateRange = this::updateRange;
    private final IntConsumer sumRange = this::sumRange;
    private final boolean takesNorms;
    private final SumOfSquares squares;
    private final double[] sums;
    private Group summed;
    private int ranges;
    private boolean confined;
    private long steps;

    /**
     * Applies one rule to all parameters, at its own learning rate, on the caller's thread.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule) {
        this(parameters, rule, new Constant(rule.learningRate()), Workers.caller());
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
        this(parameters, List.of(new ParameterGroup("all", 0, parameters.length(), rule, schedule)), workers);
    }

    /**
     * Applies to each group of parameters its own rule.
     *
     * @param parameters the parameters, updated in place by each step
     * @param groups ranges of the parameters, in any order; parameters in none of them are frozen
     * @param workers the threads that share a step; memory of a confined arena is for the caller's alone
     * @throws IllegalArgumentException if the parameters are read-only, if a group ends beyond them, or if two groups overlap
     *     or have the same name
     */
    public Optimizer(FloatSpan parameters, List<ParameterGroup> groups, Workers workers) {
        if (parameters.segment().isReadOnly()) {
            throw new IllegalArgumentException("parameters must not be read-only: " + parameters);
        }
        this.parameters = parameters;
        this.workers = workers;
        List<ParameterGroup> sorted = groups.stream()
                .sorted(Comparator.comparingLong(ParameterGroup::from).thenComparingLong(ParameterGroup::length))
                .toList();
        checkGroups(sorted);

        Map<List<Object>, Fold> folds = new HashMap<>();
        Map<List<Object>, FusedLoop> loops = new HashMap<>();
        List<Group> members = new ArrayList<>();
        for (ParameterGroup group : sorted) {
            UpdateRule rule = group.rule();
            // Groups that cannot differ share their constants, so that many of them cost little.
            Object apart = rule.normScope() == NormScope.GROUP ? group : "";
            Fold fold = folds.computeIfAbsent(List.of(rule, group.schedule(), apart), key -> new Fold(group));
            FusedLoop loop = loops.computeIfAbsent(
                    List.of(rule.getClass(), rule.variant(), rule.state().size()),
                    key -> new FusedLoop(
                            kernelName(rule), rule.variant(), 2 + rule.state().size(), workers.threads()));
            members.add(new Group(group, fold, loop, rule::update));
        }
        this.groups = members.toArray(Group[]::new);
        this.folds = folds.values().toArray(Fold[]::new);
        this.loops = loops.values().toArray(FusedLoop[]::new);

        this.state = new FloatSpan
                [sorted.stream().mapToInt(g -> g.rule().state().size()).max().orElse(0)];
        for (int i = 0; i < state.length; i++) {
            state[i] = allocate(parameters.length());
        }
        for (Group group : this.groups) {
            group.initialise(state);
        }
        this.takesNorms = sorted.stream().anyMatch(g -> g.rule().normScope() != NormScope.NONE);
        this.squares = takesNorms ? new SumOfSquares(workers.threads()) : null;
        this.sums = new double
                [takesNorms
                        ? sorted.stream()
                                .mapToInt(g -> blocks(g.length()))
                                .max()
                                .getAsInt()
                        : 0];
    }

    private void checkGroups(List<ParameterGroup> sorted) {
        Set<String> names = new HashSet<>();
        ParameterGroup before = null;
        for (ParameterGroup group : sorted) {
            if (group.end() > parameters.length()) {
                throw new IllegalArgumentException("group " + group.name() + " must end within the "
                        + parameters.length() + " parameters: " + group.end());
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

    /** Only the library's own rules have kernels; a rule from elsewhere may have the name of one. */
    private static String kernelName(UpdateRule rule) {
        return rule.getClass().getPackage() == Optimizer.class.getPackage()
                ? rule.getClass().getSimpleName()
                : rule.getClass().getName();
    }

    /** Arrays as long as they go; native memory for more than 2³¹ − 16 floats. */
    private static FloatSpan allocate(long length) {
        return length <= Integer.MAX_VALUE - 16
                ? FloatSpan.of(new float[(int) length])
                : FloatSpan.of(Arena.ofAuto().allocate(4 * length, 64));
    }

    /**
     * Updates the parameters with a gradient.
     *
     * @param gradients as many floats as there are parameters; only read
     * @throws IllegalArgumentException if the lengths differ or the buffers overlap; nothing has been written then
     * @throws IllegalStateException if the memory of a buffer is closed, if a schedule gives a rate that is no rate, or if
     *     another thread is stepping; nothing has been written then
     * @throws WrongThreadException if a buffer belongs to another thread; nothing has been written then
     */
    public void step(FloatSpan gradients) {
        if (!stepping.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread is in a step of this optimizer");
        }
        try {
            check(gradients);
            for (Fold fold : folds) {
                fold.learningRate = rate(fold.group);
            }
            confined = Storage.isConfined(parameters) || Storage.isConfined(gradients);
            if (takesNorms) {
                takeNorms(gradients);
            }
            steps++;
            for (Fold fold : folds) {
                fold.group.rule().fold(fold, fold.constants);
            }
            for (FusedLoop loop : loops) {
                loop.bind(0, parameters);
                loop.bind(1, gradients);
                for (int i = 0; i < loop.buffers() - 2; i++) {
                    loop.bind(2 + i, state[i]);
                }
                loop.link();
            }
            ranges = ranges(parameters.length());
            workers.run(ranges, updateRange);
        } finally {
            Reference.reachabilityFence(gradients);
            stepping.set(false);
        }
    }

    private int ranges(long length) {
        return confined ? 1 : Math.clamp(length / GRAIN, 1, workers.threads());
    }

    private void updateRange(int range) {
        long from = boundary(range);
        long to = boundary(range + 1);
        for (int i = firstGroupEndingAfter(from); i < groups.length && groups[i].from < to; i++) {
            Group group = groups[i];
            group.loop.run(
                    range, Math.max(from, group.from), Math.min(to, group.to), group.fold.constants, group.definition);
        }
    }

    /** Ranges begin at multiples of 1,024, so that no two threads write to one cache line or page. */
    private long boundary(int range) {
        long length = parameters.length();
        return range == ranges ? length : length / ranges * range / 1024 * 1024;
    }

    private int firstGroupEndingAfter(long position) {
        int low = 0;
        int high = groups.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (groups[middle].to > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    private void takeNorms(FloatSpan gradients) {
        squares.bind(gradients);
        double all = 0;
        for (Group group : groups) {
            NormScope scope = group.fold.group.rule().normScope();
            if (scope != NormScope.NONE) {
                double sum = sumOfSquares(group);
                group.fold.squares = sum;
                all += scope == NormScope.ALL ? sum : 0;
            }
        }
        for (Fold fold : folds) {
            if (fold.group.rule().normScope() == NormScope.ALL) {
                fold.squares = all;
            }
        }
    }

    private double sumOfSquares(Group group) {
        summed = group;
        ranges = ranges(group.to - group.from);
        workers.run(ranges, sumRange);
        double sum = 0;
        for (int i = 0; i < blocks(group.to - group.from); i++) {
            sum += sums[i];
        }
        return sum;
    }

    private void sumRange(int range) {
        int blocks = blocks(summed.to - summed.from);
        for (int i = blocks * range / ranges; i < blocks * (range + 1) / ranges; i++) {
            long from = summed.from + (long) i * SumOfSquares.BLOCK;
            sums[i] = squares.block(range, from, (int) Math.min(SumOfSquares.BLOCK, summed.to - from));
        }
    }

    private static int blocks(long length) {
        return Math.toIntExact(Math.ceilDiv(length, SumOfSquares.BLOCK));
    }

    private void check(FloatSpan gradients) {
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
    }

    private static void checkAccess(String name, FloatSpan span) {
        if (!span.segment().scope().isAlive()) {
            throw new IllegalStateException("the memory of the " + name + " has been closed");
        }
        if (!span.segment().isAccessibleBy(Thread.currentThread())) {
            throw new WrongThreadException("the memory of the " + name + " belongs to another thread");
        }
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
     * How many steps have been applied.
     *
     * @return 0 before the first
     */
    public long steps() {
        return steps;
    }

    /**
     * The learning rate of a group at the last step.
     *
     * @param group the group's name; {@code all} where the optimizer was made without groups
     * @return 0 before the first step
     * @throws IllegalArgumentException if there is no such group
     */
    public double learningRate(String group) {
        return find(group).fold.learningRate;
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
        List<StateBuffer> buffers = found.fold.group.rule().state();
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
            if (group.name.equals(name)) {
                return group;
            }
        }
        throw new IllegalArgumentException("there is no group " + name);
    }

    /** A range, and what updates it. */
    private static final class Group {
        final String name;
        final long from;
        final long to;
        final Fold fold;
        final FusedLoop loop;
        final FusedLoop.Definition definition;

        Group(ParameterGroup group, Fold fold, FusedLoop loop, FusedLoop.Definition definition) {
            this.name = group.name();
            this.from = group.from();
            this.to = group.end();
            this.fold = fold;
            this.loop = loop;
            this.definition = definition;
        }

        void initialise(FloatSpan[] state) {
            List<StateBuffer> buffers = fold.group.rule().state();
            for (int b = 0; b < buffers.size(); b++) {
                float initial = buffers.get(b).initial();
                for (long i = from; initial != 0 && i < to; i++) {
                    state[b].set(i, initial);
                }
            }
        }
    }

    /** The constants of a step for one group, or for all the groups that cannot differ. */
    private final class Fold implements Step {
        final ParameterGroup group;
        final float[] constants = new float[CONSTANTS];
        double learningRate;
        double squares;
        private double carry = 1;

        Fold(ParameterGroup group) {
            this.group = group;
        }

        @Override
        public long number() {
            return steps;
        }

        @Override
        public double learningRate() {
            return learningRate;
        }

        @Override
        public double gradientFactor() {
            return 1;
        }

        @Override
        public double gradientNorm() {
            return Math.abs(gradientFactor()) * Math.sqrt(squares);
        }

        @Override
        public double carry() {
            return carry;
        }

        @Override
        public void carry(double value) {
            carry = value;
        }
    }
}
