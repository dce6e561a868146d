package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FloatSource;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.GradientEdit;
import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Allocates, initializes and names the memory of an optimizer: the state of the rules and the buffer of a {@link MatrixRule}, which are as
 * long as the parameters and which all groups share, and the average.
 */
final class StateMemory {
    /** The length in elements from which on the alignment of a buffer affects the speed. */
    private static final long PLACED = 1 << 12;

    /** The elements between the state of two groups begin at the same place in a cache line as their parameters. */
    private static final int LINE = 16;

    private final FloatSpan parameters;
    private final long first;
    private final StepOptions options;
    private final List<StateBuffers> all = new ArrayList<>();

    /**
     * All buffers of floats, but those of rows and columns, which are shorter than any gradient; an array, because a step goes through
     * it and an iterator would be garbage.
     */
    private final FloatSpan[] floats;

    private final FloatSpan average;
    private final List<FloatSpan> factors = new ArrayList<>();

    /** The parameters rounded to bf16; null if there is no copy. */
    private final Bf16Span copy;

    /** The number of the current step. */
    private long step;

    /**
     * Allocates the memory.
     *
     * @param first the index of the first parameter among those of all ranks
     */
    StateMemory(FloatSpan parameters, long first, GroupState[] groups, StepOptions options) {
        this.parameters = parameters;
        this.first = first;
        this.options = options;
        for (List<GroupState> members : sharing(groups)) {
            all.add(allocate(members, members.size() == groups.length && members.getFirst().type != StateType.INT8));
        }
        List<FloatSpan> spans = new ArrayList<>();
        for (StateBuffers buffers : all) {
            buffers.addFloats(spans);
        }
        this.floats = spans.toArray(FloatSpan[]::new);
        for (GroupState group : groups) {
            initialize(group);
            if (group.factors != null) {
                factors.add(group.factors.span(StateBuffer.Extent.ROW));
                factors.add(group.factors.span(StateBuffer.Extent.COLUMN));
            }
            if (group.outputs != null) {
                factors.add(group.outputs.span());
            }
        }
        this.average = options.averageDecay() < 1 ? allocate(parameters) : null;
        if (average != null) {
            average.copyFrom(parameters);
        }
        this.copy = options.bf16Copy() ? allocateCopy(parameters.length()) : null;
        updateCopy();
    }

    private static Bf16Span allocateCopy(long length) {
        return length <= Integer.MAX_VALUE - 16
                ? Bf16Span.of(new short[(int) length])
                : Bf16Span.of(Arena.ofAuto().allocate(Short.BYTES * length, Short.BYTES));
    }

    /** Rounds all parameters to the copy, if there is one, after they have been set outside of a step. */
    void updateCopy() {
        if (copy != null) {
            copy.copyFrom(parameters);
        }
    }

    /** {@return the parameters rounded to bf16, or null if there is no copy} */
    Bf16Span copy() {
        return copy;
    }

    /** {@return the groups that share buffers: all of them if all state is floats, otherwise those of one loop} */
    private static Collection<List<GroupState>> sharing(GroupState[] groups) {
        Map<Object, List<GroupState>> sharing = new LinkedHashMap<>();
        boolean packed = false;
        for (GroupState group : groups) {
            packed |= group.type != StateType.F32;
        }
        for (GroupState group : groups) {
            sharing.computeIfAbsent(packed ? group.loop : "", any -> new ArrayList<>())
                    .add(group);
        }
        return sharing.values();
    }

    /**
     * Sets where the state of each group is. Buffers of all groups are as long as the parameters, and those of some groups, or of
     * blocks, have room for these alone.
     */
    static void place(GroupState[] groups) {
        for (List<GroupState> members : sharing(groups)) {
            long end = 0;
            for (GroupState group : members) {
                if (group.type == StateType.INT8) {
                    group.shift = Math.ceilDiv(end, Int8Floats.BLOCK) * Int8Floats.BLOCK - group.from;
                } else if (members.size() < groups.length) {
                    group.shift = end + Math.floorMod(group.from - end, LINE) - group.from;
                }
                end = group.to + group.shift;
            }
        }
    }

