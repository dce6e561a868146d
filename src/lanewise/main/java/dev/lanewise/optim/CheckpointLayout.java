package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.optim.Checkpoint.Part;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The layout of a checkpoint: the names of its tensors, and the part of the optimizer that each of them holds. */
final class CheckpointLayout {
    static final String STEP = "optimizer.step";
    static final String SKIPPED = "optimizer.skipped";
    static final String SCALE = "loss_scale.scale";
    static final String GOOD_STEPS = "loss_scale._growth_tracker";

    /**
     * A tensor of parameters or of state, with the buffer of the optimizer that holds them.
     *
     * @param dtype the type of the buffer
     * @param memory the buffer
     * @param shift the distance from the index of a parameter of this rank to that of its element in the buffer
     * @param unit the parameters for each of its elements: 1, or those of a block for scales
     * @param own the shape of a tensor with a float for each row or column of the part, which is never cut; null for one with a float for
     *     each parameter
     * @param state the state that it is; null for parameters, averages, rows, columns and scales
     */
    record Floats(
            String name,
            Part part,
            DType dtype,
            MemorySegment memory,
            long shift,
            int unit,
            List<Long> own,
            State state) {
        /** {@return its shape in the file of a range: the part's if all of it is in the range, otherwise one dimension} */
        List<Long> shape(Range range) {
            if (own != null) {
                return range.contains(part) ? own : List.of(0L);
            }
            long length = range.end(part.end()) - range.start(part.from());
            return unit == 1 && length == part.length() ? part.shape() : List.of(elements(length));
        }

        /** {@return the number of elements for some parameters} */
        long elements(long parameters) {
            return Math.ceilDiv(parameters, unit);
        }

        private MemorySegment slice(long from, long length) {
            int bytes = dtype.bits() / Byte.SIZE;
            // A range without any of the part can be beyond the memory of its group.
            return memory.asSlice(length == 0 ? 0 : bytes * (from / unit), bytes * elements(length));
        }
    }

    /** A buffer of a group, with the name of its scales in a file where it is stored in blocks. */
    record State(int group, int buffer, String scales) {}

    /** A range of the parameters, which a file or an optimizer has. */
    record Range(long from, long end) {
        boolean contains(Part part) {
            return from <= part.from() && part.end() <= end;
        }

        long start(long from) {
            return Math.clamp(from, this.from, end);
        }

        long end(long end) {
            return Math.clamp(end, from, this.end);
        }
    }

    /** The names of the scalars of a part: its number of steps, and the rule's. */
    record Scalars(int group, String step, List<String> names) {}

    private final Optimizer optimizer;
    private final List<ParameterGroup> groups;
    private final boolean shaped;
    private final Range range;
    private final List<Floats> floats = new ArrayList<>();
    private final List<Scalars> scalars = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /**
     * Divides an optimizer into tensors.
     *
     * @param parts the tensors among the parameters
     * @param shaped whether a file must have their shapes; otherwise it must have as many elements
     * @throws IllegalArgumentException as {@link Checkpoint#Checkpoint(Optimizer, List)}
     */
    CheckpointLayout(Optimizer optimizer, List<Part> parts, boolean shaped) {
        this.optimizer = optimizer;
        this.groups = optimizer.groups();
        this.shaped = shaped;
        this.range = new Range(optimizer.shard().from(), optimizer.shard().end());
        long length = optimizer.shard().parameters();
        long[] missing = groups.stream().mapToLong(ParameterGroup::length).toArray();
        Part before = Part.of("", 0, 0);
        int next = 0;
        for (Part part : parts.stream()
                .sorted(Comparator.comparingLong(Part::from).thenComparingLong(Part::length))
                .toList()) {
            if (part.from() < before.end()) {
                throw new IllegalArgumentException("parts must not overlap: " + before.name() + ", " + part.name());
            }
            if (part.end() > length) {
                throw new IllegalArgumentException(
                        "part " + part.name() + " must end within the " + length + " parameters: " + part.end());
            }
            before = part;
            while (next < groups.size()
                    && (groups.get(next).end() <= part.from()
                            || groups.get(next).length() == 0)) {
                next++;
            }
            boolean grouped = next < groups.size() && groups.get(next).from() < part.end();
            add(part, grouped ? next : -1);
            if (grouped) {
                ParameterGroup group = groups.get(next);
                if (part.from() < group.from() || part.end() > group.end()) {
                    throw new IllegalArgumentException(
                            "part " + part.name() + " must be in one group or in none: only partly in " + group.name());
                }
                missing[next] -= part.length();
            }
        }
        for (int i = 0; i < missing.length; i++) {
            if (missing[i] > 0) {
                throw new IllegalArgumentException(
                        "parts must cover group " + groups.get(i).name() + ": " + missing[i] + " of its "
                                + groups.get(i).length() + " parameters are in none");
            }
        }
        for (int i = 0; i < groups.size(); i++) {
            addScales(groups.get(i), optimizer.group(i));
        }
        name(STEP);
        name(SKIPPED);
        if (optimizer.options().lossScale() != null) {
            name(SCALE);
            name(GOOD_STEPS);
        }
    }

