package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.OutputFile;
import dev.lanewise.mnist.train.TrainingCheckpoint;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** What {@code train} writes and prints beside its lines. */
final class OutputOptions {
    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes the weights here at the end, in the safetensors format")
    private Path modelFile;

    @Option(
            names = "--metrics",
            paramLabel = "FILE",
            description =
                    "Logs JSON lines here, replacing the file: step, epoch, loss and lr of each step (with --layer-lr"
                        + " one for each weight and bias); epoch, loss, test_accuracy and seconds of each epoch. With"
                        + " --validation an epoch has validation_loss and validation_accuracy, and test_accuracy is in"
                        + " the last line. Each line is written at once, so the file can be followed with tail -f")
    private Path metricsFile;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "Writes a page here at the end, also if the training diverges: loss, accuracy, learning rate and"
                        + " update-to-weight ratio of each layer as curves, spikes with what they may come from, and"
                        + " all options. Steps take longer, since the norms are taken and kept")
    private Path reportFile;

    @Option(
            names = "--watch",
            description = "Prints a line when the loss or the step of a layer stands out, with the likely reason and"
                    + " advice")
    private boolean watched;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description =
                    "Saves all that the training needs to continue here, in checkpoint.safetensors, after each epoch"
                            + " and at the end, and the curves of --report in curves.safetensors; the directory is made"
                            + " if there is none. The files are whole whenever the program is stopped")
    private Path checkpoint;

    @Option(
            names = "--every",
            paramLabel = "N",
            description =
                    "Saves the checkpoint after every N steps too, counted from the first epoch; the time of an epoch"
                            + " includes these saves")
    private Integer every;

    @Option(
            names = "--resume",
            description =
                    "Continues from the checkpoint, or begins if there is none yet: the weights will be those of a"
                        + " training without interruption, and times and the log include what was before. All options"
                        + " that the weights depend on must be as they were; if the --schedule does not depend on"
                        + " --epochs, as constant does not, --epochs may be larger. The report has the curves from the"
                        + " beginning if what was before had --report and --checkpoint too")
    private boolean resume;

    private Path checkpointFile;
    private OutputFile model;
    private OutputFile report;

    /** Checks what can be checked without a look at files. */
    void check() {
        if (every != null) {
            TrainingOptions.check("--every", every, Integer.MAX_VALUE);
        }
        if (checkpoint == null && (every != null || resume)) {
            throw new UsageException(
                    (resume ? "--resume" : "--every") + " needs --checkpoint, the directory to save in");
        }
    }

    /**
     * Finds out whether the files can be written, without touching those that exist.
     *
     * @throws UsageException if one cannot, or if two are the same
     */
    void open() {
        checkpointFile = checkpoint == null ? null : TrainingCheckpoint.file(checkpoint, resume);
        checkFiles();
        model = modelFile == null ? null : new OutputFile("--out", modelFile);
        report = reportFile == null ? null : new OutputFile("--report", reportFile);
    }

    private void checkFiles() {
        if (metricsFile != null) {
            OutputFile.checkPlace("--metrics", metricsFile);
        }
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("--out", modelFile);
        files.put("--metrics", metricsFile);
        files.put("--report", reportFile);
        files.put("--checkpoint", checkpointFile);
        Map<Path, String> names = new HashMap<>();
        files.forEach((option, file) -> {
            String other = file == null
                    ? null
                    : names.putIfAbsent(file.toAbsolutePath().normalize(), option);
            if (other != null) {
                throw new UsageException(other + " and " + option + " must not be the same file: " + files.get(other));
            }
        });
    }

    /** The weights; or null. */
    OutputFile model() {
        return model;
    }

    /** The page; or null. */
    OutputFile report() {
        return report;
    }

    /** The log; or null. */
    Path metrics() {
        return metricsFile;
    }

    /** The checkpoint; or null. */
    Path checkpoint() {
        return checkpointFile;
    }

    /** Steps from one save to the next within an epoch; 0 for none. */
    int every() {
        return every == null ? 0 : every;
    }

    boolean resume() {
        return resume;
    }

    boolean watched() {
        return watched;
    }
}
