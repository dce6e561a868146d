package dev.lanewise.mnist.cli;

import dev.lanewise.Workers;
import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.Evaluation;
import dev.lanewise.mnist.train.ModelFile;
import dev.lanewise.nn.Mlp;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code evaluate}: reports the accuracy of a trained network and its mistakes. */
@Command(
        name = "evaluate",
        description = "Reports a network's accuracy on the test data, its confusion matrix, and the mistakes with the"
                + " highest probability.",
        sortOptions = false)
final class EvaluateCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--model",
            paramLabel = "FILE",
            required = true,
            description = "The weights, as train --out wrote them")
    private Path model;

    @Mixin
    private DataOptions data;

    @Option(
            names = "--mistakes",
            paramLabel = "N",
            defaultValue = "6",
            description = "Number of mistakes to draw (default: ${DEFAULT-VALUE})")
    private int mistakes;

    @Override
    public Integer call() {
        if (mistakes < 0) {
            throw new UsageException("--mistakes must be at least 0: " + mistakes);
        }
        try (Workers workers = Workers.of(Runtime.getRuntime().availableProcessors())) {
            Mlp mlp = ModelFile.read(model, workers);
            int inputs = mlp.sizes()[0];
            int classes = mlp.sizes()[mlp.sizes().length - 1];
            DataSet test = data.test();
            test.checkFits(inputs, classes, "for " + model);
            Evaluation evaluation = new Evaluation(Evaluation.Kind.TEST, test, classes);
            evaluation.run(mlp);
            if (evaluation.undefined() >= 0) {
                throw new UsageException(
                        "--model " + model + ": expected a network with finite outputs, found NaN or infinity"
                                + " for test image " + evaluation.undefined());
            }
            report(evaluation, test, spec.commandLine().getOut());
        }
        return 0;
    }

    private void report(Evaluation evaluation, DataSet test, PrintWriter out) {
        out.println(String.format(
                Locale.ROOT,
                "test accuracy %.2f %%  (%d of %d)",
                100 * evaluation.accuracy(),
                evaluation.correct(),
                test.size()));
        out.println();
        out.println("confusion matrix: a row for each label, a column for each prediction");
        printConfusion(evaluation.confusion(), out);
        List<Integer> worst = IntStream.range(0, test.size())
                .filter(i -> evaluation.predicted(i) != test.labels()[i])
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -evaluation.confidence(i)))
                .limit(mistakes)
                .toList();
        if (!worst.isEmpty()) {
            out.println();
            out.println("the surest mistakes: number of the image, its label, the prediction and its probability");
            Charset charset = System.out.charset();
            String arrow = charset.newEncoder().canEncode('→') ? "→" : "->";
            new AsciiImages(test, charset)
                    .print(
                            worst,
                            i -> String.format(
                                    Locale.ROOT,
                                    "#%d: %d %s %d, %.2f %%",
                                    i,
                                    test.labels()[i],
                                    arrow,
                                    evaluation.predicted(i),
                                    100 * evaluation.confidence(i)),
                            out);
        }
    }

    private static void printConfusion(int[][] counts, PrintWriter out) {
        int highest = Stream.of(counts).flatMapToInt(IntStream::of).max().orElse(0);
        String cell = "%" + Math.max(4, 1 + Integer.toString(highest).length()) + "s";
        StringBuilder header = new StringBuilder("    ");
        for (int c = 0; c < counts.length; c++) {
            header.append(String.format(cell, c));
        }
        out.println(header);
        for (int label = 0; label < counts.length; label++) {
            StringBuilder row = new StringBuilder(String.format("%4d", label));
            for (int count : counts[label]) {
                row.append(String.format(cell, count == 0 ? "." : Integer.toString(count)));
            }
            out.println(row);
        }
    }
}
