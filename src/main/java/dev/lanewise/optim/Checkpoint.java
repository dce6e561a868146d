package dev.lanewise.optim;

import dev.lanewise.memory.DType;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.memory.Safetensors;
import dev.lanewise.memory.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Saves an optimizer to a {@linkplain Safetensors safetensors} file, and loads it again: training that is stopped after
 * any step and resumed gives the same bits as training that is not.
 *
 * {@snippet :
 * Checkpoint checkpoint = new Checkpoint(optimizer);
 * checkpoint.save(file);
 * // in another process, with an optimizer made in the same way
 * new Checkpoint(optimizer).load(file);
 * }
 *
 * <p>The tensors have the names that PyTorch's users give them; for a part of the parameters, or a group, {@code w}:
 *
 * <table>
 * <caption>Tensors of a checkpoint</caption>
 * <tr><td>{@code w}</td><td>the parameters</td></tr>
 * <tr><td>{@code w.exp_avg}, {@code w.momentum_buffer}, …</td><td>the state of the rule, by its names</td></tr>
 * <tr><td>{@code w.step}</td><td>how many steps were applied, which is also the position of the schedule: an I64, exact for any
 * number; PyTorch's F32 is read too, which counts to 2²⁴</td></tr>
 * <tr><td>{@code w.mu_product}</td><td>the number that a rule carries from step to step: an F64; PyTorch's F32 is read too</td></tr>
 * <tr><td>{@code w.average}</td><td>the average of the parameters, if the optimizer keeps one</td></tr>
 * <tr><td>{@code loss_scale.scale}, {@code loss_scale._growth_tracker}</td><td>the loss scale, if there is one</td></tr>
 * </table>
 *
 * The hyperparameters are texts in the file's metadata: {@code w.rule} and, where it is a record, {@code w.schedule}. They are
 * for people and for comparison: what an optimizer does next is what it was made with. Only a rule of another name is
 * refused, because its state would mean something else.
 *
 * <p><a href="doc-files/pytorch.html">To PyTorch and back</a> has the Python lines.
 */
public final class Checkpoint {
    private static final String SCALE = "loss_scale.scale";
    private static final String GOOD_STEPS = "loss_scale._growth_tracker";

    /**
     * A named tensor among the parameters.
     *
     * @param name its name in the file, such as {@code layers.0.weight}
     * @param from the first of its parameters
     * @param shape the length of each dimension, the slowest first
     */
    public record Part(String name, long from, List<Long> shape) {
        /**
         * Checks the shape.
         *
         * @throws IllegalArgumentException if a number is negative
         * @throws ArithmeticException if it has more than 2⁶³ elements
         */
        public Part {
            shape = List.copyOf(shape);
            if (from < 0 || shape.stream().anyMatch(length -> length < 0)) {
                throw new IllegalArgumentException(
                        "part " + name + ": from and shape must not be negative: " + from + ", " + shape);
            }
            Math.addExact(from, elements(shape));
        }

        /**
         * A named tensor among the parameters.
         *
         * @param name its name in the file
         * @param from the first of its parameters
         * @param shape the length of each dimension, the slowest first
         * @return a new part
         */
        public static Part of(String name, long from, long... shape) {
            return new Part(name, from, Arrays.stream(shape).boxed().toList());
        }

        long length() {
            return elements(shape);
        }

        long end() {
            return from + length();
        }
    }

    /** A tensor of the file, and where its floats are. */
    private record Floats(String name, List<Long> shape, FloatSpan span) {}

    /** The names of the scalars of a part; without a carry, an empty one. */
    private record Scalars(int group, String step, String carry) {}

