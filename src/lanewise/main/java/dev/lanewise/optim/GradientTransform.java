package dev.lanewise.optim;

import dev.lanewise.internal.OneThread;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.memory.FloatSpan;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.List;

/**
 * A gradient transform replaces a gradient by the update: by what a step of the rule would subtract from the parameters. It is for
 * libraries that keep the parameters and the state, and subtract the update themselves, such as DL4J; optax calls such a rule a
 * gradient transformation. Elsewhere an {@link Optimizer} does the same with less memory traffic.
 *
 * {@snippet :
 * UpdateRule rule = new Adam(1e-3);
 * FloatSpan gradients = FloatSpan.of(new float[1000]);
 * List<FloatSpan> state = List.of(FloatSpan.of(new float[1000]), FloatSpan.of(new float[1000]));
 * GradientTransform.initialize(rule, state);
 * GradientTransform transform = new GradientTransform(1000, rule, state, 0);
 * transform.apply(gradients);
 * for (long i = 0; i < weights.length(); i++) {
 *     weights.set(i, weights.get(i) - gradients.get(i));
 * }
 * }
 *
 * <p>After the subtraction the parameters have the bits that a step of an {@link Optimizer} gives, but for the sign of a zero. The rule
 * therefore must be one whose update does not depend on the parameters: it has no weight decay, and no state that begins as their copy.
 * Rules that keep numbers beside their buffers, such as {@link NAdam}, or that need norms or matrices, are refused as well.
 *
 * <p>A call runs on the caller's thread and allocates nothing if it gets the same span as the call before. It is used by one thread at
 * a time; a call by a second thread meanwhile is refused.
 */
public final class GradientTransform {
    /** Elements of a chunk: so few that the update of a chunk stays in the first-level cache, and enough to hide the calls. */
    private static final int CHUNK = 1 << 12;

    private final long length;
    private final UpdateRule rule;
    /** An array, because the iterator of a list would be garbage. */
    private final FloatSpan[] state;

    private final FusedLoop loop;
    private final StepConstants constants;
    private final OneThread applying = new OneThread("a call of this transform");

    /** The parameters from which the rule subtracts the update of a chunk: they are 0 before it, and the negative update after it. */
    private final float[] negative = new float[CHUNK];

    private final FloatSpan negativeSpan = FloatSpan.of(negative);

    /** The chunks of the state, buffer by buffer, and those of the gradients of the last call. */
    private final FloatSpan[][] stateChunks;

    private FloatSpan gradients;
    private FloatSpan[] gradientChunks;
    private long steps;

    /**
     * Makes a transform.
     *
     * @param length the number of parameters
     * @param rule the rule, whose update must not depend on the parameters
     * @param state the memory of {@link UpdateRule#state()}, in that order, each as long as the parameters; each call changes it in
     *     place. It is {@linkplain #initialize initialized}, or the state of a transform that is to be continued
     * @param steps the number of steps that were applied to the state before, from 0
     * @throws IllegalArgumentException if the rule cannot be applied without the parameters, or if the state has another number of
     *     buffers, another length, is read-only or overlaps
     */
    public GradientTransform(long length, UpdateRule rule, List<FloatSpan> state, long steps) {
        if (length < 0 || steps < 0) {
            throw new IllegalArgumentException("length and steps must not be negative: " + length + ", " + steps);
        }
        UpdateRule first = rule.at(0);
        checkRule(first);
        checkState(first, state, length);
        this.length = length;
        this.rule = rule;
        this.state = state.toArray(FloatSpan[]::new);
        this.steps = steps;
        this.constants = constants(length, rule, steps);
        this.loop = KernelRule.loop(first, 2 + state.size(), 0, 1, false);
        this.stateChunks = state.stream().map(GradientTransform::chunks).toArray(FloatSpan[][]::new);
    }

