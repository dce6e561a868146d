package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.optim.Checkpoint.Part;
import dev.lanewise.optim.CheckpointLayout.Floats;
import dev.lanewise.optim.CheckpointLayout.Range;
import dev.lanewise.optim.CheckpointLayout.Scalars;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** Loads an optimizer from one file or from those of several ranks. It checks everything before it copies anything. */
final class CheckpointReader {
    /** A file, with the range of the parameters that it has. */
    record Piece(Path file, Safetensors saved, Range range) {
        /** {@return a tensor; null if the file does not have it} */
        Tensor tensor(String name) {
            return saved.names().contains(name) ? saved.tensor(name) : null;
        }
    }

    private final CheckpointLayout layout;
    private final Optimizer optimizer;
    private final Range range;
    private final boolean several;
    private final boolean hyperparameters;

    /** Whether state of another type is converted. */
    private final boolean conversion;

    private final List<Piece> pieces = new ArrayList<>();
    private final List<String> problems = new ArrayList<>();

    /** The first file; the others must agree with it. */
    private Safetensors saved;

    private Path first;

    private CheckpointReader(CheckpointLayout layout, boolean several, boolean hyperparameters, boolean conversion) {
        this.layout = layout;
        this.optimizer = layout.optimizer();
        this.range = layout.range();
        this.several = several;
        this.hyperparameters = hyperparameters;
        this.conversion = conversion;
    }

    /**
     * Loads the files.
     *
     * @param hyperparameters whether rules and schedules are loaded too
     * @param conversion whether state of another type is converted
     * @return the texts in the metadata of the first file
     */
    static Map<String, String> load(
            CheckpointLayout layout, List<Path> files, boolean hyperparameters, boolean conversion) throws IOException {
        if (files.isEmpty()) {
            throw new IllegalArgumentException("files must not be empty: []");
        }
        layout.optimizer().enter();
        try (Arena arena = Arena.ofConfined()) {
            CheckpointReader reader = new CheckpointReader(layout, files.size() > 1, hyperparameters, conversion);
            for (Path file : files) {
                reader.add(file, Safetensors.map(file, arena));
            }
            reader.run();
            return reader.saved.metadata();
        } finally {
            layout.optimizer().leave();
        }
    }

    private void add(Path file, Safetensors saved) {
        CheckpointTexts.checkFormat(file, saved.metadata());
        for (String name : saved.names()) {
            if (!layout.names().contains(name) && !(conversion && layout.isScales(name))) {
                problem(file, "unexpected: " + name + ", " + CheckpointNumbers.describe(saved.tensor(name)));
            }
        }
        if (this.saved == null) {
            this.saved = saved;
            first = file;
        } else {
            agree(file, saved);
        }
        long length = optimizer.shard().parameters();
        Range range = CheckpointTexts.range(saved.metadata(), length);
        if (range == null) {
            problem(
                    file,
                    "shard: expected a range of " + length + " parameters, found "
                            + saved.metadata().get(CheckpointTexts.SHARD));
            return;
        }
        Piece piece = new Piece(file, saved, range);
        pieces.add(piece);
        layout.floats().forEach(expected -> checkFloats(piece, expected));
    }

    /** Checks that a file has the same texts and scalars as the first one, which is the one that is checked and loaded. */
    private void agree(Path file, Safetensors other) {
        Set<String> texts = new TreeSet<>(saved.metadata().keySet());
        texts.addAll(other.metadata().keySet());
        texts.remove(CheckpointTexts.SHARD);
        for (String key : texts) {
            agree(file, key, saved.metadata().get(key), other.metadata().get(key));
        }
        Set<String> numbers = new LinkedHashSet<>(layout.names());
        layout.floats().forEach(tensor -> numbers.remove(tensor.name()));
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
                .sorted(Comparator.comparingLong((Piece piece) -> piece.range.from())
                        .thenComparingLong(piece -> piece.range.end()))
                .toList();
        long at = range.from();
        Piece before = null;
        for (Piece piece : sorted) {
            Range own = piece.range;
            if (before != null && own.from() < before.range.end() && own.from() < own.end()) {
                problem(piece.file, "has the parameters from " + own.from() + " on, as " + before.file + " has");
            }
            if (own.from() > at && at < range.end()) {
                problems.add("missing: parameters " + at + " to " + Math.min(own.from(), range.end()));
            }
            at = Math.max(at, own.end());
            before = before == null || own.end() > before.range.end() ? piece : before;
        }
        if (at < range.end()) {
            problems.add("missing: parameters " + at + " to " + range.end());
        }
    }

