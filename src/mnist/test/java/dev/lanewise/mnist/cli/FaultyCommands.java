package dev.lanewise.mnist.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.lanewise.safetensors.AtomicFile;
import dev.lanewise.testing.Durability;
import dev.lanewise.testing.FaultyFiles;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Runs a command again and again, each time with another operation of the file system that fails, for {@link FaultsTest}. */
final class FaultyCommands {
    private static final FaultyFiles FILES =
            (FaultyFiles) FileSystems.getDefault().provider();

    /** The runs of a lab treat their files alike. */
    private static final int MOST_OF_LAB = 24;

    private static final List<String> REPLACED = List.of("w", "page.html", "plot.svg", "plot.png", "lab.html");

    private final String command;
    private final Path outputs;
    private final Path template;
    private final List<String> arguments;
    private final Map<String, String> expected;
    private final Outcome whole;

    private FaultyCommands(String command, Path folder) throws IOException {
        this.command = command;
        this.outputs = folder.resolve("outputs");
        this.template = folder.resolve("template");
        this.arguments = arguments(folder.resolve("data").toString());
        Files.createDirectories(template.resolve("saves"));
        for (String name : List.of("w", "log", "page.html", "plot.svg", "plot.png", "lab.html")) {
            Files.writeString(template.resolve(name), "the old " + name + "\n");
        }
        if (command.equals("resume")) {
            stopInTheMiddle();
        }
        // The whole of a lab would take too long, and no lab of this test is completed.
        this.whole = command.equals("lab") ? null : run(Integer.MAX_VALUE, false);
        this.expected = contents(whole == null ? template : outputs);
    }

    public static void main(String[] arguments) throws IOException {
        FaultyCommands commands = new FaultyCommands(arguments[0], Path.of(arguments[1]));
        boolean lab = arguments[0].equals("lab");
        if (!lab) {
            check(commands.whole.code() == (arguments[0].equals("diverge") ? 3 : 0), commands.whole.toString());
            // The operations of ranks are in any order.
            if (!arguments[0].equals("ranks")) {
                commands.checkOrder(FILES.done());
            }
        }
        int operations = 0;
        // A single failure does not always end a lab, and a whole one would take too long.
        for (boolean forGood : lab ? new boolean[] {true} : new boolean[] {false, true}) {
            boolean failed = true;
            // A disk that stays full takes less care: some places must do.
            int next = arguments[0].equals("ranks") ? 3 : 1;
            for (int n = 0; failed && !(lab && n >= MOST_OF_LAB); n += forGood && !lab ? 3 * next : next) {
                failed = commands.fail(n, forGood);
                operations = Math.max(operations, n);
            }
        }
        System.out.println(operations + " operations failed, alone and with all after them");
    }

    private List<String> arguments(String data) {
        List<String> all = new ArrayList<>();
        all.addAll(
                switch (command) {
                    case "find-svg", "find-png" ->
                        List.of(
                                "find-lr",
                                "--hidden",
                                "4",
                                "--method",
                                "range",
                                "--steps",
                                "4",
                                "--plot",
                                path(command.replace("find-", "plot.")));
                    case "lab" -> List.of("lab", "--quick", "--out", path("lab.html"));
                    default -> List.of("train", "--hidden", "4", "--batch-size", "30", "--metrics", path("log"));
                });
        all.addAll(
                switch (command) {
                    case "train" -> words("--epochs 2 --checkpoint saves --every 2 --resume --out w");
                    case "ranks" ->
                        words("--epochs 1 --checkpoint saves --every 2 --resume --out w --replicas 4 --ranks 2");
                    case "resume" -> words("--epochs 2 --checkpoint saves --resume --report page.html");
                    case "diverge" -> words("--optimizer sgd --lr 1e30 --schedule constant --report page.html");
                    default -> List.of();
                });
        all.addAll(List.of("--data", data, "--threads", "1"));
        return all;
    }

    /** Returns the words of a line, of which the names of outputs become paths. */
    private List<String> words(String line) {
        return Stream.of(line.split(" "))
                .map(word -> word.equals("saves") || REPLACED.contains(word) ? path(word) : word)
                .toList();
    }

    private String path(String name) {
        return outputs.resolve(name).toString();
    }

    /** Makes the template what a process leaves whose disk is full in the second epoch. */
    private void stopInTheMiddle() throws IOException {
        run(Integer.MAX_VALUE, false);
        List<String> done = FILES.done();
        int middle = 0;
        while (!done.get(middle).endsWith(" " + path("saves/checkpoint.safetensors"))) {
            middle++;
        }
        check(run(middle + 4, true).code() == 2, "a full disk");
        FILES.begin(Integer.MAX_VALUE, false);
        delete(template);
        copy(outputs, template);
    }

