package dev.lanewise;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Every source file of every module obeys these rules, including the tests and the benchmarks. */
class SourceFilesTest {
    private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();
    private static final int LINES = 300, COLUMNS = 140;

    private static final String CONTRACT = "a long list of exact messages, one a line";
    private static final String ONE_SUBJECT = "the tests of one class, in the order of its documentation";

    /** The files that may have more lines than {@link #LINES}, each with the reason. */
    private static final Map<String, String> LONGER = Map.ofEntries(
            entry(
                    "src/lanewise/main/java/dev/lanewise/internal/kernel/GemmKernel.java",
                    "the tiles are written out, because C2 keeps accumulators in registers only as named locals"),
            entry("src/lanewise/main/java/dev/lanewise/internal/kernel/PrepackedKernel.java", "the same reason"),
            entry(
                    "src/lanewise/main/java/dev/lanewise/optim/AdamW.java",
                    "the formulas and the documentation of four options"),
            entry(
                    "src/lanewise/main/java/dev/lanewise/optim/Prodigy.java",
                    "the formulas and the documentation of eleven hyperparameters"),
            entry(
                    "src/lanewise/main/java/dev/lanewise/Workers.java",
                    "one protocol between threads, which a test checks step by step"),
            entry("src/lanewise/main/java/dev/lanewise/nn/Mlp.java", "the facade; half of it is documentation"),
            entry(
                    "src/lanewise/main/java/dev/lanewise/distributed/DataParallel.java",
                    "the facade; half of it is documentation"),
            entry(
                    "src/lanewise/main/java/dev/lanewise/optim/Optimizer.java",
                    "the facade; half of it is documentation"),
            entry(
                    "src/lanewise/main/java/dev/lanewise/optim/RowOptimizer.java",
                    "the facade; half of it is documentation"),
            entry(
                    "bench/src/main/java/dev/lanewise/bench/UnfusedStep.java",
                    "a case for each rule, which is looked up and not read through"),
            entry("src/report/main/java/dev/lanewise/report/ChartRenderer.java", "drawing and cleaning up the SVG"),
            entry("src/lanewise/test/java/dev/lanewise/linalg/GemmTest.java", ONE_SUBJECT),
            entry("src/lanewise/test/java/dev/lanewise/safetensors/SafetensorsTest.java", CONTRACT),
            entry("src/lanewise/test/java/dev/lanewise/nn/MlpFilesTest.java", CONTRACT),
            entry("src/lanewise/test/java/dev/lanewise/optim/CheckpointTest.java", CONTRACT),
            entry("src/lanewise/test/java/dev/lanewise/optim/HyperparametersTest.java", ONE_SUBJECT),
            entry("src/lanewise/test/java/dev/lanewise/optim/RuleLawsTest.java", "every law that the rules obey"),
            entry("src/lanewise/test/java/dev/lanewise/optim/ShardTest.java", ONE_SUBJECT),
            entry("src/lanewise/test/java/dev/lanewise/optim/StatisticsTest.java", ONE_SUBJECT),
            entry("src/lanewise/test/java/dev/lanewise/optim/StepOptionsTest.java", ONE_SUBJECT),
            entry("src/lanewise/test/java/dev/lanewise/schedule/ScheduleTest.java", ONE_SUBJECT),
            entry("src/spark/test/java/dev/lanewise/spark/SparkRanksTest.java", CONTRACT),
            entry("src/mnist/test/java/dev/lanewise/mnist/cli/MainTest.java", CONTRACT),
            entry("src/mnist/test/java/dev/lanewise/mnist/cli/ResumeTest.java", ONE_SUBJECT),
            entry("src/mnist/test/java/dev/lanewise/mnist/lab/experiments/ClaimsTest.java", ONE_SUBJECT));

    /** Matches British spellings by beginnings of words that US English does not have. */
    private static final Pattern BRITISH = Pattern.compile(
            "\\w*((initial|normal|serial|vector|maxim|minim|recogn)is(e|ing|ation)|optimis(e|ing|ation)"
                    + "|colour|neighbour|behaviour|centre\\b|licence)\\w*",
            Pattern.CASE_INSENSITIVE);

    /** Returns the sources of the modules, as paths with slashes relative to the project's folder. */
    private static List<String> sources() throws IOException {
        return files(file -> file.endsWith(".java"));
    }

    private static List<String> files(Predicate<String> wanted) throws IOException {
        List<String> files = new ArrayList<>();
        for (String folder : List.of("src", "bench")) {
            Files.walkFileTree(PROJECT.resolve(folder), new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                    // The build writes and removes files there meanwhile.
                    return directory.endsWith("target") ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path path, BasicFileAttributes attributes) {
                    String file = PROJECT.relativize(path).toString().replace('\\', '/');
                    if (wanted.test(file)) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        }
        assertTrue(files.contains("src/lanewise/main/java/dev/lanewise/Lanewise.java"), () -> PROJECT + ": " + files);
        for (String module : List.of("src/report/", "src/mnist/", "bench/")) {
            assertTrue(files.stream().anyMatch(file -> file.startsWith(module)), module);
        }
        return files;
    }

    @Test
    void haveAtMost300LinesOrAReason() throws IOException {
        TreeSet<String> longer = new TreeSet<>();
        for (String file : sources()) {
            if (Files.readAllLines(PROJECT.resolve(file)).size() > LINES) {
                longer.add(file);
            }
        }
        TreeSet<String> unnamed = new TreeSet<>(longer), needless = new TreeSet<>(LONGER.keySet());
        unnamed.removeAll(LONGER.keySet());
        needless.removeAll(longer);
        assertEquals(
                "[] []",
                unnamed + " " + needless,
                "files above " + LINES + " lines without a reason; exceptions that none needs any more");
    }

    /** The formatter breaks lines of code, but not those of comments. Tests have messages that are longer. */
    @Test
    void haveLinesOfAtMost140Characters() throws IOException {
        List<String> longer = new ArrayList<>();
        for (String file : files(file -> file.endsWith(".java") && file.contains("/main/"))) {
            List<String> lines = Files.readAllLines(PROJECT.resolve(file));
            for (int i = 0; i < lines.size(); i++) {
                if (lines.get(i).length() > COLUMNS) {
                    longer.add(file + ":" + (i + 1));
                }
            }
        }
        assertEquals(List.of(), longer, "lines of more than " + COLUMNS + " characters");
    }

    @Test
    void areInTheEnglishOfTheUnitedStates() throws IOException {
        List<String> british = new ArrayList<>();
        // Tribuo's own names are British.
        for (String file : files(file -> file.contains("/main/") && !file.endsWith("/TribuoStep.java"))) {
            Matcher word = BRITISH.matcher(file + "\n" + Files.readString(PROJECT.resolve(file)));
            TreeSet<String> words = new TreeSet<>();
            while (word.find()) {
                words.add(word.group().toLowerCase(Locale.ROOT));
            }
            words.forEach(one -> british.add(one + " in " + file));
        }
        assertEquals(List.of(), british);
    }

    @Test
    void theEnglishOfTheUnitedStatesIsToldFromTheOther() {
        for (String word : List.of("initialised", "COLOUR", "neighbouring", "Optimiser", "centre", "licence")) {
            assertTrue(BRITISH.matcher("of " + word + ",").find(), word);
        }
        for (String word : List.of("initialized", "color", "neighbor", "optimistic", "center", "centered", "license")) {
            assertFalse(BRITISH.matcher("of " + word + ",").find(), word);
        }
    }
}
