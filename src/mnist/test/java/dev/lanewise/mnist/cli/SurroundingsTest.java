package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.testing.Jvm;
import java.io.File;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in a process of its own, with a locale, a disk or a Java in which something is missing. */
class SurroundingsTest {
    @TempDir
    private Path folder;

    private Path data;

    @BeforeEach
    void writeData() throws IOException {
        data = TinyData.write(Files.createDirectory(folder.resolve("data")));
    }

    /** A process that has ended. Its standard error has no warning of the JVM's. */
    private record Ended(int code, String out, List<String> err) {}

    private ProcessBuilder process(List<String> flags, String classPath, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(Jvm.VECTOR_FLAGS);
        command.addAll(flags);
        command.addAll(List.of("-cp", classPath, Main.class.getName()));
        command.addAll(List.of(arguments));
        return new ProcessBuilder(command);
    }

    private static Ended run(ProcessBuilder process) throws IOException, InterruptedException {
        Path err = Files.createTempFile("err", "");
        try {
            Process running = process.redirectError(err.toFile()).start();
            String out = new String(running.getInputStream().readAllBytes());
            int code = running.waitFor();
            List<String> lines = Files.readAllLines(err).stream()
                    .filter(line -> !line.startsWith("WARNING: "))
                    .toList();
            return new Ended(code, out, lines);
        } finally {
            Files.delete(err);
        }
    }

    private static String classPath() {
        return System.getProperty("java.class.path");
    }

    private String[] train(String... more) {
        return Stream.concat(
                        Stream.of(
                                "train", "--data", data.toString(), "--hidden", "8", "--epochs", "1", "--threads", "1"),
                        Stream.of(more))
                .toArray(String[]::new);
    }

    @Test
    void aNameThatTheLocaleDoesNotHave() throws Exception {
        Charset names = Charset.forName(System.getProperty("sun.jnu.encoding"));
        assumeTrue(names.newEncoder().canEncode("größe"), "the tests have no such name either");
        ProcessBuilder process = process(List.of(), classPath(), train("--out", folder + "/größe"));
        process.environment().put("LC_ALL", "C");
        Ended ended = run(process);
        assertEquals(2, ended.code, ended.toString());
        assertEquals(1, ended.err.size(), ended.toString());
        assertTrue(
                ended.err
                        .getFirst()
                        .startsWith(
                                "error: Invalid value for option '--out': expected a file name in the encoding of this"
                                        + " locale, US-ASCII (set LC_ALL to another, as C.UTF-8), found "),
                ended.toString());
    }

    @Test
    void standardOutputThatIsFull() throws Exception {
        File full = new File("/dev/full");
        assumeTrue(full.exists());
        Path model = folder.resolve("w");
        Ended ended = run(process(List.of(), classPath(), train("--out", model.toString()))
                .redirectOutput(full));
        assertEquals(List.of("error: cannot write to standard output"), ended.err);
        assertEquals(2, ended.code);
        assertTrue(Files.exists(model));
        Ended help = run(process(List.of(), classPath(), "--help").redirectOutput(full));
        assertEquals(2, help.code);
        assertEquals(List.of("error: cannot write to standard output"), help.err);
    }

    @Test
    void aTemporaryDirectoryThatIsNotThere() throws Exception {
        Path plot = folder.resolve("x.png");
        Path page = folder.resolve("x.html");
        List<String> flags = List.of("-Djava.io.tmpdir=" + folder.resolve("nowhere"));
        Ended ended = run(process(
                flags,
                classPath(),
                "find-lr",
                "--data",
                data.toString(),
                "--hidden",
                "8",
                "--method",
                "range",
                "--steps",
                "10",
                "--plot",
                plot.toString()));
        assertEquals(List.of(), ended.err);
        assertEquals(0, ended.code);
        assertTrue(Files.size(plot) > 1000);
        assertEquals(0, run(process(flags, classPath(), train("--report", page.toString()))).code);
    }

    /** What is missing to draw a chart is found before the training, not after it. */
    @Test
    void aJavaThatCannotDraw() throws Exception {
        String without = Stream.of(classPath().split(File.pathSeparator))
                .filter(entry -> !entry.contains("jfreechart"))
                .collect(Collectors.joining(File.pathSeparator));
        assertFalse(without.equals(classPath()));
        Path page = folder.resolve("x.html");
        Path plot = folder.resolve("x.svg");
        for (String[] command : new String[][] {
            train("--report", page.toString()),
            {"find-lr", "--data", data.toString(), "--plot", plot.toString()},
            {"lab", "--data", data.toString(), "--out", page.toString()}
        }) {
            Ended ended = run(process(List.of(), without, command));
            assertEquals(2, ended.code, ended.toString());
            assertEquals("", ended.out);
            assertEquals(1, ended.err.size(), ended.toString());
            assertTrue(
                    ended.err.getFirst().matches("error: cannot write --\\w+ .*: this Java cannot draw charts: .*"),
                    ended.toString());
        }
        assertEquals(List.of(data), files());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.toList();
        }
    }

    /** Beside a run that goes on, another one in another process finds out before it touches anything. */
    @Test
    void twoProcessesWithOneDirectory() throws Exception {
        Path saves = folder.resolve("saves");
        Path log = folder.resolve("log");
        List<String> arguments = new ArrayList<>(List.of(train("--checkpoint", saves.toString(), "--resume")));
        arguments.addAll(List.of("--every", "1", "--schedule", "constant"));
        arguments.set(arguments.indexOf("--epochs") + 1, "1000000");
        List<String> logging = new ArrayList<>(arguments);
        logging.addAll(List.of("--metrics", log.toString()));
        Process first = process(List.of(), classPath(), logging.toArray(String[]::new))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        try {
            first.inputReader().readLine();
            first.inputReader().readLine();
            Ended second = run(process(List.of(), classPath(), arguments.toArray(String[]::new)));
            assertEquals(2, second.code, second.toString());
            assertEquals(1, second.err.size(), second.toString());
            assertTrue(
                    second.err
                            .getFirst()
                            .matches("error: --checkpoint " + saves
                                    + ": expected a directory that no other run writes to, found it in use by process "
                                    + first.pid() + " since 20[0-9-]{8}T[0-9:]{8}Z"),
                    second.toString());
            Ended third = run(process(List.of(), classPath(), train("--metrics", log.toString())));
            assertEquals(
                    List.of("error: --metrics " + log + ": expected a file that no other run writes, found it in use"),
                    third.err);
            assertTrue(Files.size(log) > 0);
            assertTrue(first.isAlive());
        } finally {
            first.destroyForcibly().waitFor();
        }
        // The system has released the lock of the process that was killed.
        arguments.set(arguments.indexOf("--epochs") + 1, "1");
        Ended after = run(process(List.of(), classPath(), arguments.toArray(String[]::new)));
        assertEquals(2, after.code);
        assertTrue(after.err.getFirst().contains(" steps, more than --epochs makes, "), after.toString());
    }
}