    /** Runs the command on a copy of the template. */
    private Outcome run(int failing, boolean forGood) throws IOException {
        FILES.begin(Integer.MAX_VALUE, false);
        delete(outputs);
        copy(template, outputs);
        FILES.begin(failing, forGood);
        return Outcome.of(Main::run, arguments.toArray(String[]::new));
    }

    /** Lets an operation fail, and returns whether there was such an operation. */
    private boolean fail(int n, boolean forGood) throws IOException {
        Outcome outcome = run(n, forGood);
        String first = FILES.failed();
        boolean failed = first != null;
        String after = "\n" + first + " failed, after " + FILES.done() + "\n" + outcome;
        FILES.begin(Integer.MAX_VALUE, false);
        Map<String, String> left = contents(outputs);
        if (outcome.code() == 2 && failed) {
            check(outcome.err().size() == 1, after);
            check(outcome.err().getFirst().matches("error: (cannot|--).*" + FaultyFiles.MESSAGE), after);
        } else {
            check(
                    whole != null
                            && outcome.code() == whole.code()
                            && outcome.err().equals(whole.err()),
                    after);
        }
        boolean undeletable = forGood || failed && first.startsWith("delete ");
        left.forEach((name, content) -> checkWhole(name, content, outcome.code() == 2 && failed, undeletable, after));
        if (!forGood && List.of("train", "resume", "ranks").contains(command)) {
            // Whatever has failed, the training goes on and ends as if nothing had.
            Outcome again = Outcome.of(Main::run, arguments.toArray(String[]::new));
            check(again.code() == 0, again + after);
            check(last(again).equals(last(whole)), again + after);
            Map<String, String> completed = contents(outputs);
            for (String name : List.of("w", "log", "page.html")) {
                check(completed.get(name).equals(expected.get(name)), name + ": " + completed.get(name) + after);
            }
        }
        return failed;
    }

    private void checkWhole(String name, String content, boolean refused, boolean undeletable, String after) {
        String before = template(name);
        if (REPLACED.contains(name)) {
            boolean isNew = content.equals(expected.get(name));
            check(isNew || refused && content.equals(before), name + ": " + content + after);
        } else if (name.equals("log")) {
            // A part of a line that was written cannot be cut off where that fails too.
            boolean lines = content.isEmpty() || content.endsWith("\n") || undeletable;
            boolean isNew = lines && expected.get(name).startsWith(content);
            check(isNew || content.equals(before), name + ": " + content + after);
        } else if (name.endsWith(".json")) {
            checkJson(content, after);
        } else if (AtomicFile.isUnfinished(Path.of(name))) {
            check(undeletable, name + " was left" + after);
        }
    }

    private String template(String name) {
        try {
            return contents(template).get(name);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static void checkJson(String content, String after) {
        try (JsonParser json = new JsonFactory().createParser(content)) {
            while (json.nextToken() != null) {
                json.getText();
            }
        } catch (IOException e) {
            throw new AssertionError(content + after, e);
        }
    }

    /** The log is forced before each checkpoint that has its length, and the curves are replaced before the checkpoint. */
    private void checkOrder(List<String> done) {
        List<String> replaced = Durability.replaced(done);
        int files = switch (command) {
            case "train" -> 2;
            case "resume" -> 3;
            default -> 1;
        };
        check(replaced.stream().distinct().count() == files, replaced.toString());
        boolean forced = true;
        String before = "";
        for (String operation : done) {
            if (operation.equals("write " + path("log"))) {
                forced = false;
            } else if (operation.equals("force " + path("log"))) {
                forced = true;
            } else if (operation.startsWith("move ")) {
                if (operation.endsWith(" " + path("saves/checkpoint.safetensors"))) {
                    check(forced, "the log was not forced: " + done);
                    boolean curves = before.endsWith(" " + path("saves/curves.safetensors"));
                    check(curves == command.equals("resume"), "the curves are older: " + done);
                }
                before = operation;
            }
        }
    }

    private static String last(Outcome outcome) {
        return outcome.out().getLast().replaceFirst("  [0-9.]+ s$", "");
    }

    /** Returns name → content of all files, without times. */
    private static Map<String, String> contents(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
                String name = folder.relativize(file).toString();
                contents.put(name, name.equals("log") ? text.replaceAll("\"seconds\":[0-9.E-]+", "") : text);
            }
        }
        return contents;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    private static void check(boolean condition, String message) {
        if (!condition) {
            throw new AssertionError(message);
        }
    }
}
