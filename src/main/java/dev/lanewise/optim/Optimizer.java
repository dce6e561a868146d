package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Schedule;
import java.lang.foreign.Arena;
import java.lang.ref.Reference;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Applies an {@link UpdateRule} to a flat buffer of parameters, and keeps the rule's state.
 *
 * <p>{@snippet :
 * float[] parameters = new float[1_000_000];
 * float[] gradients = new float[1_000_000];
 * Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW().withLearningRate(3e-4));
 * optimizer.step(FloatSpan.of(gradients));
 * }
 *
 * <p>A step allocates nothing, and gives the same bits whatever the storage, the vector width and the threads. An
 * optimizer is used by one thread at a time; a second one that steps meanwhile is refused.
 */
public final class Optimizer {
    /** A thread is worth its while for this many elements; fewer stay on the caller's. */
    private static final long GRAIN = 1 << 15;

    private final FloatSpan parameters;
    private final UpdateRule rule;
    private final Schedule schedule;
    private final Workers workers;
    private final List<StateBuffer> buffers;
    private final FloatSpan[] state;
    private final FusedLoop loop;
    private final float[] constants = new float[16];
    private final AtomicBoolean stepping = new AtomicBoolean();
    private final IntConsumer runRange = this::runRange;
    private final Step current = new Current();
    private long steps;
    private double learningRate;
    private int ranges;

    /**
     * Applies a rule at its own learning rate, on the caller's thread.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule) {
        this(parameters, rule, step -> rule.learningRate(), Workers.caller());
    }

    /**
     * Applies a rule with a learning rate that follows a schedule.
     *
     * @param parameters the parameters, updated in place by each step
     * @param rule the rule; its own learning rate is not used
     * @param schedule the learning rate of each step
     * @param workers the threads that share a step
     * @throws IllegalArgumentException if the parameters are read-only
     */
    public Optimizer(FloatSpan parameters, UpdateRule rule, Schedule schedule, Workers workers) {
        if (parameters.segment().isReadOnly()) {
            throw new IllegalArgumentException("parameters must not be read-only: " + parameters);
        }
        this.parameters = parameters;
        this.rule = rule;
        this.schedule = schedule;
        this.workers = workers;
        this.buffers = rule.state();
        this.state = new FloatSpan[buffers.size()];
        String name = rule.getClass().getPackage() == Optimizer.class.getPackage()
                ? rule.getClass().getSimpleName()
                : rule.getClass().getName();
        this.loop = new FusedLoop(name, rule.variant(), rule::update, 2 + state.length, workers.threads());
        for (int i = 0; i < state.length; i++) {
            state[i] = allocate(parameters.length(), buffers.get(i).initial());
            loop.bind(2 + i, state[i]);
        }
    }

    /** Arrays as long as they go; native memory for more than 2³¹ − 16 floats. */
    private static FloatSpan allocate(long length, float initial) {
        FloatSpan span = length <= Integer.MAX_VALUE - 16
                ? FloatSpan.of(new float[(int) length])
                : FloatSpan.of(Arena.ofAuto().allocate(4 * length, 64));
        if (initial != 0) {
            for (long i = 0; i < length; i++) {
                span.set(i, initial);
            }
        }
        return span;
    }

    /**
     * Updates the parameters with a gradient.
     *
     * @param gradients as many floats as there are parameters; only read
     * @throws IllegalArgumentException if the lengths differ or the buffers overlap; nothing has been written then
     * @throws IllegalStateException if the memory of a buffer is closed, if the schedule gives a rate that is no rate,
     *     or if another thread is stepping; nothing has been written then
     * @throws WrongThreadException if a buffer belongs to another thread; nothing has been written then
     */
    public void step(FloatSpan gradients) {
        if (!stepping.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread is in a step of this optimizer");
        }
        try {
            check(gradients);
            learningRate = checkedRate(schedule.at(steps));
            steps++;
            rule.fold(current, constants);
            loop.bind(0, parameters);
            loop.bind(1, gradients);
            loop.link();
            ranges = Math.clamp(parameters.length() / GRAIN, 1, workers.threads());
            workers.run(ranges, runRange);
        } finally {
            Reference.reachabilityFence(gradients);
            stepping.set(false);
        }
    }

    private void runRange(int range) {
        loop.run(range, boundary(range), boundary(range + 1), constants);
    }

    /** Ranges begin at multiples of 1,024, so that no two threads write to one cache line or page. */
    private long boundary(int range) {
        long length = parameters.length();
        return range == ranges ? length : length / ranges * range / 1024 * 1024;
    }

    private void check(FloatSpan gradients) {
        if (gradients.length() != parameters.length()) {
            throw new IllegalArgumentException(
                    "gradients must be as long as the parameters, " + parameters.length() + ": " + gradients.length());
        }
        checkAccess("parameters", parameters);
        checkAccess("gradients", gradients);
        if (gradients.overlaps(parameters)) {
            throw new IllegalArgumentException(
                    "gradients and parameters must not overlap: " + gradients + ", " + parameters);
        }
        for (int i = 0; i < state.length; i++) {
            if (gradients.overlaps(state[i])) {
                throw new IllegalArgumentException(
                        "gradients and the state " + buffers.get(i).name() + " must not overlap");
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

    private static double checkedRate(double rate) {
        if (!(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
            throw new IllegalStateException("the schedule's learning rate must be finite and not negative: " + rate);
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
     * The rule.
     *
     * @return the rule given to the constructor
     */
    public UpdateRule rule() {
        return rule;
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
     * The learning rate of the last step.
     *
     * @return 0 before the first
     */
    public double learningRate() {
        return learningRate;
    }

    /**
     * A state buffer.
     *
     * @param name its name, such as {@code exp_avg}
     * @return a view of it, as long as the parameters
     * @throws IllegalArgumentException if the rule has no such state; the message lists what it has
     */
    public FloatSpan state(String name) {
        for (int i = 0; i < state.length; i++) {
            if (buffers.get(i).name().equals(name)) {
                return state[i];
            }
        }
        throw new IllegalArgumentException(rule.getClass().getSimpleName() + " has no state " + name + ", but "
                + buffers.stream().map(StateBuffer::name).toList());
    }

    private final class Current implements Step {
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
    }
}