    private static StepConstants constants(long length, UpdateRule rule, long steps) {
        return new StepConstants(
                new ParameterGroup("all", 0, length, rule), steps, StepConstants.initialScalars(rule.at(0)));
    }

    /**
     * Writes the initial values of a rule's state.
     *
     * @param rule the rule
     * @param state the memory of {@link UpdateRule#state()}, in that order
     * @throws IllegalArgumentException if there is another number of buffers, or if one is read-only; nothing has been written then
     * @throws IllegalStateException if memory is closed; nothing has been written then
     * @throws WrongThreadException if memory belongs to another thread; nothing has been written then
     */
    public static void initialize(UpdateRule rule, List<FloatSpan> state) {
        List<StateBuffer> buffers = rule.at(0).state();
        checkCount(buffers, state);
        for (int b = 0; b < buffers.size(); b++) {
            checkWritable("state " + buffers.get(b).name(), state.get(b));
            StepChecks.checkAccess("state", state.get(b));
        }
        float[] values = new float[CHUNK];
        for (int b = 0; b < buffers.size(); b++) {
            Arrays.fill(values, buffers.get(b).initial());
            FloatSpan span = state.get(b);
            for (long i = 0; i < span.length(); i += CHUNK) {
                span.copyFrom(values, 0, i, (int) Math.min(CHUNK, span.length() - i));
            }
        }
    }

    /**
     * Replaces gradients by the update, and changes the state.
     *
     * @param gradients one float for each parameter; they must be writable
     * @throws IllegalArgumentException if the length differs, or if the gradients are read-only or overlap the state; nothing has
     *     been written then
     * @throws IllegalStateException if memory is closed, if the learning rate of the step is negative, infinite as a float or NaN, if a
     *     coefficient of the rule is not finite, or if another thread is in a call; nothing has been written then
     * @throws WrongThreadException if memory belongs to another thread; nothing has been written then
     * @throws InternalError if a part of a mapped file is missing; the update has been written in part then
     */
    public void apply(FloatSpan gradients) {
        applying.enter();
        try {
            checkGradients(gradients);
            constants.prepare(steps);
            constants.compute(1, true);
            for (FloatSpan span : state) {
                StepChecks.checkAccess("state", span);
            }
            StepChecks.checkAccess("gradients", gradients);
            steps++;
            constants.apply();
            for (int chunk = 0; chunk < gradientChunks.length; chunk++) {
                apply(chunk);
            }
        } finally {
            Reference.reachabilityFence(gradients);
            applying.leave();
        }
    }

    /** The rule subtracts from zeros, so that the update is exact, and the memory of the gradients receives it only at the end. */
    private void apply(int chunk) {
        FloatSpan gradient = gradientChunks[chunk];
        int count = (int) gradient.length();
        Arrays.fill(negative, 0, count, 0);
        loop.bind(0, negativeSpan);
        loop.bind(1, gradient);
        for (int b = 0; b < stateChunks.length; b++) {
            loop.bind(2 + b, stateChunks[b][chunk]);
        }
        loop.specialize();
        loop.run(0, 0, count, constants.coefficients, constants.definition);
        for (int i = 0; i < count; i++) {
            negative[i] = 0 - negative[i];
        }
        gradient.copyFrom(negative, 0, 0, count);
    }

    /** {@return the rule} */
    public UpdateRule rule() {
        return rule;
    }

    /** {@return the number of steps applied to the state, those before this transform included} */
    public long steps() {
        return steps;
    }

    private static FloatSpan[] chunks(FloatSpan span) {
        FloatSpan[] chunks = new FloatSpan[Math.toIntExact(Math.ceilDiv(span.length(), CHUNK))];
        for (int i = 0; i < chunks.length; i++) {
            long from = (long) i * CHUNK;
            chunks[i] = span.slice(from, Math.min(CHUNK, span.length() - from));
        }
        return chunks;
    }

