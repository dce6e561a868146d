package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.lab.Lab;
import dev.lanewise.mnist.lab.LabPage;
import dev.lanewise.mnist.lab.ResultStore;
import dev.lanewise.mnist.lab.Scale;
import dev.lanewise.mnist.train.CommandFiles;
import dev.lanewise.mnist.train.FolderLock;
import dev.lanewise.mnist.train.OutputFile;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code lab}: repeats the lecture's experiments and writes a page of the results. */
@Command(
        name = "lab",
        description = {
            "Repeats the lecture's experiments on learning rates and optimizers, and writes a page with what was"
                    + " measured and whether the lecture's claims are confirmed.",
            "Many short trainings run at a time, each on one thread. Their results are kept beside the page, so that a"
                    + " lab that was stopped can be resumed. The same seed and data give the same page, byte for byte"
                    + " but for the line of times, on any number of threads.",
            "Rates are chosen by images that are held out, drawn from the training images as train --validation draws"
                    + " them; the test images decide nothing."
        },
        sortOptions = false)
final class LabCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--quick",
            description = "Fewer images, epochs and rates: minutes become seconds, and the verdicts are less certain")
    private boolean quick;

    @Option(
            names = "--later-rules",
            description = "Adds a section on the update rules that came after the lecture, which takes longer than all"
                    + " others; --resume adds it to a lab that was run without it")
    private boolean laterRules;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            defaultValue = "lab.html",
            description = "The page, or a directory for lab.html; the results are kept in a directory of the same name"
                    + " that ends in -runs (default: ${DEFAULT-VALUE})")
    private Path out;

    @Option(
            names = "--resume",
            description = "Continues with the results that a lab with the same data, --seed and --quick has kept, or"
                    + " begins if there are none")
    private boolean resume;

    @Mixin
    private ComputeOptions compute;

    @Mixin
    private DataOptions data;

    @Override
    public Integer call() {
        int threads = compute.threads();
        Path file = Files.isDirectory(out) ? out.resolve("lab.html") : out;
        CommandFiles files = new CommandFiles().writes("--out", file);
        data.addTo(files);
        files.check();
        OutputFile page = OutputOptions.chartFile("--out", file);
        Path folder = folder(file);
        DataSet training = data.training();
        DataSet test = data.test();
        test.checkGoesWith(training);
        Lab laboratory = new Lab(training, test, quick ? Scale.QUICK : Scale.FULL, compute.seed(), laterRules);
        Map<String, String> settings = new LinkedHashMap<>(laboratory.settings());
        settings.put("--data", training.fingerprint() + ", " + test.fingerprint());
        PrintWriter lines = spec.commandLine().getOut();
        long begin = System.nanoTime();
        LabPage report = report(laboratory, folder, settings, threads, lines);
        byte[] html = report.html().getBytes(StandardCharsets.UTF_8);
        page.write(html);
        report.verdicts().forEach(lines::println);
        double seconds = (System.nanoTime() - begin) / 1e9;
        lines.println(String.format(
                Locale.ROOT, "%s: %d runs, %d kB, %.1f s", file, report.runs(), html.length / 1000, seconds));
        return 0;
    }

    private LabPage report(Lab laboratory, Path folder, Map<String, String> settings, int threads, PrintWriter lines) {
        try (FolderLock _ = lock(folder);
                LabProgress progress = new LabProgress(lines, Progress.terminal())) {
            checkKept(folder, settings, lines);
            return laboratory.run(ResultStore.open(folder, settings), threads, progress);
        } catch (UncheckedIOException e) {
            throw failed(folder, e.getCause());
        } catch (IOException e) {
            throw failed(folder, e);
        }
    }

    private static FolderLock lock(Path folder) throws IOException {
        Files.createDirectories(folder);
        return FolderLock.of("--out", folder);
    }

    private static UsageException failed(Path folder, IOException e) {
        return new UsageException("cannot keep results in " + folder + ": " + UsageException.reason(e), e);
    }

    private static Path folder(Path page) {
        String name = page.getFileName().toString();
        Path folder = page.resolveSibling(name.replaceFirst("\\.[^.]*$", "") + "-runs");
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new UsageException(
                    "--out " + page + ": expected a directory for the results at " + folder + ", found a file");
        }
        return folder;
    }

    /** Refuses results of another lab, which must be neither mixed with these nor overwritten. */
    private void checkKept(Path folder, Map<String, String> settings, PrintWriter lines) throws IOException {
        Map<String, String> kept = ResultStore.settings(folder);
        if (kept == null) {
            if (resume) {
                lines.println("no results in " + folder + " yet: beginning");
            }
            return;
        }
        if (!resume) {
            throw new UsageException("--out: there are results of a lab in " + folder
                    + " already; add --resume to continue it, or remove " + folder);
        }
        settings.forEach((name, value) -> {
            String before = kept.getOrDefault(name, "nothing");
            if (!before.equals(value)) {
                throw new UsageException("--resume: " + name + " was " + before + " for the results in " + folder
                        + ", and is " + value + " now");
            }
        });
    }
}