    private StateBuffers allocate(List<GroupState> members, boolean whole) {
        int count = 0;
        long end = 0;
        for (GroupState group : members) {
            count = Math.max(count, group.loop.buffers() - 2);
            end = group.to + group.shift;
        }
        StateBuffers buffers = new StateBuffers(count);
        UpdateRule rule = members.getFirst().settings.rule().at(0);
        List<StateBuffer> state = rule.state();
        for (int i = 0; i < count; i++) {
            StateType type = i < state.size() ? members.getFirst().type.of(state.get(i)) : StateType.F32;
            if (type != StateType.F32) {
                buffers.set(
                        i, type, state.get(i).kind(), whole ? parameters.length() : end, rule instanceof KernelRule);
            } else {
                buffers.set(i, whole ? allocate(parameters) : allocate(end, 0));
            }
        }
        for (GroupState group : members) {
            group.buffers = buffers;
        }
        return buffers;
    }

    /**
     * Allocates a buffer as long as the parameters, in an array if its length permits. Its elements have the same index as those of
     * the parameters, unless these begin far within their array, because C2 vectorizes the scalar definitions only if all arrays
     * share one index. Arrays that are allocated one after the other are 1 KiB apart modulo 4 KiB, or begin in regions of their
     * own, because a load whose address is a little above that of an earlier store, modulo 4 KiB, waits for that store.
     */
    static FloatSpan allocate(FloatSpan parameters) {
        return allocate(parameters.length(), (int) (Storage.position(parameters, 0) - Storage.HEADER) & 1023);
    }

    private static FloatSpan allocate(long length, int start) {
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
            if (initial != 0) {
                group.buffers.fill(b, group.from + group.shift, group.length(), initial);
            }
        }
    }

    /** Begins a step, whose random numbers depend on its number. */
    void beginStep(long step) {
        this.step = step;
    }

    /** Copies the parameters of a group into the state that begins as their copy. */
    void copyParameters(GroupState group) {
        List<StateBuffer> state = group.settings.rule().state();
        for (int b = 0; b < state.size(); b++) {
            if (state.get(b).copied()) {
                group.buffers
                        .view(b, group.from + group.shift, group.length())
                        .copyFrom(parameters.slice(group.from, group.length()));
            }
        }
    }

    /**
     * Binds a loop of a group to the parameters, the gradients and the state, and prepares it to run.
     *
     * @param edit what changes the gradient before the rule reads it; null for none
     */
    void bind(GroupState group, FusedLoop loop, FloatSource gradients, GradientEdit edit) {
        loop.bind(0, parameters);
        gradients.bindTo(loop, 1);
        group.buffers.bind(loop, options.stateSeed(), step, first, loop == group.loop ? 1 : 0);
        loop.editGradient(edit);
        loop.specialize();
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
                return group.buffers.view(i, group.from + group.shift, group.length());
            }
        }
        throw new IllegalArgumentException("state of group " + group.report.name + " must be one of "
                + state.stream().map(StateBuffer::name).toList() + ": " + name);
    }

    /** {@return the state of a matrix with a float for each row, column or output; it is empty if this rank does not have the matrix} */
    static FloatSpan factor(GroupState group, StateBuffer.Extent extent) {
        if (group.outputs != null) {
            return group.outputs.span();
        }
        return group.factors == null ? FloatSpan.of(new float[0]) : group.factors.span(extent);
    }

    /** {@return the average of the parameters, or null if there is none} */
    FloatSpan average() {
        return average;
    }

    /** {@return all memory that a step writes: the state, the parameters, and the average if there is one} */
    List<MemorySegment> written() {
        List<MemorySegment> written = new ArrayList<>();
        all.forEach(buffers -> buffers.addMemory(written));
        factors.forEach(factor -> written.add(factor.segment()));
        written.add(parameters.segment());
        if (average != null) {
            written.add(average.segment());
        }
        if (copy != null) {
            written.add(copy.segment());
        }
        return List.copyOf(written);
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
    void checkNoOverlap(String name, MemorySegment segment) {
        if (overlaps(segment, parameters)) {
            throw new IllegalArgumentException(name + " and parameters must not overlap");
        }
        for (FloatSpan buffer : floats) {
            if (overlaps(segment, buffer)) {
                throw new IllegalArgumentException(name + " and state must not overlap");
            }
        }
        if (average != null && overlaps(segment, average)) {
            throw new IllegalArgumentException(name + " and average must not overlap");
        }
        if (copy != null && segment.asOverlappingSlice(copy.segment()).isPresent()) {
            throw new IllegalArgumentException(name + " and bf16Copy must not overlap");
        }
    }

    private static boolean overlaps(MemorySegment segment, FloatSpan span) {
        return segment.asOverlappingSlice(span.segment()).isPresent();
    }
}
