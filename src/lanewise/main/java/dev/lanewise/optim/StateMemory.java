package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/**
 * Allocates, initializes and names the memory of an optimizer: the state of the rules, in buffers which are as long as the
 * parameters and which all groups share, and the average.
 */
final class StateMemory {
    /** The length in elements from which on the alignment of a buffer affects the speed. */
    private static final long PLACED = 1 << 12;

    private final FloatSpan parameters;
    private final FloatSpan[] buffers;
    private final FloatSpan average;

    StateMemory(FloatSpan parameters, GroupState[] groups, boolean averaged) {
        this.parameters = parameters;
        int count = 0;
        for (GroupState group : groups) {
            count = Math.max(count, group.settings.rule().state().size());
        }
        this.buffers = new FloatSpan[count];
        for (int i = 0; i < count; i++) {
            buffers[i] = allocate(i);
        }
        for (GroupState group : groups) {
            initialize(group);
        }
        this.average = averaged ? allocate(count) : null;
        if (averaged) {
            average.copyFrom(parameters);
        }
    }

    /**
     * Allocates a buffer as long as the parameters, in an array if its length permits. A large buffer is aligned to cache lines like
     * the parameters, and is 1 KiB from them and from the other buffers modulo 4 KiB, because a load whose address shares its lower
     * 12 bits with an earlier store waits for that store. Without kernels it has the index of the parameters instead, which the scalar
     * definitions need to be vectorized.
     */
    private FloatSpan allocate(int buffer) {
        long length = parameters.length();
        long place = Storage.position(parameters, 0) + (Kernels.lanes() == 0 ? 0 : 256 * (buffer + 1));
        int start = length < PLACED ? 0 : (int) (place - Storage.HEADER) & 1023;
        return length <= Integer.MAX_VALUE - 16 - start
                ? FloatSpan.of(new float[(int) length + start], start, (int) length)
                : FloatSpan.of(Arena.ofAuto().allocate(Float.BYTES * (length + place % 1024), 4096))
                        .slice(place % 1024, length);
    }

    private void initialize(GroupState group) {
        List<StateBuffer> state = group.settings.rule().state();
        for (int b = 0; b < state.size(); b++) {
            float initial = state.get(b).initial();
            for (long i = group.from; initial != 0 && i < group.to; i++) {
                buffers[b].set(i, initial);
            }
        }
    }

    /** Binds the state of a loop's rule, after its parameters and its gradients. */
    void bind(FusedLoop loop) {
        for (int i = 0; i < loop.buffers() - 2; i++) {
            loop.bind(2 + i, buffers[i]);
        }
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
                return buffers[i].slice(group.from, group.length());
            }
        }
        throw new IllegalArgumentException("state of group " + group.report.name + " must be one of "
                + state.stream().map(StateBuffer::name).toList() + ": " + name);
    }

    /** {@return the average of the parameters, or null if there is none} */
    FloatSpan average() {
        return average;
    }

    /** {@return all floats that a step writes: the state, the parameters, and the average if there is one} */
    List<FloatSpan> written() {
        List<FloatSpan> all = new ArrayList<>(List.of(buffers));
        all.add(parameters);
        if (average != null) {
            all.add(average);
        }
        return List.copyOf(all);
    }

    /** Checks that gradients share no memory with what a step writes. */
    void checkNoOverlap(FloatSpan gradients) {
        if (gradients.overlaps(parameters)) {
            throw new IllegalArgumentException("gradients and parameters must not overlap");
        }
        for (FloatSpan buffer : buffers) {
            if (gradients.overlaps(buffer)) {
                throw new IllegalArgumentException("gradients and state must not overlap");
            }
        }
        if (average != null && gradients.overlaps(average)) {
            throw new IllegalArgumentException("gradients and average must not overlap");
        }
    }
}
