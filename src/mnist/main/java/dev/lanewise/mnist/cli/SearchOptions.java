package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.Split;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.CommandFiles;
import dev.lanewise.mnist.train.OutputFile;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The options of {@code find-lr} that {@code train} does not have. */
final class SearchOptions {
    /** The part of the training images that is held out by default. */
    private static final int TWELFTH = 12;

    private static final double HIGHEST = 10;

    /** A lower rate is 0 or inexact as a float, which all rates become. */
    private static final double LOWEST = 1e-37;

    static final int MOST_STEPS = 10_000_000;

    /** The values of {@code --method}. */
    enum Method {
        LARGEST,
        RANGE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Option(
            names = "--method",
            paramLabel = "NAME",
            defaultValue = "largest",
            description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE})")
    private Method method;

    @Option(
            names = "--per-layer",
            description =
                    "Finds a rate for each layer too, one layer after another, each with the rates found before, for"
                        + " train --layer-lr; with --lr it begins with this rate everywhere and searches for no common"
                        + " one")
    private boolean perLayer;

    @Option(
            names = "--from",
            paramLabel = "RATE",
            description = "The lowest rate (default for largest: 0.0001; range: 0.0000001)")
    private Double from;

    @Option(
            names = "--to",
            paramLabel = "RATE",
            description = "The highest rate (default: 10, or less where --weight-decay does not allow it)")
    private Double to;

    @Option(
            names = "--steps",
            paramLabel = "N",
            description =
                    "Steps of each training (default for largest: an epoch, but 30 at least, and 300 with momentum"
                            + " 0.9; range: 100)")
    private Integer steps;

    @Option(
            names = "--points",
            paramLabel = "N",
            description = "Rates of the grid of largest (default: 11, which is two for each power of ten)")
    private Integer points;

    @Option(
            names = "--bisections",
            paramLabel = "N",
            description = "Trainings of largest after the grid; each halves the distance (default: 4)")
    private Integer bisections;

    @Option(
            names = "--validation",
            paramLabel = "N",
            description =
                    "Holds out N training images, those that train holds out, for the accuracy; 0 for none (default"
                            + " for largest: a twelfth, 5000 of MNIST's; range: none)")
    private Integer validation;

    @Option(
            names = "--plot",
            paramLabel = "FILE",
            description = "Draws the curve to this file, an SVG or a PNG by its ending")
    private Path plot;

    /**
     * Checks the options, and chooses those that were not given.
     *
     * @throws UsageException if one is out of range or does not apply
     */
    void check(TrainingOptions training) {
        if (training.hasLearningRate() && !perLayer) {
            throw new UsageException("--lr does not apply to find-lr without --per-layer: see --from and --to");
        }
        if (method == Method.RANGE) {
            refuse("--per-layer", perLayer ? true : null);
            refuse("--points", points);
            refuse("--bisections", bisections);
            if (training.optimizer().equals("rprop")) {
                throw new UsageException(
                        "--method range does not apply to --optimizer rprop, whose --lr is only the size of its"
                                + " first step: use largest");
            }
        }
        from = from != null ? from : method == Method.RANGE ? 1e-7 : 1e-4;
        if (to == null) {
            to = highest(training);
        }
        if (!(from > 0 && from < to)) {
            throw new UsageException("--from must be above 0 and below --to " + to + ": " + from);
        }
        if (from < LOWEST) {
            throw new UsageException("--from must be at least " + LOWEST + ": " + from);
        }
        training.rule(to, "--to");
        if (to > Float.MAX_VALUE) {
            throw new UsageException("--to must be at most " + Float.MAX_VALUE + ": " + to);
        }
        TrainingOptions.check("--steps", steps == null ? 2 : steps, MOST_STEPS);
        if (steps != null && steps < 2) {
            throw new UsageException("--steps must be at least 2: " + steps);
        }
        points = points == null ? 11 : points;
        bisections = bisections == null ? 4 : bisections;
        if (points < 2 || points > 1000) {
            throw new UsageException("--points must be from 2 to 1000: " + points);
        }
        if (bisections < 0 || bisections > 50) {
            throw new UsageException("--bisections must be from 0 to 50: " + bisections);
        }
        if (validation != null && validation < 0) {
            throw new UsageException("--validation must be at least 0: " + validation);
        }
    }

    boolean range() {
        return method == Method.RANGE;
    }

    boolean perLayer() {
        return perLayer;
    }

    double from() {
        return from;
    }

    double to() {
        return to;
    }

    /** {@return the steps of a training; or null if they are not given} */
    Integer steps() {
        return steps;
    }

    int points() {
        return points;
    }

    int bisections() {
        return bisections;
    }

    /** Holds out as many images as the user asks for, or as the method needs. */
    Split split(DataSet all) {
        return Split.of(all, validation != null ? validation : range() ? 0 : all.size() / TWELFTH);
    }

    /**
     * Finds out whether the plot can be written.
     *
     * @param data is read
     * @return the plot; or null if the user wants none
     * @throws UsageException if it cannot
     */
    OutputFile plot(DataOptions data) {
        if (plot == null) {
            return null;
        }
        CommandFiles files = new CommandFiles().writes("--plot", plot);
        data.addTo(files);
        files.check();
        if (!plot.toString().matches("(?i).*\\.(svg|png)")) {
            throw new UsageException("--plot must end in .svg or .png: " + plot);
        }
        return OutputOptions.chartFile("--plot", plot);
    }

    /** {@return whether the plot is a PNG, and not an SVG} */
    boolean png() {
        return plot.toString().toLowerCase(Locale.ROOT).endsWith(".png");
    }

    private void refuse(String option, Object given) {
        if (given != null) {
            throw new UsageException(option + " does not apply to --method range");
        }
    }

    /** Returns the highest rate that the rule allows with its weight decay, by halving. */
    private double highest(TrainingOptions training) {
        double highest = HIGHEST;
        while (true) {
            try {
                training.rule(highest, "--to");
                return highest;
            } catch (UsageException e) {
                if (highest < 1e-6) {
                    throw e;
                }
                highest /= 2;
            }
        }
    }
}
