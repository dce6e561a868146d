package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.CommandFiles;
import dev.lanewise.mnist.train.OutputFile;
import dev.lanewise.mnist.train.TrainingCheckpoint;
import dev.lanewise.report.Chart;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The options for the files that {@code train} writes, and for {@code --watch}. */
final class OutputOptions {
    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Writes the weights that are evaluated to this file at the end, in the safetensors format")
    private Path modelFile;

    @Option(
            names = "--metrics",
            paramLabel = "FILE",
            description =
                    "Logs JSON lines to this file, replacing the file: step, epoch, loss and lr of each step (with"
                        + " --layer-lr one for each weight and bias); epoch, loss, test_accuracy and seconds of each"
                        + " epoch. With --validation an epoch has validation_loss and validation_accuracy, and"
                        + " test_accuracy is in the last line. Each line is written at once, so the file can be"
                        + " followed with tail -f")
    private Path metricsFile;

    @Option(
            names = "--report",
            paramLabel = "FILE",
            description =
                    "Writes a page to this file at the end, also if the training diverges: loss, accuracy, learning"
                        + " rate and update-to-weight ratio of each layer as curves, spikes with their likely cause,"
                        + " and all options. Steps take longer, since their norms are computed")
    private Path reportFile;

    @Option(
            names = "--watch",
            description =
                    "Reports spikes of the loss and of the steps of a layer as they happen, with the likely cause and"
                            + " advice")
    private boolean watched;

    @Option(
            names = "--checkpoint",
            paramLabel = "DIR",
            description =
                    "Saves the state of the training in checkpoint.safetensors in this directory, after each epoch and"
                        + " at the end, and the curves of --report in curves.safetensors; creates the directory if it"
                        + " does not exist. The files are whole whenever the program is stopped. One run at a time"
                        + " writes there, which in-use.lock ensures")
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
                        + " training without interruption, and times and the log include those before. All options"
                        + " that the weights depend on must be the same; if the --schedule does not depend on"
                        + " --epochs, as constant does not, --epochs may be larger. The report has the curves from the"
                        + " beginning if the training had --report and --checkpoint from the beginning")
    private boolean resume;

    private OutputFile model;
    private OutputFile report;

    /** Checks the options without access to files. */
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
     * @param data is read
     * @throws UsageException if one cannot be written, or if two are the same
     */
    void open(DataOptions data) {
        CommandFiles files = new CommandFiles();
        files.writes("--out", modelFile).writes("--metrics", metricsFile).writes("--report", reportFile);
        if (checkpoint != null) {
            TrainingCheckpoint.addTo(files, TrainingCheckpoint.file(checkpoint, resume));
        }
        data.addTo(files);
        files.check();
        if (metricsFile != null) {
            OutputFile.checkWritable("--metrics", metricsFile);
        }
        model = modelFile == null ? null : new OutputFile("--out", modelFile);
        report = reportFile == null ? null : chartFile("--report", reportFile);
    }

    /**
     * Finds out whether a file with charts can be written.
     *
     * @throws UsageException if it cannot, or if charts cannot be drawn
     */
    static OutputFile chartFile(String option, Path file) {
        OutputFile output = new OutputFile(option, file);
        try {
            Chart.check();
        } catch (IllegalStateException e) {
            throw new UsageException("cannot write " + option + " " + file + ": " + e.getMessage(), e);
        }
        return output;
    }

    /** {@return the file of the weights; or null} */
    OutputFile model() {
        return model;
    }

    /** {@return whether there will be a page} */
    boolean reported() {
        return reportFile != null;
    }

    /** {@return the page; or null} */
    OutputFile report() {
        return report;
    }

    /** {@return the log; or null} */
    Path metrics() {
        return metricsFile;
    }

    /** {@return the file of the checkpoint; or null} */
    Path checkpoint() {
        return checkpoint == null ? null : TrainingCheckpoint.place(checkpoint);
    }

    /** {@return the steps from one save to the next within an epoch; 0 for none} */
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