    private void checkGradients(FloatSpan gradients) {
        if (gradients == this.gradients) {
            return;
        }
        if (gradients.length() != length) {
            throw new IllegalArgumentException(
                    "length of gradients must be " + length + " (length of the transform): " + gradients.length());
        }
        checkWritable("gradients", gradients);
        StepChecks.checkAccess("gradients", gradients);
        for (FloatSpan span : state) {
            checkNoOverlap("gradients and state", gradients, span);
        }
        gradientChunks = chunks(gradients);
        this.gradients = gradients;
    }

    private static void checkNoOverlap(String names, FloatSpan one, FloatSpan other) {
        if (one.overlaps(other)) {
            throw new IllegalArgumentException(names + " must not overlap");
        }
    }

    private static void checkWritable(String name, FloatSpan span) {
        if (span.segment().isReadOnly()) {
            throw new IllegalArgumentException(name + " must not be read-only: " + span);
        }
    }

    private static void checkState(UpdateRule rule, List<FloatSpan> state, long length) {
        checkCount(rule.state(), state);
        for (int b = 0; b < state.size(); b++) {
            String name = "state " + rule.state().get(b).name();
            if (state.get(b).length() != length) {
                throw new IllegalArgumentException("length of " + name + " must be " + length + ": "
                        + state.get(b).length());
            }
            checkWritable(name, state.get(b));
            for (FloatSpan other : state.subList(0, b)) {
                checkNoOverlap("buffers of state", state.get(b), other);
            }
        }
    }

    private static void checkCount(List<StateBuffer> buffers, List<FloatSpan> state) {
        if (state.size() != buffers.size()) {
            throw new IllegalArgumentException("state must have " + buffers.size() + " buffers, "
                    + buffers.stream().map(StateBuffer::name).toList() + ": " + state.size());
        }
    }

    private static void checkRule(UpdateRule rule) {
        String name = rule.getClass().getSimpleName();
        if (rule.weightDecay() != 0) {
            throw new IllegalArgumentException("weightDecay of " + name
                    + " must be 0, since a transform has no parameters: " + rule.weightDecay());
        }
        boolean plain = rule.reductions().isEmpty()
                && rule.scalars().isEmpty()
                && rule.normScope() == NormScope.NONE
                && rule.evaluation() == null
                && !rule.needsMatrix()
                && !(rule instanceof RowRule)
                && Factors.count(rule) == 0
                && !GroupState.hasCopies(rule);
        if (!plain || dependsOnParameters(rule)) {
            throw new IllegalArgumentException(
                    "rule must be one of a gradient and buffers of state alone, such as Adam: " + name);
        }
    }

    /** {@return whether two updates of two parameters from 0 each differ from those of parameters that begin elsewhere and follow them} */
    private static boolean dependsOnParameters(UpdateRule rule) {
        StepConstants constants = constants(2, rule.withLearningRate(RateChecks.constant(0.5)), 0);
        float[][] fresh = buffers(rule), followed = buffers(rule);
        followed[0] = new float[] {1, -1};
        for (int step = 0; step < 2; step++) {
            constants.prepare(step);
            constants.compute(1, true);
            constants.apply();
            float[] before = followed[0].clone();
            Arrays.fill(fresh[0], 0);
            rule.update(fresh, 0, 2, constants.coefficients);
            rule.update(followed, 0, 2, constants.coefficients);
            for (int i = 0; i < 2; i++) {
                if (Math.abs((followed[0][i] - before[i]) - fresh[0][i]) > 1e-5f * (1 + Math.abs(fresh[0][i]))) {
                    return true;
                }
            }
        }
        return false;
    }

    private static float[][] buffers(UpdateRule rule) {
        float[][] buffers = new float[2 + rule.state().size()][2];
        buffers[1] = new float[] {0.5f, -0.25f};
        for (int b = 2; b < buffers.length; b++) {
            Arrays.fill(buffers[b], rule.state().get(b - 2).initial());
        }
        return buffers;
    }
}
