package dev.lanewise.optim;

import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.schedule.ReduceOnPlateau;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

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
 * <tr><td>{@code w.mu_product}</td><td>the number that a rule carries from step to step: an F64; PyTorch's F32 is read too</td></tr>
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
 * <tr><td>{@code lanewise.format}</td><td>{@code 1}, the version of these texts; a file with a higher one is refused. One without it is
 * read too: there the learning rate of a rule is a number, and {@code g.schedule} has the schedule that replaces it;
 * that of an {@link Rprop} is the initial step, and the schedule is divided by it</td></tr>
 * <tr><td>{@code g.rule}</td><td>the rule of the last step, such as {@code Sgd[learningRate=Cosine[peak=0.1, …], momentum=0.9, …]}; in
 * place of a schedule that is a function, the word {@code function}; the name alone
 * of a rule that is no record, or one with components that are no numbers, switches, enums, texts, lists or records, or one that
 * its module does not open</td></tr>
 * <tr><td>{@code g.rule.scheduled}</td><td>{@code true} if it was one of {@link UpdateRule#scheduled}</td></tr>
 * <tr><td>{@code g.schedule.state}</td><td>the state of the {@link ReduceOnPlateau} that the learning rate is, or has as a part; missing
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

        static long elements(List<Long> shape) {
            return shape.stream().reduce(1L, Math::multiplyExact);
        }

        long length() {
            return elements(shape);
        }

        long end() {
            return from + length();
        }
    }

    private final Optimizer optimizer;
    private final CheckpointLayout layout;

    /**
     * The groups of an optimizer, each as a tensor of one dimension with the group's name; {@code all} where it was made
     * without groups. In a file that is loaded, their shapes may be others with as many elements.
     *
     * @param optimizer what is saved, or loaded into
     */
    public Checkpoint(Optimizer optimizer) {
        this(new CheckpointLayout(
                optimizer,
                optimizer.groups().stream()
                        .map(group -> Part.of(group.name(), group.from(), group.length()))
                        .toList(),
                false));
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
        this(new CheckpointLayout(optimizer, parts, true));
    }

    private Checkpoint(CheckpointLayout layout) {
        this.optimizer = layout.optimizer();
        this.layout = layout;
    }

    /**
     * The hyperparameters as they are saved.
     *
     * @return the texts of each group, the format as PyTorch's libraries want it, and of a shard which parameters it has
     */
    public Map<String, String> metadata() {
        return CheckpointTexts.write(optimizer, layout.range());
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
            if (metadata.put(key, value) != null || key.equals(CheckpointTexts.SHARD)) {
                throw new IllegalArgumentException("a checkpoint has a text of its own with the name " + key);
            }
        });
        optimizer.enter();
        try {
            Safetensors.write(file, layout.tensors(), metadata);
        } finally {
            optimizer.leave();
        }
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
        return load(List.of(file));
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
        return CheckpointReader.load(layout, files, true);
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
        return CheckpointReader.load(layout, files, false);
    }
}
