package dev.lanewise.mnist.train;

import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.DistributedCheckpoint;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Checkpoint;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.safetensors.AtomicFile;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.SafetensorsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The checkpoint of a training: one file in a directory, replaced as the training goes on. Beside the optimizer's state it holds
 * the options that the weights depend on, by their names, and what was measured so far.
 */
public final class TrainingCheckpoint implements AutoCloseable {
    private static final String NAME = "checkpoint.safetensors";
    private static final String RANKS = "checkpoint-step-*.safetensors";
    private static final String CURVES = "curves.safetensors";

    private final Path file;
    private final long every;
    private final Optimizer optimizer;
    private final Checkpoint checkpoint;

    /** The checkpoint of all ranks; null for a training without replicas. */
    private final DistributedCheckpoint distributed;

    /** Whether this is the first rank, which alone writes what is not of a shard. */
    private final boolean first;

    private final Map<String, String> options;
    private final TrainingMonitor monitor;
    private final FolderLock lock;
    private final OutputFile output;
    private final OutputFile curves;

    /**
     * Makes the directory if there is none, locks it, and finds out whether it can be written to.
     *
     * @param file from {@link #file}; null to save nothing
     * @param resume whether the file may exist
     * @param every how many steps lie between two saves within an epoch; 0 for none
     * @param parallel the steps of the ranks; null for a training without replicas
     * @param options option → value, of all that the weights depend on
     * @param monitor the numbers of the report, which are saved beside the checkpoint; or null
     * @throws UsageException if the directory cannot be made or written to, or if another run writes there
     */
    public TrainingCheckpoint(
            Path file,
            boolean resume,
            long every,
            Mlp mlp,
            Optimizer optimizer,
            DataParallel parallel,
            Map<String, String> options,
            TrainingMonitor monitor) {
        this.file = file;
        this.every = every;
        this.optimizer = optimizer;
        this.checkpoint = new Checkpoint(
                optimizer,
                mlp.parameterRanges().stream()
                        .map(range -> new Checkpoint.Part(range.name(), range.from(), ModelFile.shape(range)))
                        .toList());
        this.distributed =
                parallel == null || file == null ? null : new DistributedCheckpoint(parallel, checkpoint, file);
        this.first = parallel == null || parallel.ranks().rank() == 0;
        this.options = options;
        this.monitor = monitor;
        if (file == null || !first) {
            this.lock = null;
            this.output = null;
            this.curves = null;
            return;
        }
        this.lock = lock(file.toAbsolutePath().getParent());
        try {
            // Another run may have begun and ended since the first look.
            file(file.toAbsolutePath().getParent(), resume);
            this.output = new OutputFile("--checkpoint", file);
            this.curves = new OutputFile("--checkpoint", file.resolveSibling(CURVES));
        } catch (UsageException e) {
            lock.close();
            throw e;
        }
    }

    private static FolderLock lock(Path folder) {
        FolderLock lock = null;
        try {
            Files.createDirectories(folder);
            lock = FolderLock.of("--checkpoint", folder);
            AtomicFile.removeUnfinished(folder, "{" + NAME + "," + RANKS + "," + CURVES + "}");
            return lock;
        } catch (IOException e) {
            if (lock != null) {
                lock.close();
            }
            throw new UsageException("cannot write --checkpoint " + folder + ": " + UsageException.reason(e), e);
        }
    }

    /** Adds the files in the directory of a checkpoint to those of its command. */
    public static void addTo(CommandFiles files, Path file) {
        files.makes("--checkpoint", file)
                .makes("the curves of --checkpoint", file.resolveSibling(CURVES))
                .makes("the lock of --checkpoint", file.resolveSibling(FolderLock.NAME));
    }

    /**
     * Returns the checkpoint's file in a directory.
     *
     * @param resume whether the file may exist
     * @throws UsageException if it exists and may not, or if the directory is a file
     */
    public static Path file(Path folder, boolean resume) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new UsageException("--checkpoint " + folder + ": expected a directory, found a file");
        }
        Path file = place(folder);
        if (!resume && Files.exists(file)) {
            throw new UsageException("--checkpoint " + folder
                    + ": there is a checkpoint already; add --resume to continue it," + " or remove " + file);
        }
        return file;
    }

    /** {@return the place of the checkpoint's file in a directory} */
    public static Path place(Path folder) {
        return folder.resolve(NAME);
    }

    /**
     * Loads the checkpoint into the optimizer and the network, and prints a line; without a checkpoint they stay as they are.
     *
     * @param steps the number of steps of the whole training
     * @param out receives the line
     * @throws UsageException if the checkpoint is damaged, or of a training with other options
     */
    public ResumePoint resume(long steps, PrintWriter out) {
        if (!Files.exists(file)) {
            out.println("no checkpoint " + file + " yet: training from the beginning");
            return ResumePoint.START;
        }
        try {
            checkOptions();
            ResumePoint position =
                    ResumePoint.of(distributed == null ? checkpoint.load(file) : distributed.load(), file);
            if (optimizer.steps() > steps) {
                throw new UsageException("--resume: " + file + " has taken " + optimizer.steps()
                        + " steps, more than --epochs makes, " + steps);
            }
            if (monitor != null) {
                monitor.load(file.resolveSibling(CURVES), options, optimizer.steps());
            }
            out.println("resumed from " + file + " after step " + optimizer.steps() + " of " + steps);
            return position;
        } catch (SafetensorsException | IllegalArgumentException e) {
            throw new UsageException("--resume: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new UsageException("cannot read --checkpoint " + file + ": " + UsageException.reason(e), e);
        }
    }

    private void checkOptions() throws IOException {
        Map<String, String> saved;
        try (Arena arena = Arena.ofConfined()) {
            saved = Safetensors.map(file, arena).metadata();
        }
        options.forEach((option, value) -> {
            // An option that came later than the checkpoint was off, or had the only value that there was.
            boolean off = value.equals("false") || value.equalsIgnoreCase("none") || value.equals("f32");
            String before = saved.getOrDefault(option, off ? value : null);
            if (before == null) {
                throw new UsageException(
                        "--resume: " + file + ": expected a checkpoint of train, with its " + option + ", found none");
            }
            if (!before.equals(value)) {
                throw new UsageException(
                        "--resume: " + option + " was " + before + " for " + file + ", and is " + value + " now");
            }
        });
    }

    /** {@return whether to save after the step that was just taken} */
    boolean due() {
        return file != null && every > 0 && optimizer.steps() % every == 0;
    }

    void save(ResumePoint position) {
        if (file == null) {
            return;
        }
        Map<String, String> texts = new LinkedHashMap<>(options);
        texts.putAll(position.texts());
        // First the curves: those that are ahead of their checkpoint are cut back when it is resumed.
        if (monitor != null) {
            curves.write(path -> monitor.save(path, options));
        }
        if (distributed == null) {
            output.write(path -> checkpoint.save(path, texts));
            return;
        }
        try {
            distributed.save(texts);
        } catch (IOException e) {
            throw new UsageException("cannot write --checkpoint " + file + ": " + UsageException.reason(e), e);
        }
    }

    /** Unlocks the directory. */
    @Override
    public void close() {
        if (lock != null) {
            lock.close();
        }
    }
}
