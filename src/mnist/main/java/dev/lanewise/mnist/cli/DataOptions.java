package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.train.CommandFiles;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** The option for the data, which all commands have in common. */
final class DataOptions {
    @Option(
            names = "--data",
            paramLabel = "DIR",
            defaultValue = "src/mnist/data",
            description =
                    "The directory of the IDX files, named as MNIST's are, each with or without .gz; images of any"
                            + " size, any number of classes (default: ${DEFAULT-VALUE})")
    private Path data;

    /** Adds the files of the data, whether they are there or not: one that appears may take precedence over another. */
    void addTo(CommandFiles files) {
        DataSet.files(data).forEach(file -> files.reads("--data", file));
    }

    /**
     * Loads the training data.
     *
     * @throws dev.lanewise.mnist.data.UsageException if a file is missing or damaged, or if there is only one class
     */
    DataSet training() {
        DataSet training = DataSet.load(data, DataSet.TRAINING);
        training.checkTrainable();
        return training;
    }

    /**
     * Loads the test data.
     *
     * @throws dev.lanewise.mnist.data.UsageException if a file is missing or damaged
     */
    DataSet test() {
        return DataSet.load(data, DataSet.TEST);
    }
}