    private void add(Part part, int group) {
        add(part, "", DType.F32, optimizer.parameters().segment(), 0, null);
        if (optimizer.options().averageDecay() < 1) {
            add(part, ".average", DType.F32, optimizer.average().segment(), 0, null);
        }
        if (group >= 0) {
            UpdateRule rule = groups.get(group).rule();
            for (int i = 0; i < rule.state().size(); i++) {
                StateBuffer state = rule.state().get(i);
                if (state.extent() == StateBuffer.Extent.ELEMENT) {
                    GroupState own = optimizer.group(group);
                    DType dtype = own.buffers.type(i).dtype();
                    State buffer = new State(group, i, scales(groups.get(group), state));
                    add(part, "." + state.name(), dtype, own.buffers.segment(i), own.shift, buffer);
                } else {
                    addFactor(part, group, state);
                }
            }
            List<String> names = rule.scalars().stream()
                    .map(scalar -> name(part.name() + "." + scalar.name()))
                    .toList();
            scalars.add(new Scalars(group, name(part.name() + ".step"), names));
        }
    }

    private void add(Part part, String suffix, DType dtype, MemorySegment memory, long shift, State state) {
        floats.add(new Floats(name(part.name() + suffix), part, dtype, memory, shift, 1, null, state));
    }

    private static String scales(ParameterGroup group, StateBuffer state) {
        return group.name() + "." + state.name() + ".scale";
    }

    /** {@return whether a file where state is stored in blocks has scales of this name} */
    boolean isScales(String name) {
        return floats.stream()
                .anyMatch(tensor ->
                        tensor.state() != null && tensor.state().scales().equals(name));
    }

    /** Adds the scales of a group, whose blocks are those of no part. */
    private void addScales(ParameterGroup group, GroupState own) {
        Part whole = Part.of(group.name(), group.from(), group.length());
        for (int i = 0; i < group.rule().state().size() && own.type == StateType.INT8; i++) {
            MemorySegment scales = own.buffers.scales(i);
            if (scales != null) {
                String name = name(scales(group, group.rule().state().get(i)));
                floats.add(new Floats(name, whole, DType.F32, scales, own.shift, Int8Floats.BLOCK, null, null));
            }
        }
    }

    private void addFactor(Part part, int index, StateBuffer state) {
        ParameterGroup group = groups.get(index);
        if (part.length() != group.length()) {
            throw new IllegalArgumentException("part " + part.name() + " must be all of group " + group.name()
                    + ", since " + state.name() + " is of a whole matrix");
        }
        // PyTorch's shapes.
        List<Long> shape = state.extent().isOfRows(group.shape())
                ? List.of((long) group.shape().rows(), 1L)
                : List.of(1L, (long) group.shape().columns());
        MemorySegment memory =
                StateMemory.factor(optimizer.group(index), state.extent()).segment();
        floats.add(new Floats(name(part.name() + "." + state.name()), part, DType.F32, memory, 0, 1, shape, null));
    }

    /** {@return the elements of a tensor that are in the range of the optimizer and in that of a file} */
    MemorySegment cut(Floats tensor, Range that) {
        if (tensor.own() != null) {
            boolean there = range.contains(tensor.part()) && that.contains(tensor.part());
            return tensor.slice(0, there ? Part.elements(tensor.own()) : 0);
        }
        long from = range.start(that.start(tensor.part().from()));
        return tensor.slice(
                from - range.from() + tensor.shift(),
                range.end(that.end(tensor.part().end())) - from);
    }

    private String name(String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("names of tensors must be unique: " + name);
        }
        return name;
    }

    /** {@return the tensors as they are now; tensors with elements of 8 bytes come first, so that all are aligned} */
    List<Tensor> tensors() {
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(Tensor.of(STEP, optimizer.steps()));
        tensors.add(Tensor.of(SKIPPED, optimizer.report().skipped()));
        for (Scalars scalar : scalars) {
            tensors.add(Tensor.of(scalar.step(), optimizer.steps(scalar.group())));
            double[] values = optimizer.scalars(scalar.group());
            for (int i = 0; i < values.length; i++) {
                tensors.add(scalar(scalar.names().get(i), values[i]));
            }
        }
        LossScale lossScale = optimizer.options().lossScale();
        if (lossScale != null) {
            tensors.add(scalar(SCALE, lossScale.scale()));
            tensors.add(Tensor.of(GOOD_STEPS, lossScale.goodSteps()));
        }
        for (Floats tensor : floats) {
            tensors.add(new Tensor(tensor.name(), tensor.dtype(), tensor.shape(range), cut(tensor, range)));
        }
        return tensors;
    }

    private static Tensor scalar(String name, double value) {
        return new Tensor(name, DType.F64, List.of(), MemorySegment.ofArray(new double[] {value}));
    }

    Optimizer optimizer() {
        return optimizer;
    }

    /** {@return the groups as they were when the layout was made; their ranges and their state stay the same} */
    List<ParameterGroup> groups() {
        return groups;
    }

    boolean shaped() {
        return shaped;
    }

    /** {@return the parameters that the optimizer has} */
    Range range() {
        return range;
    }

    List<Floats> floats() {
        return floats;
    }

    List<Scalars> scalars() {
        return scalars;
    }

    /** {@return the names of all tensors} */
    Set<String> names() {
        return names;
    }
}