    /** Checks the scales of a group with its first tensor. */
    private void checkScales(Piece piece, Floats tensor) {
        CheckpointLayout.State state = tensor.state();
        ParameterGroup group = layout.groups().get(state.group());
        Tensor scales = piece.tensor(state.scales());
        // An optimizer that has scales itself expects them, and they are checked like its other floats.
        boolean expected =
                layout.floats().stream().anyMatch(floats -> floats.name().equals(state.scales()));
        if (tensor.part().from() != group.from() || expected && scales != null) {
            return;
        }
        long blocks = Math.ceilDiv(piece.range.end(group.end()) - piece.range.start(group.from()), Int8Floats.BLOCK);
        if (scales == null || scales.dtype() != DType.F32 || Part.elements(scales.shape()) != blocks) {
            problem(
                    piece.file,
                    state.scales() + ": expected F32 [" + blocks + "], found "
                            + (scales == null ? "none" : CheckpointNumbers.describe(scales)));
        }
    }

    private void problem(Path file, String problem) {
        problems.add(several ? file + ": " + problem : problem);
    }

    private void run() {
        checkRanges();
        CheckpointNumbers read = new CheckpointNumbers(saved, problems);
        boolean counted = saved.names().contains(CheckpointLayout.STEP);
        long steps = counted
                ? read.count(CheckpointLayout.STEP, CheckpointNumbers.MOST_STEPS, CheckpointLayout.STEP)
                : optimizer.steps();
        int skipped = saved.names().contains(CheckpointLayout.SKIPPED)
                ? (int) read.count(CheckpointLayout.SKIPPED, Integer.MAX_VALUE, CheckpointLayout.SKIPPED)
                : 0;
        long[] numbers = new long[layout.groups().size()];
        double[][] values = layout.groups().stream()
                .map(group -> StepConstants.initialScalars(group.rule()))
                .toArray(double[][]::new);
        for (Scalars scalar : layout.scalars()) {
            long number = read.count(
                    scalar.step(),
                    counted ? steps : CheckpointNumbers.MOST_STEPS,
                    counted ? layout.groups().get(scalar.group()).name() : CheckpointLayout.STEP);
            numbers[scalar.group()] = number;
            steps = counted ? steps : number;
            List<StateScalar> kept =
                    layout.groups().get(scalar.group()).rule().at(0).scalars();
            for (int i = 0; i < kept.size(); i++) {
                values[scalar.group()][i] = read.scalar(scalar.names().get(i), kept.get(i), List.of(scalar.group(), i));
            }
        }
        LossScale lossScale = optimizer.options().lossScale();
        double scale = lossScale == null ? 0 : read.number(CheckpointLayout.SCALE, CheckpointLayout.SCALE);
        int goodSteps = lossScale == null
                ? 0
                : (int) read.count(CheckpointLayout.GOOD_STEPS, LossScale.INTERVAL - 1, CheckpointLayout.GOOD_STEPS);
        if (lossScale != null && !LossScale.isLegal(scale)) {
            problems.add(CheckpointLayout.SCALE + ": expected a number " + LossScale.RANGE + ", found " + scale);
        }
        CheckpointTexts texts = new CheckpointTexts(saved.metadata(), hyperparameters, problems);
        texts.checkSeed(optimizer);
        List<ParameterGroup> settings = new ArrayList<>();
        for (ParameterGroup group : optimizer.groups()) {
            settings.add(texts.read(group, steps));
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException((several ? "" : first + ": ")
                    + "checkpoint does not match the optimizer:\n  " + String.join("\n  ", problems));
        }
        StateConversion state = new StateConversion(layout, pieces);
        layout.floats().forEach(state::copy);
        optimizer.restore(steps, skipped, settings, numbers, values);
        texts.restorePlateaus();
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
        return number && tensor.shape().isEmpty()
                ? CheckpointNumbers.value(tensor).toString()
                : CheckpointNumbers.describe(tensor);
    }

    private void checkFloats(Piece piece, Floats expected) {
        List<Long> shape = expected.shape(piece.range);
        Tensor tensor = piece.tensor(expected.name());
        if (tensor == null) {
            // The scales of a file that has some are checked with the state to which they belong.
            if (!conversion || expected.unit() == 1) {
                problem(piece.file, "missing: " + expected.name() + ", " + expected.dtype() + " " + shape);
            }
            return;
        }
        boolean fits =
                layout.shaped() ? tensor.shape().equals(shape) : Part.elements(tensor.shape()) == Part.elements(shape);
        if (!fits || !StateConversion.isPossible(tensor.dtype(), expected, conversion)) {
            problem(
                    piece.file,
                    expected.name() + ": expected " + expected.dtype() + " " + shape + ", found "
                            + CheckpointNumbers.describe(tensor)
                            + (fits && StateConversion.isPossible(tensor.dtype(), expected, true)
                                    ? " (Checkpoint.withConversion converts it)"
                                    : ""));
        } else if (conversion && tensor.dtype() == DType.U8) {
            checkScales(piece, expected);
        }
    }
}
