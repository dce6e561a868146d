package dev.lanewise.optim;

import dev.lanewise.memory.DType;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.memory.Safetensors;
import dev.lanewise.memory.Tensor;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
 * <tr><td>{@code w.step}</td><td>how many steps were applied to it: an I64, exact for any number; PyTorch's F32 is read too, which
 * counts to 2²⁴</td></tr>
 * <tr><td>{@code w.mu_product}</td><td>the running product that a rule keeps from step to step: an F64; PyTorch's F32 is read too</td></tr>
 * <tr><td>{@code w.average}</td><td>the average of the parameters, if the optimizer keeps one</td></tr>
 * <tr><td>{@code optimizer.step}</td><td>how many steps were applied in all, which is the position of the schedules: an I64; may be
 * missing where {@code step} is the same everywhere</td></tr>
 * <tr><td>{@code optimizer.skipped}</td><td>how many steps were skipped since the last applied one: an I64; may be missing</td></tr>
 * <tr><td>{@code loss_scale.scale}, {@code loss_scale._growth_tracker}</td><td>the loss scale, if there is one</td></tr>
 * </table>
 *
 * <p>The hyperparameters are texts in the file's metadata; for a group {@code g}:
 *
 * <table>
 * <caption>Texts of a checkpoint</caption>
 * <tr><td>{@code lanewise.format}</td><td>{@code 1}, the version of these texts; a file with a higher one is refused, one without it is
 * read too</td></tr>
 * <tr><td>{@code g.rule}</td><td>the rule of the last step, such as {@code Sgd[learningRate=0.1, momentum=0.9, …]}; the name alone
 * of a rule that is no record, or one with components that are no numbers, switches, enums, texts, lists or records, or one that
 * its module does not open</td></tr>
 * <tr><td>{@code g.rule.scheduled}</td><td>{@code true} if it was one of {@link UpdateRule#scheduled}</td></tr>
 * <tr><td>{@code g.schedule}</td><td>a schedule of the library, such as {@code Cosine[peak=0.1, …]}</td></tr>
 * <tr><td>{@code g.schedule.state}</td><td>the state of the {@link ReduceOnPlateau} that the schedule is, or has as a part; missing
 * if it has several</td></tr>
 * <tr><td>{@code g.frozen}</td><td>{@code true} if it was frozen</td></tr>
 * </table>
 *
 * As PyTorch does, {@link #load} goes on with the hyperparameters of the file, whatever the optimizer was made with: rules and
 * schedules of the library are made again from their texts. What cannot be, a rule or a schedule of the application's own or one
 * of {@link UpdateRule#scheduled}, is compared as far as it has a text, and what differs is refused. To go on with others, replace
 * them {@linkplain Optimizer#replace afterwards}, or leave them out of it with {@link #loadState}. {@link StepOptions} are not in
 * the file.
 *
 * <p>The optimizer of a {@link Shard} saves its own range: a tensor that lies across its boundary is cut and has one dimension,
 * others of which it has nothing are empty, and the text {@code shard} in the metadata says which range it is. The files of
 * all ranks, {@linkplain #load(List) loaded together}, are what one process would have saved; any number of ranks can load what
 * any other number has saved.
 *
 * <p><a href="doc-files/pytorch.html">To PyTorch and back</a> has the Python lines.
 */
public final class Checkpoint {
    private static final String STEP = "optimizer.step";
    private static final String SKIPPED = "optimizer.skipped";
    private static final String SCALE = "loss_scale.scale";
    private static final String SHARD = "shard";
    private static final String FORMAT = "lanewise.format";
    private static final Pattern RANGE = Pattern.compile("parameters (\\d{1,18}) to (\\d{1,18}) of (\\d{1,18})");
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

    /** A tensor of the file, and the buffer of the optimizer that has its floats. */
    private record Floats(String name, Part part, FloatSpan buffer) {
        /** How it is in the file of a range: only what is in the range, without a shape if that is not all. */
        List<Long> shape(Range range) {
            long length = range.end(part.end()) - range.start(part.from());
            return length == part.length() ? part.shape() : List.of(length);
        }
    }

    /** The parameters that a file has, or an optimizer. */
    private record Range(long from, long end) {
        long start(long from) {
            return Math.clamp(from, this.from, end);
        }

        long end(long end) {
            return Math.clamp(end, from, this.end);
        }
    }

    /** A file, and which parameters it has. */
    private record Piece(Path file, Safetensors saved, Range range) {}

    /** The names of the scalars of a part; without a running product, an empty one. */
    private record Scalars(int group, String step, String runningProduct) {}

    private final Optimizer optimizer;
    private final List<ParameterGroup> groups;
    private final boolean shaped;
    private final Range range;
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
        this.range = new Range(optimizer.shard().from(), optimizer.shard().end());
        long length = optimizer.shard().parameters();
        long[] missing = groups.stream().mapToLong(ParameterGroup::length).toArray();
        Part before = Part.of("", 0, 0);
        int next = 0;
        for (Part part : parts.stream()
                .sorted(Comparator.comparingLong(Part::from).thenComparingLong(Part::length))
                .toList()) {
            if (part.from() < before.end()) {
                throw new IllegalArgumentException("parts " + before.name() + " and " + part.name() + " overlap");
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
        name(STEP);
        name(SKIPPED);
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
            String product = rule.runningProductName();
            scalars.add(new Scalars(
                    group, name(part.name() + ".step"), product.isEmpty() ? "" : name(part.name() + "." + product)));
        }
    }

    private void add(Part part, String suffix, FloatSpan buffer) {
        floats.add(new Floats(name(part.name() + suffix), part, buffer));
    }

    /** What of a tensor is in this range and in that. */
    private FloatSpan cut(Floats tensor, Range that) {
        long from = range.start(that.start(tensor.part.from()));
        return tensor.buffer.slice(from - range.from, range.end(that.end(tensor.part.end())) - from);
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
     * @return the texts of each group, the format as PyTorch's libraries want it, and of a shard which parameters it has
     */
    public Map<String, String> metadata() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put(FORMAT, Integer.toString(RuleCodec.FORMAT));
        for (ParameterGroup group : optimizer.groups()) {
            String name = group.name();
            metadata.put(name + ".rule", textOfRule(group, optimizer.steps()));
            if (isScheduled(group)) {
                metadata.put(name + ".rule.scheduled", "true");
            }
            String schedule = textOfSchedule(group);
            if (schedule != null) {
                metadata.put(name + ".schedule", schedule);
            }
            ReduceOnPlateau plateau = RuleCodec.plateau(group.schedule());
            if (plateau != null) {
                metadata.put(name + ".schedule.state", RuleCodec.write(plateau.state()));
            }
            if (group.frozen()) {
                metadata.put(name + ".frozen", "true");
            }
        }
        if (optimizer.shard().world() > 1) {
            metadata.put(SHARD, describe(range, optimizer.shard().parameters()));
        }
        return metadata;
    }

    private static String describe(Range range, long parameters) {
        return "parameters " + range.from + " to " + range.end + " of " + parameters;
    }

    /** Returns the text of the rule of the last step, since a function of the step may be defined no further. */
    private static String textOfRule(ParameterGroup group, long steps) {
        UpdateRule rule = group.rule().at(Math.max(0, steps - 1));
        String text = rule instanceof Record ? RuleCodec.write(rule) : null;
        return text == null ? nameOf(rule) : text;
    }

    private static boolean isScheduled(ParameterGroup group) {
        return group.rule().at(0) != group.rule();
    }

    private static Schedule readable(String text, ReduceOnPlateau plateau) {
        try {
            return RuleCodec.read(text, Schedule.class, plateau);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Returns null where the schedule, or a part of it, could not be made again from it. */
    private static String textOfSchedule(ParameterGroup group) {
        Schedule schedule = group.schedule();
        String text = RuleCodec.write(schedule);
        return text != null && schedule.equals(readable(text, RuleCodec.plateau(schedule))) ? text : null;
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
     *     runningProducts a number that it has no name for
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
            if (metadata.put(key, value) != null || key.equals(SHARD)) {
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
        tensors.add(Tensor.of(STEP, optimizer.steps()));
        tensors.add(Tensor.of(SKIPPED, optimizer.report().skipped()));
        for (Scalars scalar : scalars) {
            tensors.add(Tensor.of(scalar.step, optimizer.steps(scalar.group)));
            double product = optimizer.runningProduct(scalar.group);
            if (!scalar.runningProduct.isEmpty()) {
                tensors.add(scalar(scalar.runningProduct, product));
            } else if (product != 1) {
                throw new IllegalStateException(
                        "rule " + nameOf(groups.get(scalar.group).rule())
                                + " keeps a running product and must have a runningProductName() to save it by");
            }
        }
        LossScale lossScale = optimizer.options().lossScale();
        if (lossScale != null) {
            tensors.add(scalar(SCALE, lossScale.scale()));
            tensors.add(Tensor.of(GOOD_STEPS, lossScale.goodSteps()));
        }
        for (Floats tensor : floats) {
            tensors.add(new Tensor(
                    tensor.name,
                    DType.F32,
                    tensor.shape(range),
                    cut(tensor, range).segment()));
        }
        return tensors;
    }

    private static Tensor scalar(String name, double value) {
        return new Tensor(name, DType.F64, List.of(), MemorySegment.ofArray(new double[] {value}));
    }

    /**
     * Loads the optimizer: its parameters, its state, the numbers of its steps, and its hyperparameters. Those of a group that the
     * file has no texts of stay, and so they all do with a file of PyTorch's.
     *
     * @param file a file that was saved, or written by PyTorch
     * @return the texts in its metadata
     * @throws IOException if the file cannot be read, or is damaged; nothing has been changed then
     * @throws IllegalArgumentException if tensors are missing, unexpected, or have another shape or type, or if hyperparameters
     *     are damaged, of another rule, or cannot be loaded and are not the optimizer's: the message lists them all; nothing has
     *     been changed then
     * @throws IllegalStateException if another thread is in a step, or if memory of the parameters is closed
     */
    public Map<String, String> load(Path file) throws IOException {
        return load(List.of(file), true);
    }

    /**
     * Loads the optimizer from the files of several ranks: as many as it takes to have all of its own parameters, of any number
     * of ranks.
     *
     * @param files files that were saved after the same step
     * @return the texts in the metadata of the first
     * @throws IOException as {@link #load(Path)}
     * @throws IllegalArgumentException as {@link #load(Path)}, if two files have the same parameters or do not agree on anything
     *     that they share, or if there is no file
     * @throws IllegalStateException as {@link #load(Path)}
     */
    public Map<String, String> load(List<Path> files) throws IOException {
        return load(files, true);
    }

    /**
     * Loads the optimizer without the hyperparameters: to go on with others, and to continue what another program began. Only a
     * rule of another name is refused, because its state would mean something else.
     *
     * @param file a file that was saved, or written by PyTorch
     * @return the texts in its metadata
     * @throws IOException as {@link #load(Path)}
     * @throws IllegalArgumentException as {@link #load(Path)}
     * @throws IllegalStateException as {@link #load(Path)}
     */
    public Map<String, String> loadState(Path file) throws IOException {
        return loadState(List.of(file));
    }

    /**
     * Loads the optimizer from the files of several ranks without the hyperparameters.
     *
     * @param files files that were saved after the same step
     * @return the texts in the metadata of the first
     * @throws IOException as {@link #load(List)}
     * @throws IllegalArgumentException as {@link #load(List)}
     * @throws IllegalStateException as {@link #load(List)}
     */
    public Map<String, String> loadState(List<Path> files) throws IOException {
        return load(files, false);
    }

    private Map<String, String> load(List<Path> files, boolean hyperparameters) throws IOException {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("there must be a file to load");
        }
        optimizer.enter();
        try (Arena arena = Arena.ofConfined()) {
            Loading loading = new Loading(files.size() > 1, hyperparameters);
            for (Path file : files) {
                loading.add(file, Safetensors.map(file, arena));
            }
            loading.run();
            return loading.saved.metadata();
        } finally {
            optimizer.leave();
        }
    }

    /** First everything is checked, then everything is copied. */
    private final class Loading {
        private final boolean several;
        private final boolean hyperparameters;
        private final List<Piece> pieces = new ArrayList<>();
        private final List<String> problems = new ArrayList<>();

        /** The first file, which has what all of them have. */
        private Safetensors saved;

        private Path first;

        /** Of the tensors that stand for one number, the first. */
        private final Map<Object, Map.Entry<String, Number>> firsts = new HashMap<>();

        private final Map<ReduceOnPlateau, ReduceOnPlateau.State> plateaus = new LinkedHashMap<>();

        Loading(boolean several, boolean hyperparameters) {
            this.several = several;
            this.hyperparameters = hyperparameters;
        }

        void add(Path file, Safetensors saved) {
            checkFormat(file, saved.metadata().get(FORMAT));
            for (String name : saved.names()) {
                if (!names.contains(name)) {
                    problem(file, "unexpected: " + name + ", " + describe(saved.tensor(name)));
                }
            }
            if (this.saved == null) {
                this.saved = saved;
                first = file;
            } else {
                agree(file, saved);
            }
            long length = optimizer.shard().parameters();
            String text = saved.metadata().getOrDefault(SHARD, Checkpoint.describe(new Range(0, length), length));
            Matcher numbers = RANGE.matcher(text);
            Range range = numbers.matches() && Long.parseLong(numbers.group(3)) == length
                    ? new Range(Long.parseLong(numbers.group(1)), Long.parseLong(numbers.group(2)))
                    : null;
            if (range == null || range.from > range.end || range.end > length) {
                problem(file, "shard: expected a range of " + length + " parameters, found " + text);
                return;
            }
            Piece piece = new Piece(file, saved, range);
            pieces.add(piece);
            floats.forEach(expected -> checkFloats(piece, expected));
        }

        /** The first format had no number; a file of PyTorch's has none either. */
        private static void checkFormat(Path file, String format) {
            if (format != null && !format.matches("[1-9][0-9]{0,8}")) {
                throw new IllegalArgumentException(file + ": " + FORMAT + " must be a whole number from 1: " + format);
            }
            if (format != null && Integer.parseInt(format) > RuleCodec.FORMAT) {
                throw new IllegalArgumentException(file + ": " + FORMAT + " must be at most " + RuleCodec.FORMAT
                        + ", the newest that this version of Lanewise reads: " + format);
            }
        }

        /** What all ranks have is checked in the first file; the others must have the same. */
        private void agree(Path file, Safetensors other) {
            Set<String> texts = new TreeSet<>(saved.metadata().keySet());
            texts.addAll(other.metadata().keySet());
            texts.remove(SHARD);
            for (String key : texts) {
                agree(file, key, saved.metadata().get(key), other.metadata().get(key));
            }
            Set<String> numbers = new LinkedHashSet<>(names);
            floats.forEach(tensor -> numbers.remove(tensor.name));
            for (String name : numbers) {
                agree(file, name, describe(saved, name), describe(other, name));
            }
        }

        private void agree(Path file, String name, Object expected, Object found) {
            if (!Objects.equals(expected, found)) {
                problem(file, name + ": expected " + expected + " as in " + first + ", found " + found);
            }
        }

        private void checkRanges() {
            List<Piece> sorted = pieces.stream()
                    .sorted(Comparator.comparingLong((Piece piece) -> piece.range.from)
                            .thenComparingLong(piece -> piece.range.end))
                    .toList();
            long at = range.from;
            Piece before = null;
            for (Piece piece : sorted) {
                Range own = piece.range;
                if (before != null && own.from < before.range.end && own.from < own.end) {
                    problem(piece.file, "has the parameters from " + own.from + " on, as " + before.file + " has");
                }
                if (own.from > at && at < range.end) {
                    problems.add("missing: parameters " + at + " to " + Math.min(own.from, range.end));
                }
                at = Math.max(at, own.end);
                before = before == null || own.end > before.range.end ? piece : before;
            }
            if (at < range.end) {
                problems.add("missing: parameters " + at + " to " + range.end);
            }
        }

        private void problem(Path file, String problem) {
            problems.add(several ? file + ": " + problem : problem);
        }

        void run() {
            checkRanges();
            boolean counted = saved.names().contains(STEP);
            long steps = counted ? count(STEP, Long.MAX_VALUE, STEP) : optimizer.steps();
            int skipped = saved.names().contains(SKIPPED) ? (int) count(SKIPPED, Integer.MAX_VALUE, SKIPPED) : 0;
            long[] numbers = new long[groups.size()];
            double[] runningProducts = new double[groups.size()];
            Arrays.fill(runningProducts, 1);
            for (Scalars scalar : scalars) {
                long number = count(
                        scalar.step,
                        counted ? steps : Long.MAX_VALUE,
                        counted ? groups.get(scalar.group).name() : STEP);
                numbers[scalar.group] = number;
                steps = counted ? steps : number;
                if (!scalar.runningProduct.isEmpty()) {
                    runningProducts[scalar.group] = number(scalar.runningProduct, scalar.group);
                }
            }
            LossScale lossScale = optimizer.options().lossScale();
            double scale = lossScale == null ? 0 : number(SCALE, SCALE);
            int goodSteps = lossScale == null ? 0 : (int) count(GOOD_STEPS, LossScale.INTERVAL - 1, GOOD_STEPS);
            if (lossScale != null && scale <= 0) {
                problems.add(SCALE + ": expected a positive number, found " + scale);
            }
            List<ParameterGroup> settings = new ArrayList<>();
            for (ParameterGroup group : optimizer.groups()) {
                settings.add(settings(group, steps));
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException((several ? "the files do" : first + " does")
                        + " not fit the optimizer:\n  " + String.join("\n  ", problems));
            }
            for (Piece piece : pieces) {
                for (Floats tensor : floats) {
                    copy(piece.saved.floats(tensor.name), tensor, piece.range);
                }
            }
            optimizer.restore(steps, skipped, settings, numbers, runningProducts);
            plateaus.forEach(ReduceOnPlateau::restore);
            if (lossScale != null) {
                lossScale.restore(scale, goodSteps);
            }
        }

        private static String describe(Safetensors saved, String name) {
            if (!saved.names().contains(name)) {
                return "none";
            }
            Tensor tensor = saved.tensor(name);
            boolean number = Set.of(DType.I64, DType.F64, DType.F32).contains(tensor.dtype());
            return number && tensor.shape().isEmpty() ? value(tensor).toString() : describe(tensor);
        }

        private static String describe(Tensor tensor) {
            return tensor.dtype() + " " + tensor.shape();
        }

        private void checkFloats(Piece piece, Floats expected) {
            List<Long> shape = expected.shape(piece.range);
            if (!piece.saved.names().contains(expected.name)) {
                problem(piece.file, "missing: " + expected.name + ", " + DType.F32 + " " + shape);
                return;
            }
            Tensor tensor = piece.saved.tensor(expected.name);
            boolean fits =
                    shaped ? tensor.shape().equals(shape) : tensor.bytes().byteSize() == 4 * elements(shape);
            if (tensor.dtype() != DType.F32 || !fits) {
                problem(piece.file, expected.name + ": expected F32 " + shape + ", found " + describe(tensor));
            }
        }

        private void copy(FloatSpan from, Floats tensor, Range piece) {
            FloatSpan to = cut(tensor, piece);
            if (to.length() > 0) {
                long first = piece.start(tensor.part.from());
                long begin = range.start(first) - first;
                to.segment().copyFrom(from.slice(begin, to.length()).segment());
            }
        }

        /** A scalar of the type that is written here, or of PyTorch's; null if there is none. */
        private Number scalar(String name, DType dtype) {
            if (!saved.names().contains(name)) {
                problems.add("missing: " + name + ", " + dtype + " []");
                return null;
            }
            Tensor tensor = saved.tensor(name);
            if (!tensor.shape().isEmpty() || tensor.dtype() != dtype && tensor.dtype() != DType.F32) {
                problems.add(name + ": expected " + dtype + " [] or F32 [], found " + describe(tensor));
                return null;
            }
            return value(tensor);
        }

        private static Number value(Tensor tensor) {
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

        /** A group with the hyperparameters of the file, as far as it has them. */
        private ParameterGroup settings(ParameterGroup group, long steps) {
            String rule = text(group, ".rule");
            if (rule == null) {
                return group;
            }
            if (!rule.replaceFirst("\\[.*", "").equals(nameOf(group.rule().at(0)))) {
                problems.add("rule of " + group.name() + ": expected "
                        + nameOf(group.rule().at(0)) + ", found " + rule);
                return group;
            }
            if (!hyperparameters) {
                return group;
            }
            return group.withRule(rule(group, rule, steps))
                    .withSchedule(schedule(group))
                    .withFrozen("true".equals(text(group, ".frozen")));
        }

        private String text(ParameterGroup group, String what) {
            return saved.metadata().get(group.name() + what);
        }

        private UpdateRule rule(ParameterGroup group, String found, long steps) {
            UpdateRule own = group.rule();
            boolean scheduled = "true".equals(text(group, ".rule.scheduled"));
            if (!scheduled && !isScheduled(group) && RuleCodec.knows(own)) {
                try {
                    UpdateRule rule = RuleCodec.read(found, UpdateRule.class);
                    if (RuleStructure.matches(own, rule)) {
                        return rule;
                    }
                    problems.add("rule of " + group.name() + ": expected " + RuleStructure.describe(own) + ", found "
                            + RuleStructure.describe(rule));
                } catch (IllegalArgumentException e) {
                    problems.add("rule of " + group.name() + ": " + e.getMessage());
                }
                return own;
            }
            String expected = textOfRule(group, steps);
            // A rule that has no text but its name, which fits already, cannot be compared any further.
            boolean same = found.equals(expected) || expected.equals(nameOf(own.at(0)));
            if (scheduled != isScheduled(group) || !same) {
                problems.add("rule of " + group.name() + ": expected " + expected
                        + (isScheduled(group) ? " by a function" : "") + ", found " + found
                        + (scheduled ? " by a function" : ""));
            }
            return own;
        }

        private Schedule schedule(ParameterGroup group) {
            Schedule own = group.schedule();
            ReduceOnPlateau plateau = RuleCodec.plateau(own);
            String expected = textOfSchedule(group);
            String found = text(group, ".schedule");
            String state = text(group, ".schedule.state");
            try {
                if (plateau != null && state != null) {
                    restore(group, plateau, RuleCodec.read(state, ReduceOnPlateau.State.class));
                }
                if (expected != null && found != null) {
                    return RuleCodec.read(found, Schedule.class, plateau);
                }
            } catch (IllegalArgumentException e) {
                problems.add("schedule of " + group.name() + ": " + e.getMessage());
                return own;
            }
            // The first checkpoints had no text of a schedule with a plateau, and one of records that cannot be read.
            if (found == null ? expected == null || plateau != null : readable(found, plateau) == null) {
                return own;
            }
            problems.add("schedule of " + group.name() + ": expected "
                    + (expected == null ? "a function" : expected) + ", found "
                    + (found == null ? "a function" : found));
            return own;
        }

        private void restore(ParameterGroup group, ReduceOnPlateau plateau, ReduceOnPlateau.State state) {
            ReduceOnPlateau.State before = plateaus.putIfAbsent(plateau, state);
            if (before != null && !before.equals(state)) {
                problems.add("schedule of " + group.name() + ": expected " + RuleCodec.write(before)
                        + " as in another group that has it, found " + RuleCodec.write(state));
            }
        }
    }
}
