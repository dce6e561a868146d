package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Allocates, initializes and names the memory of an optimizer: the state of the rules and the buffer of a {@link MatrixRule}, which are as
 * long as the parameters and which all groups share, and the average.
 */
final class StateMemory {
    /** The length in elements from which on the alignment of a buffer affects the speed. */
    private static final long PLACED = 1 << 12;

    private final FloatSpan parameters;
    private final FloatSpan[] buffers;
    private final FloatSpan average;
    private final List<FloatSpan> factors = new ArrayList<>();

    StateMemory(FloatSpan parameters, GroupState[] groups, boolean averaged) {
        this.parameters = parameters;
        int count = 0;
        for (GroupState group : groups) {
            count = Math.max(count, group.loop.buffers() - 2);
        }
        this.buffers = new FloatSpan[count];
        for (int i = 0; i < count; i++) {
            buffers[i] = allocate(parameters);
        }
        for (GroupState group : groups) {
            initialize(group);
            if (group.factors != null) {
                factors.add(group.factors.span(StateBuffer.Extent.ROW));
                factors.add(group.factors.span(StateBuffer.Extent.COLUMN));
            }
        }
        this.average = averaged ? allocate(parameters) : null;
        if (averaged) {
            average.copyFrom(parameters);
        }
    }

    /**
     * Allocates a buffer as long as the parameters, in an array if its length permits. Its elements have the same index as those of
     * the parameters, unless these begin far within their array, because C2 vectorizes the scalar definitions only if all arrays
     * share one index. Arrays that are allocated one after the other are 1 KiB apart modulo 4 KiB, or begin in regions of their
     * own, because a load whose address is a little above that of an earlier store, modulo 4 KiB, waits for that store.
     */
    static FloatSpan allocate(FloatSpan parameters) {
        long length = parameters.length();
        int start = (int) (Storage.position(parameters, 0) - Storage.HEADER) & 1023;
        long size = length < PLACED ? start + length : spaced(start + length);
        return size <= Integer.MAX_VALUE - 16
                ? FloatSpan.of(new float[(int) size], start, (int) length)
                : FloatSpan.of(Arena.ofAuto().allocate(Float.BYTES * (length + start), 4096))
                        .slice(start, length);
    }

    /** {@return the next length of an array whose size with its header is 1 KiB more than a multiple of 4 KiB} */
    private static long spaced(long length) {
        return length + (256 - Storage.HEADER - length & 1023);
    }

    private void initialize(GroupState group) {
        List<StateBuffer> state = group.settings.rule().state();
        for (int b = 0; b < state.size() && state.get(b).extent() == StateBuffer.Extent.ELEMENT; b++) {
            float initial = state.get(b).initial();
            for (long i = group.from; initial != 0 && i < group.to; i++) {
                buffers[b].set(i, initial);
            }
        }
    }

    /** Copies the parameters of a group into the state that begins as their copy. */
    void copyParameters(GroupState group) {
        List<StateBuffer> state = group.settings.rule().state();
        for (int b = 0; b < state.size(); b++) {
            if (state.get(b).copied()) {
                buffers[b].slice(group.from, group.length()).copyFrom(parameters.slice(group.from, group.length()));
            }
        }
    }

    /**
     * Binds a loop of a rule to the parameters, the gradients and the state, and prepares it to run.
     *
     * @param factor the factor by which the loop multiplies the gradient if the clipping is by value, before it clamps it
     */
    void bind(FusedLoop loop, FloatSpan gradients, double factor, Clipping clipping) {
        loop.bind(0, parameters);
        loop.bind(1, gradients);
        for (int i = 0; i < loop.buffers() - 2; i++) {
            loop.bind(2 + i, buffers[i]);
        }
        if (clipping.clampsValues()) {
            loop.clampGradient((float) factor, (float) clipping.limit());
        }
        loop.specialize();
    }

    /** {@return a state buffer of all groups, by its index in {@link UpdateRule#state()}} */
    FloatSpan buffer(int index) {
        return buffers[index];
    }

    /** {@return a state buffer of one group, by its name} */
    FloatSpan view(GroupState group, String name) {
        List<StateBuffer> state = group.settings.rule().state();
        for (int i = 0; i < state.size(); i++) {
            if (state.get(i).name().equals(name)) {
                StateBuffer.Extent extent = state.get(i).extent();
                if (extent != StateBuffer.Extent.ELEMENT) {
                    return factor(group, extent);
                }
                return buffers[i].slice(group.from, group.length());
            }
        }
        throw new IllegalArgumentException("state of group " + group.report.name + " must be one of "
                + state.stream().map(StateBuffer::name).toList() + ": " + name);
    }

    /** {@return the state of a matrix with a float for each row or column; it is empty if this rank does not have the matrix} */
    static FloatSpan factor(GroupState group, StateBuffer.Extent extent) {
        return group.factors == null ? FloatSpan.of(new float[0]) : group.factors.span(extent);
    }

    /** {@return the average of the parameters, or null if there is none} */
    FloatSpan average() {
        return average;
    }

    /** {@return all floats that a step writes: the state, the parameters, and the average if there is one} */
    List<FloatSpan> written() {
        List<FloatSpan> all = new ArrayList<>(List.of(buffers));
        all.addAll(factors);
        all.add(parameters);
        if (average != null) {
            all.add(average);
        }
        return List.copyOf(all);
    }

    /** Writes p + factor · (state − p) for the parameters of a group. */
    void interpolate(GroupState group, EvaluationWeights weights, FloatSpan target) {
        FloatSpan state = view(group, weights.state());
        float factor = (float) weights.factor(), rest = (float) (1 - weights.factor());
        for (long i = 0; i < group.length(); i++) {
            float p = parameters.get(group.from + i), s = state.get(i), difference = s - p;
            // From the nearer end, so that a factor of 1 gives the state itself.
            target.set(group.from + i, Math.abs(factor) < 0.5f ? p + factor * difference : s - difference * rest);
        }
    }

    /** Checks that a span shares no memory with what a step writes. */
    void checkNoOverlap(String name, FloatSpan span) {
        if (span.overlaps(parameters)) {
            throw new IllegalArgumentException(name + " and parameters must not overlap");
        }
        for (FloatSpan buffer : buffers) {
            if (span.overlaps(buffer)) {
                throw new IllegalArgumentException(name + " and state must not overlap");
            }
        }
        if (average != null && span.overlaps(average)) {
            throw new IllegalArgumentException(name + " and average must not overlap");
        }
    }
}
