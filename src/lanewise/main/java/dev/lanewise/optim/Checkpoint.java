package dev.lanewise.optim;

import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.schedule.ReduceOnPlateau;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint saves an optimizer to a {@linkplain Safetensors safetensors} file and loads it again. Training that is stopped
 * after any step and resumed gives the same bits as training that is not.
 *
 * {@snippet :
 * Checkpoint checkpoint = new Checkpoint(optimizer);
 * checkpoint.save(file);
 * // in another process, with an optimizer made in the same way
 * new Checkpoint(optimizer).load(file);
 * }
 *
 * <p>The tensors have PyTorch's names. This table lists them for a part of the parameters, or a group, with the name {@code w}:
 *
 * <table>
 * <caption>Tensors of a checkpoint</caption>
 * <tr><td>{@code w}</td><td>the parameters</td></tr>
 * <tr><td>{@code w.exp_avg}, {@code w.momentum_buffer}, …</td><td>the state of the rule, by its names: an F32, or a BF16 for
 *     {@link StateType#BF16}</td></tr>
 * <tr><td>{@code w.step}</td><td>the number of steps applied to it: an I64; PyTorch's F32, which counts to 2²⁴, is read too</td></tr>
 * <tr><td>{@code w.mu_product}</td><td>the scalar of the rule, here NAdam: an F64; PyTorch's F32 is read too</td></tr>
 * <tr><td>{@code w.average}</td><td>the average of the parameters, if the optimizer keeps one</td></tr>
 * <tr><td>{@code optimizer.step}</td><td>the number of steps applied in all, which is the position of the schedules: an I64; it may be
 *     missing where {@code step} is the same everywhere</td></tr>
 * <tr><td>{@code optimizer.skipped}</td><td>the number of steps skipped since the last applied one: an I64; it may be missing</td></tr>
 * <tr><td>{@code loss_scale.scale}, {@code loss_scale._growth_tracker}</td><td>the loss scale, if there is one</td></tr>
 * </table>
 *
 * <p>The hyperparameters are texts in the file's metadata. This table lists them for a group with the name {@code g}:
 *
 * <table>
 * <caption>Texts of a checkpoint</caption>
 * <tr><td>{@code lanewise.format}</td><td>{@code 1}, the version of these texts; a file with a higher version is refused. A file without
 *     a version is read too: its rules have a number for the learning rate, and {@code g.schedule} has the schedule that replaces it;
 *     the number of an {@link Rprop} is the initial step, and the schedule is divided by it</td></tr>
 * <tr><td>{@code lanewise.state.seed}</td><td>the {@link StepOptions#stateSeed()}, where state is rounded; an optimizer with
 *     another one is refused</td></tr>
 * <tr><td>{@code g.rule}</td><td>the rule of the last step, such as {@code Sgd[learningRate=Cosine[peak=0.1, …], momentum=0.9, …]}; the
 *     word {@code function} stands for a schedule that is a function; the name stands alone where the rule is no record, has a
 *     component that is not a number, switch, enum, text, list or record, or is in a module that is not open to the library</td></tr>
 * <tr><td>{@code g.rule.scheduled}</td><td>{@code true} if the rule was one of {@link UpdateRule#scheduled}</td></tr>
 * <tr><td>{@code g.schedule.state}</td><td>the state of the {@link ReduceOnPlateau} that the learning rate is, or has as a part; it is
 *     missing if there are several</td></tr>
 * <tr><td>{@code g.frozen}</td><td>{@code true} if the group was frozen</td></tr>
 * </table>
 *
 * Like PyTorch, {@link #load} continues with the hyperparameters of the file, whatever the optimizer was made with: rules and
 * schedules of the library are made again from their texts. A rule or a schedule of the application's own, and a rule of
 * {@link UpdateRule#scheduled}, cannot be made from a text; they are compared as far as they have one, and a difference is
 * refused. To continue with other hyperparameters, replace them {@linkplain Optimizer#replace afterwards}, or load the state alone
 * with {@link #loadState}. {@link StepOptions} are not in
 * the file.
 *
 * <p>The optimizer of a {@link Shard} saves its own range: a tensor that lies across its boundary is cut and has one dimension,
 * a tensor outside it is empty, and the text {@code shard} in the metadata is the range. The files of all ranks,
 * {@linkplain #load(List) loaded together}, are equivalent to the file of one process. Any number of ranks can load what any
 * other number has saved.
 *
 * <p><a href="doc-files/pytorch.html">To PyTorch and back</a> has the Python lines.
 */
public final class Checkpoint {
    /**
     * A part is a named tensor among the parameters.
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
         * @throws ArithmeticException if it ends beyond 2⁶³ − 1 elements
         */
        public Part {
            shape = List.copyOf(shape);
            if (from < 0 || shape.stream().anyMatch(length -> length < 0)) {
                throw new IllegalArgumentException(
                        "from and shape of part " + name + " must not be negative: " + from + ", " + shape);
            }
            Math.addExact(from, elements(shape));
        }

        /**
         * Makes a part.
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
    private final boolean conversion;

    /**
     * Makes a checkpoint with one tensor for each group of an optimizer. The tensor has one dimension and the group's name, which is
     * {@code all} where the optimizer was made without groups. In a file that is loaded, the shapes may be others with as many
     * elements.
     *
     * @param optimizer the optimizer that is saved or loaded
     */
    public Checkpoint(Optimizer optimizer) {
        this(
                new CheckpointLayout(
                        optimizer,
                        optimizer.groups().stream()
                                .map(group -> Part.of(group.name(), group.from(), group.length()))
                                .toList(),
                        false),
                false);
    }

    /**
     * Makes a checkpoint with named and shaped tensors among the parameters of an optimizer.
     *
     * @param optimizer the optimizer that is saved or loaded
     * @param parts the tensors, in any order; they cover each group, and parameters in no group as far as they are to be saved
     * @throws IllegalArgumentException if a part is beyond the parameters or only partly in a group, if two parts overlap or
     *     two tensors would have one name in the file, or if the parts do not cover a group
     */
    public Checkpoint(Optimizer optimizer, List<Part> parts) {
        this(new CheckpointLayout(optimizer, parts, true), false);
    }

    private Checkpoint(CheckpointLayout layout, boolean conversion) {
        this.optimizer = layout.optimizer();
        this.layout = layout;
        this.conversion = conversion;
    }

    /**
     * Returns this checkpoint, loading state of any {@link StateType}. A file has the type that the state was stored in; loading it into an
     * optimizer that stores another one is refused otherwise, because training then continues with other bits.
     *
     * <p>A number becomes the nearest of the other type. Blocks of {@link StateType#INT8} get new scales, unless the file has
     * such blocks too.
     *
     * @return a checkpoint that converts
     */
    public Checkpoint withConversion() {
        return new Checkpoint(layout, true);
    }

    /**
     * Returns the hyperparameters as they are saved.
     *
     * @return the texts of each group, the format that PyTorch's libraries require, and the range of a shard
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
        return CheckpointTexts.write(optimizer, layout.range());
    }

    /**
     * Saves the optimizer. If the process or the machine stops meanwhile, the file is the whole old one or the whole new one.
     *
     * @param file the file to write or replace
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalStateException if another thread is in a step, or if memory of the parameters is closed
     */
    public void save(Path file) throws IOException {
        save(file, Map.of());
    }

    /**
     * Saves the optimizer, and texts of the application's own, such as the epoch.
     *
     * @param file the file to write or replace
     * @param texts the texts to add to {@link #metadata()}
     * @throws IOException if it cannot be written; the old file is untouched then
     * @throws IllegalArgumentException if a text has the name of a hyperparameter
     * @throws IllegalStateException as {@link #save(Path)}
     */
    public void save(Path file, Map<String, String> texts) throws IOException {
        optimizer.enter();
        try {
            // The texts are those of the same step as the tensors.
            Map<String, String> metadata = texts();
            texts.forEach((key, value) -> {
                if (metadata.put(key, value) != null || key.equals(CheckpointTexts.SHARD)) {
                    throw new IllegalArgumentException(
                            "name of a text must not be one of the checkpoint's own: " + key);
                }
            });
            Safetensors.write(file, layout.tensors(), metadata);
        } finally {
            optimizer.leave();
        }
    }

    /**
     * Loads the optimizer: its parameters, its state, its counts of steps, and its hyperparameters. The hyperparameters of a group
     * stay where the file has no texts for it; a file of PyTorch's has none.
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
     * Loads the optimizer from the files of several ranks. Together they must have all of its parameters; the number of ranks may
     * be another than when they were saved.
     *
     * @param files files that were saved after the same step
     * @return the texts in the metadata of the first
     * @throws IOException as {@link #load(Path)}
     * @throws IllegalArgumentException as {@link #load(Path)}, if two files have the same parameters or differ in anything
     *     that they share, or if there is no file
     * @throws IllegalStateException as {@link #load(Path)}
     */
    public Map<String, String> load(List<Path> files) throws IOException {
        return CheckpointReader.load(layout, files, true, conversion);
    }

    /**
     * Loads the optimizer without the hyperparameters, to continue with others or to continue what another program began. Only a
     * rule of another name is refused, because its state has another meaning.
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
        return CheckpointReader.load(layout, files, false, conversion);
    }
}