    private final Optimizer optimizer;
    private final List<ParameterGroup> groups;
    private final boolean shaped;
    private final List<Floats> floats = new ArrayList<>();
    private final List<Scalars> scalars = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    /**
     * The groups of an optimizer, each as a tensor of one dimension with the group's name; {@code all} where it was made
     * without groups. In a file that is loaded, their shapes may be others with as many elements.
     *
     * @param optimizer what is saved, or loaded into
     */
    public Checkpoint(Optimizer optimizer) {
        this(
                optimizer,
                optimizer.groups().stream()
                        .map(group -> Part.of(group.name(), group.from(), group.length()))
                        .toList(),
                false);
    }

    /**
     * Named and shaped tensors among the parameters of an optimizer.
     *
     * @param optimizer what is saved, or loaded into
     * @param parts the tensors, in any order: all of each group, and of the parameters in no group what is to be saved
     * @throws IllegalArgumentException if a part is beyond the parameters or only partly in a group, if two parts overlap or
     *     would share a name in the file, or if a group is not all in parts
     */
    public Checkpoint(Optimizer optimizer, List<Part> parts) {
        this(optimizer, parts, true);
    }

    private Checkpoint(Optimizer optimizer, List<Part> parts, boolean shaped) {
        this.optimizer = optimizer;
        this.groups = optimizer.groups();
        this.shaped = shaped;
        long[] missing = groups.stream().mapToLong(ParameterGroup::length).toArray();
        Part before = Part.of("", 0, 0);
        int next = 0;
        for (Part part : parts.stream()
                .sorted(Comparator.comparingLong(Part::from).thenComparingLong(Part::length))
                .toList()) {
            if (part.from() < before.end()) {
                throw new IllegalArgumentException("parts " + before.name() + " and " + part.name() + " overlap");
            }
            if (part.end() > optimizer.parameters().length()) {
                throw new IllegalArgumentException("part " + part.name() + " must end within the "
                        + optimizer.parameters().length() + " parameters: " + part.end());
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
                            "part " + part.name() + " must be all in group " + group.name() + " or not at all");
                }
                missing[next] -= part.length();
            }
        }
        for (int i = 0; i < missing.length; i++) {
            if (missing[i] > 0) {
                throw new IllegalArgumentException("of group " + groups.get(i).name() + " " + missing[i]
                        + " parameters are in no part: " + groups.get(i));
            }
        }
        if (optimizer.options().lossScale() != null) {
            name(SCALE);
            name(GOOD_STEPS);
        }
    }

    private void add(Part part, int group) {
        add(part, "", optimizer.parameters());
        if (optimizer.options().averageDecay() < 1) {
            add(part, ".average", optimizer.average());
        }
        if (group >= 0) {
            UpdateRule rule = groups.get(group).rule();
            for (int i = 0; i < rule.state().size(); i++) {
                add(part, "." + rule.state().get(i).name(), optimizer.state(i));
            }
            String carry = rule.carryName();
            scalars.add(new Scalars(
                    group, name(part.name() + ".step"), carry.isEmpty() ? "" : name(part.name() + "." + carry)));
        }
    }

    private void add(Part part, String suffix, FloatSpan buffer) {
        floats.add(new Floats(name(part.name() + suffix), part.shape(), buffer.slice(part.from(), part.length())));
    }

    private String name(String name) {
        if (!names.add(name)) {
            throw new IllegalArgumentException("two tensors of the checkpoint would have the name " + name);
        }
        return name;
    }

    private static long elements(List<Long> shape) {
        return shape.stream().reduce(1L, Math::multiplyExact);
    }

    /**
     * The hyperparameters as they are saved.
     *
     * @return {@code <group>.rule} and {@code <group>.schedule} for each group, and the format as PyTorch's libraries want it
     */
    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        for (ParameterGroup group : groups) {
            // Only a record's text is sure to say the same in the next process.
            UpdateRule rule = group.rule();
            metadata.put(group.name() + ".rule", rule instanceof Record ? rule.toString() : nameOf(rule));
            if (group.schedule() instanceof Record) {
                metadata.put(group.name() + ".schedule", group.schedule().toString());
            }
        }
        return metadata;
    }

    private static String nameOf(UpdateRule rule) {
        return rule.getClass().getSimpleName();
    }

    /**
     * Saves the optimizer. Whenever the process or the machine stops meanwhile, the file is the whole old or the whole new one.
     *
     * @param file the file to write or replace
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalStateException if another thread is in a step, if memory of the parameters is closed, or if a rule
     *     carries a number that it has no name for
     */
    public void save(Path file) throws IOException {
        save(file, Map.of());
    }

    /**
     * Saves the optimizer, and texts of the application's own: the epoch, say.
     *
     * @param file the file to write or replace
     * @param texts added to {@link #metadata()}
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalArgumentException if a text has the name of a hyperparameter
     * @throws IllegalStateException as {@link #save(Path)}
     */
    public void save(Path file, Map<String, String> texts) throws IOException {
        Map<String, String> metadata = metadata();
        texts.forEach((key, value) -> {
            if (metadata.put(key, value) != null) {
                throw new IllegalArgumentException("a checkpoint has a text of its own with the name " + key);
            }
        });
        optimizer.enter();
        try {
            Safetensors.write(file, tensors(), metadata);
        } finally {
            optimizer.leave();
        }
    }

    /** First the elements of 8 bytes, so that all are aligned. */
    private List<Tensor> tensors() {
        List<Tensor> tensors = new ArrayList<>();
        for (Scalars scalar : scalars) {
            tensors.add(Tensor.of(scalar.step, optimizer.steps()));
            double carry = optimizer.carry(scalar.group);
            if (!scalar.carry.isEmpty()) {
                tensors.add(scalar(scalar.carry, carry));
            } else if (carry != 1) {
                throw new IllegalStateException(
                        "rule " + nameOf(groups.get(scalar.group).rule())
                                + " carries a number from step to step and must have a carryName() to save it by");
            }
        }
        LossScale lossScale = optimizer.options().lossScale();
        if (lossScale != null) {
            tensors.add(scalar(SCALE, lossScale.scale()));
            tensors.add(Tensor.of(GOOD_STEPS, lossScale.goodSteps()));
        }
        for (Floats tensor : floats) {
            tensors.add(new Tensor(tensor.name, DType.F32, tensor.shape, tensor.span.segment()));
        }
        return tensors;
    }

    private static Tensor scalar(String name, double value) {
        return new Tensor(name, DType.F64, List.of(), MemorySegment.ofArray(new double[] {value}));
    }

    /**
     * Loads the optimizer: its parameters, its state and the number of its steps.
     *
     * @param file a file that was saved, or written by PyTorch
     * @return the texts in its metadata; to know whether the hyperparameters are the same, compare with {@link #metadata()}
     * @throws IOException if the file cannot be read, or is damaged; nothing has been changed then
     * @throws IllegalArgumentException if tensors are missing, unexpected, or have another shape or type: the message lists
     *     them all; nothing has been changed then
     * @throws IllegalStateException if another thread is in a step, or if memory of the parameters is closed
     */
    public Map<String, String> load(Path file) throws IOException {
        optimizer.enter();
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            new Loading(saved).run(file);
            return saved.metadata();
        } finally {
            optimizer.leave();
        }
    }

    /** First everything is checked, then everything is copied. */
    private final class Loading {
        private final Safetensors saved;
        private final List<String> problems = new ArrayList<>();

        /** Of the tensors that stand for one number, the first. */
        private final Map<Object, Map.Entry<String, Number>> firsts = new HashMap<>();

        Loading(Safetensors saved) {
            this.saved = saved;
        }

        void run(Path file) {
            for (String name : saved.names()) {
                if (!names.contains(name)) {
                    problems.add("unexpected: " + name + ", " + describe(saved.tensor(name)));
                }
            }
            floats.forEach(this::checkFloats);
            long steps = optimizer.steps();
            double[] carries = new double[groups.size()];
            Arrays.fill(carries, 1);
            for (Scalars scalar : scalars) {
                steps = count(scalar.step, Long.MAX_VALUE, "steps");
                if (!scalar.carry.isEmpty()) {
                    carries[scalar.group] = number(scalar.carry, optimizer.carrier(scalar.group));
                }
            }
            LossScale lossScale = optimizer.options().lossScale();
            double scale = lossScale == null ? 0 : number(SCALE, SCALE);
            int goodSteps = lossScale == null ? 0 : (int) count(GOOD_STEPS, LossScale.INTERVAL - 1, GOOD_STEPS);
            if (lossScale != null && scale <= 0) {
                problems.add(SCALE + ": expected a positive number, found " + scale);
            }
            checkRules();
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(
                        file + " does not fit the optimizer:\n  " + String.join("\n  ", problems));
            }
            for (Floats tensor : floats) {
                tensor.span.segment().copyFrom(saved.tensor(tensor.name).bytes());
            }
            optimizer.restore(steps, carries);
            if (lossScale != null) {
                lossScale.restore(scale, goodSteps);
            }
        }

        private static String describe(Tensor tensor) {
            return tensor.dtype() + " " + tensor.shape();
        }

        private void checkFloats(Floats expected) {
            Tensor tensor = find(expected.name, DType.F32, expected.shape);
            if (tensor == null) {
                return;
            }
            boolean fits = shaped
                    ? tensor.shape().equals(expected.shape)
                    : tensor.bytes().byteSize() == 4 * expected.span.length();
            if (tensor.dtype() != DType.F32 || !fits) {
                problems.add(expected.name + ": expected F32 " + expected.shape + ", found " + describe(tensor));
            }
        }

        private Tensor find(String name, DType dtype, List<Long> shape) {
            if (saved.names().contains(name)) {
                return saved.tensor(name);
            }
            problems.add("missing: " + name + ", " + dtype + " " + shape);
            return null;
        }

        /** A scalar of the type that is written here, or of PyTorch's; null if there is none. */
        private Number scalar(String name, DType dtype) {
            Tensor tensor = find(name, dtype, List.of());
            if (tensor == null) {
                return null;
            }
            if (!tensor.shape().isEmpty() || tensor.dtype() != dtype && tensor.dtype() != DType.F32) {
                problems.add(name + ": expected " + dtype + " [] or F32 [], found " + describe(tensor));
                return null;
            }
            return switch (tensor.dtype()) {
                case I64 -> tensor.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
                case F64 -> tensor.bytes().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0);
                default -> tensor.bytes().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
            };
        }

        private long count(String name, long max, Object meaning) {
            Number found = scalar(name, DType.I64);
            if (found == null) {
                return 0;
            }
            long count = found.longValue();
            if (count < 0 || count > max || found instanceof Float && count != found.floatValue()) {
                problems.add(name + ": expected a whole number from 0 to " + max + ", found " + found);
            } else {
                agree(meaning, name, count);
            }
            return count;
        }

        private double number(String name, Object meaning) {
            Number found = scalar(name, DType.F64);
            if (found == null) {
                return 1;
            }
            double number = found.doubleValue();
            if (!Double.isFinite(number)) {
                problems.add(name + ": expected a finite number, found " + found);
            } else {
                agree(meaning, name, number);
            }
            return number;
        }

        private void agree(Object meaning, String name, Number value) {
            Map.Entry<String, Number> first = firsts.putIfAbsent(meaning, Map.entry(name, value));
            if (first != null && !first.getValue().equals(value)) {
                problems.add(name + ": expected " + first.getValue() + " as in " + first.getKey() + ", found " + value);
            }
        }

        private void checkRules() {
            for (ParameterGroup group : groups) {
                String rule = saved.metadata().get(group.name() + ".rule");
                if (rule != null && !rule.replaceFirst("\\[.*", "").equals(nameOf(group.rule()))) {
                    problems.add("rule of " + group.name() + ": expected " + nameOf(group.rule()) + ", found " + rule);
                }
            }
        }
    }
}
