package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A row checkpoint saves a {@link RowOptimizer} with its table to a {@linkplain Safetensors safetensors} file and loads it again.
 * Training that is stopped after any step and resumed gives the same bits as training that is not.
 *
 * <p>The file is that of a {@link Checkpoint} with one part, whose shape is {@code [rows, columns]} and whose name is that of the table: an
 * {@link Optimizer} with the same rule can load it, and the reverse. {@code sum} of {@link RowWiseAdagrad} has one dimension,
 * {@code [rows]}; a file may have another shape with as many elements, such as torchrec's {@code [rows, 1]}.
 */
public final class RowCheckpoint {
    private final RowOptimizer optimizer;

    /**
     * Makes a checkpoint.
     *
     * @param optimizer the row optimizer that is saved or loaded
     */
    public RowCheckpoint(RowOptimizer optimizer) {
        this.optimizer = optimizer;
    }

    /**
     * Returns the hyperparameters as they are saved.
     *
     * @return the texts of a {@link Checkpoint} for one group with the name of the table
     * @throws IllegalStateException if another thread is in a step
     */
    public Map<String, String> metadata() {
        optimizer.enter();
        try {
            return texts();
        } finally {
            optimizer.leave();
        }
    }

    private Map<String, String> texts() {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put(CheckpointTexts.FORMAT, Integer.toString(RuleCodec.FORMAT));
        CheckpointTexts.write(optimizer.constants().settings, optimizer.steps(), metadata);
        return metadata;
    }

    /**
     * Saves the optimizer and its table. If the process or the machine stops meanwhile, the file is the whole old one or the whole new one.
     *
     * @param file the file to write or replace
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalStateException if another thread is in a step, or if memory of the table is closed
     */
    public void save(Path file) throws IOException {
        optimizer.enter();
        try {
            List<Tensor> tensors = new ArrayList<>();
            tensors.add(Tensor.of(CheckpointLayout.STEP, optimizer.steps()));
            tensors.add(Tensor.of(CheckpointLayout.SKIPPED, optimizer.report().skipped()));
            tensors.add(Tensor.of(name("step"), optimizer.constants().steps()));
            double[] values = optimizer.constants().scalars();
            for (int i = 0; i < values.length; i++) {
                MemorySegment value = MemorySegment.ofArray(new double[] {values[i]});
                tensors.add(new Tensor(name(scalars().get(i).name()), DType.F64, List.of(), value));
            }
            floats().forEach((name, span) -> tensors.add(new Tensor(name, DType.F32, shape(span), span.segment())));
            Safetensors.write(file, tensors, texts());
        } finally {
            optimizer.leave();
        }
    }

    /**
     * Loads the optimizer: its table, its state, its count of steps, and the hyperparameters of its rule. These stay where the file has
     * no texts for them; a file of PyTorch's has none.
     *
     * @param file a file that was saved, or written by PyTorch
     * @return the texts in its metadata
     * @throws IOException if the file cannot be read, or is damaged; nothing has been changed then
     * @throws IllegalArgumentException if tensors are missing, unexpected, or have another shape or type, or if hyperparameters
     *     are damaged, of another rule, or cannot be loaded and are not the optimizer's: the message lists them all; nothing has
     *     been changed then
     * @throws IllegalStateException if another thread is in a step, or if memory of the table is closed
     */
    public Map<String, String> load(Path file) throws IOException {
        optimizer.enter();
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            CheckpointTexts.checkFormat(file, saved.metadata());
            List<String> problems = new ArrayList<>();
            Map<String, FloatSpan> floats = floats();
            checkNames(saved, floats, problems);
            CheckpointNumbers read = new CheckpointNumbers(saved, problems);
            long number = read.count(name("step"), CheckpointNumbers.MOST_STEPS, "number");
            long steps = saved.names().contains(CheckpointLayout.STEP)
                    ? read.count(CheckpointLayout.STEP, CheckpointNumbers.MOST_STEPS, CheckpointLayout.STEP)
                    : number;
            long skipped = saved.names().contains(CheckpointLayout.SKIPPED)
                    ? read.count(CheckpointLayout.SKIPPED, Integer.MAX_VALUE, CheckpointLayout.SKIPPED)
                    : 0;
            double[] values = new double[scalars().size()];
            for (int i = 0; i < values.length; i++) {
                values[i] = read.scalar(name(scalars().get(i).name()), scalars().get(i), i);
            }
            CheckpointTexts texts = new CheckpointTexts(saved.metadata(), true, problems);
            ParameterGroup settings = texts.read(optimizer.constants().settings, steps);
            if (settings.frozen()) {
                problems.add("frozen of " + optimizer.name() + ": expected false, found true");
            }
            if (!problems.isEmpty()) {
                throw new IllegalArgumentException(
                        file + ": checkpoint does not match the optimizer:\n  " + String.join("\n  ", problems));
            }
            floats.forEach(
                    (name, span) -> span.segment().copyFrom(saved.floats(name).segment()));
            optimizer.restore(steps, (int) skipped, settings.rule(), number, values);
            texts.restorePlateaus();
            return saved.metadata();
        } finally {
            optimizer.leave();
        }
    }

    private String name(String suffix) {
        return optimizer.name() + "." + suffix;
    }

    private List<StateScalar> scalars() {
        return optimizer.rule().at(0).scalars();
    }

    /** {@return the tensors of floats, by their names} */
    private Map<String, FloatSpan> floats() {
        Map<String, FloatSpan> floats = new LinkedHashMap<>();
        floats.put(optimizer.name(), optimizer.table());
        for (StateBuffer buffer : optimizer.rule().at(0).state()) {
            floats.put(name(buffer.name()), optimizer.state(buffer.name()));
        }
        return floats;
    }

    /** {@return the shape of a tensor: that of the table, or for state of the rows their number} */
    private List<Long> shape(FloatSpan span) {
        long rows = optimizer.rows();
        return isOfRows(span) ? List.of(rows) : List.of(rows, (long) optimizer.columns());
    }

    private boolean isOfRows(FloatSpan span) {
        return span != optimizer.table() && optimizer.rule().at(0) instanceof RowRule;
    }

    private void checkNames(Safetensors saved, Map<String, FloatSpan> floats, List<String> problems) {
        Set<String> numbers = new HashSet<>(List.of(CheckpointLayout.STEP, CheckpointLayout.SKIPPED, name("step")));
        scalars().forEach(scalar -> numbers.add(name(scalar.name())));
        for (String name : saved.names()) {
            if (!floats.containsKey(name) && !numbers.contains(name)) {
                problems.add("unexpected: " + name + ", " + describe(saved.tensor(name)));
            }
        }
        floats.forEach((name, span) -> {
            List<Long> shape = shape(span);
            if (!saved.names().contains(name)) {
                problems.add("missing: " + name + ", " + DType.F32 + " " + shape);
                return;
            }
            Tensor tensor = saved.tensor(name);
            boolean fits = isOfRows(span)
                    ? tensor.bytes().byteSize() == span.length() * Float.BYTES
                    : tensor.shape().equals(shape);
            if (tensor.dtype() != DType.F32 || !fits) {
                problems.add(name + ": expected F32 " + shape + ", found " + describe(tensor));
            }
        });
    }

    private static String describe(Tensor tensor) {
        return tensor.dtype() + " " + tensor.shape();
    }
}
