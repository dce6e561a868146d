package dev.lanewise.mnist.cli;

import dev.lanewise.distributed.Collective;
import dev.lanewise.fuzz.Inputs;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.mnist.data.DataSet;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A command line, whose arguments are the lines of an input, prints its help, evaluates, begins to train, or is refused in one
 * line on standard error without having made a file. There are data of four images, so that everything is checked that can be,
 * and a training is stopped where it would begin: at what it prints first, or as one of two ranks at the first message to the
 * other. There are no slashes, so that all files are in the working directory.
 */
public final class CommandLineFuzz {
    private static final Path HERE = Path.of("");
    private static final Pattern OPTION = Pattern.compile("--[a-z][a-z0-9-]*");
    private static final Set<String> KEPT = Set.of("d", "m");

    /** What is printed by commands that end soon. */
    private static final Pattern SHORT = Pattern.compile("(?s)(Usage: |lanewise |test accuracy ).*");

    private static int runs;

    private CommandLineFuzz() {}

    /** A training is about to begin. */
    private static final class Begun extends Error {
        private static final long serialVersionUID = 1;

        Begun() {
            super(null, null, false, false);
        }
    }

    /** {@return command lines with all options} */
    public static List<byte[]> seeds() {
        String usual =
                " --data d --hidden 5,4 --optimizer adamw --lr 1e-3 --beta1 0.9 --epsilon 1e-8 --weight-decay 0.1"
                        + " --clip-norm 1 --batch-size 128 --seed 7 --threads 1";
        Stream<String> lines = Stream.of(
                "--help",
                "--version",
                "train --help",
                "train" + usual + " --epochs 3 --validation 1 --schedule cosine:floor=0.1 --layer-lr layers.0=0.1",
                "train --data d --out o --metrics n --report r --watch --checkpoint c --every 5 --resume --state bf16",
                "train --data d --optimizer sgd --momentum 0.9 --nesterov --hidden none --replicas 4 --ranks 2"
                        + " --lr=0.1",
                "find-lr" + usual.replace("--lr 1e-3", "")
                        + " --method range --from 1e-4 --to 10 --steps 50 --plot p.svg",
                "find-lr --data d --per-layer --points 5 --bisections 3 --validation 1 --lr 0.01",
                "evaluate --data d --model m --mistakes 3",
                "lab --quick --resume --seed 1 --threads 1 --out l.html --data d",
                "lab --later-rules --data nothing");
        Stream<String> rules =
                RuleOption.ALL.stream().map(rule -> "train --data d --optimizer " + rule + options(rule));
        Stream<String> schedules = Arrays.stream(ScheduleOption.Shape.values())
                .map(shape -> "train --data d --validation 1 --epochs 9 --schedule "
                        + ScheduleOption.parse(shape.toString()));
        return Inputs.texts(
                Stream.of(lines, rules, schedules).flatMap(line -> line).map(line -> line.replace(' ', '\n')));
    }

    /** Returns all options of a rule with their defaults. */
    private static String options(RuleOption rule) {
        return rule.settings(Map.of()).entrySet().stream()
                .filter(option -> option.getValue() != Boolean.FALSE)
                .map(option ->
                        " " + option.getKey() + (option.getValue() == Boolean.TRUE ? "" : "=" + option.getValue()))
                .collect(Collectors.joining());
    }

    /** {@return all options of all commands, each as an argument} */
    public static List<String> words() {
        Set<String> options = new TreeSet<>();
        for (String command : List.of("train", "find-lr", "evaluate", "lab")) {
            StringWriter help = new StringWriter();
            Main.run(new PrintWriter(help, true), new PrintWriter(help, true), command, "--help");
            OPTION.matcher(help.toString()).results().map(MatchResult::group).forEach(options::add);
        }
        return options.stream().map(option -> "\n" + option + "\n").toList();
    }

    /** Makes the data and a model. */
    public static void fuzzerInitialize() throws IOException {
        clean(Set.of());
        Path data = Files.createDirectory(HERE.resolve("d"));
        for (String part : List.of(DataSet.TRAINING, DataSet.TEST)) {
            byte[] images = ByteBuffer.allocate(16 + 4)
                    .putInt(0x803)
                    .putInt(4)
                    .putInt(1)
                    .putInt(1)
                    .putInt(0x00ff10e0)
                    .array();
            Files.write(data.resolve(part + "-images-idx3-ubyte"), images);
            byte[] labels = ByteBuffer.allocate(8 + 4)
                    .putInt(0x801)
                    .putInt(4)
                    .putInt(0x00010001)
                    .array();
            Files.write(data.resolve(part + "-labels-idx1-ubyte"), labels);
        }
        StringWriter out = new StringWriter();
        PrintWriter lines = new PrintWriter(out, true);
        int code = Main.run(
                lines,
                lines,
                "train",
                "--data",
                "d",
                "--hidden",
                "none",
                "--epochs",
                "1",
                "--threads",
                "1",
                "--out",
                "m");
        if (code != 0) {
            throw new AssertionError(out);
        }
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) throws IOException {
        if (++runs % 500 == 0) {
            clean(KEPT);
        }
        List<String> arguments =
                new ArrayList<>(List.of(Inputs.text(input).replace('/', '_').split("\n", -1)));
        boolean train = arguments.getFirst().equals("train");
        if (train) {
            // Two ranks need two replicas.
            complete(arguments, "--replicas=2");
        }
        if (train || arguments.getFirst().equals("find-lr")) {
            // The weights of the usual network take longer than everything else.
            complete(arguments, "--hidden=3");
        }
        run(arguments.toArray(String[]::new));
    }

    private static void complete(List<String> arguments, String option) {
        String name = option.substring(0, option.indexOf('='));
        if (arguments.stream().noneMatch(argument -> argument.startsWith(name))) {
            arguments.add(1, option);
        }
    }

    private static void clean(Set<String> kept) throws IOException {
        for (Path path : list()) {
            if (!kept.contains(path.toString())) {
                try (Stream<Path> files = Files.walk(path)) {
                    for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                        Files.delete(file);
                    }
                }
            }
        }
    }

    private static Set<Path> list() throws IOException {
        try (Stream<Path> files = Files.list(HERE)) {
            return files.collect(Collectors.toSet());
        }
    }

    private static void run(String[] arguments) throws IOException {
        Set<Path> before = list();
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code;
        try {
            code = Main.run(new Other(), new PrintWriter(new Begin(out), true), new PrintWriter(err, true), arguments);
        } catch (Begun e) {
            return;
        }
        boolean done = code == 0 && err.toString().isEmpty() && !out.toString().isBlank();
        boolean refused = code == 2
                && out.toString().isEmpty()
                && err.toString().lines().count() == 1
                && err.toString().startsWith("error: ")
                && list().equals(before);
        if (!done && !refused) {
            throw new AssertionError(String.join(" ", arguments) + "\n" + code + "\n" + out + "\n" + err + "\n" + before
                    + "\n" + list());
        }
    }

    /** Stops what prints anything but the help, the version or an evaluation. */
    private static final class Begin extends Writer {
        private final StringWriter out;

        Begin(StringWriter out) {
            this.out = out;
        }

        @Override
        public void write(char[] text, int from, int count) {
            out.write(text, from, count);
            if (!SHORT.matcher(out.toString()).lookingAt()) {
                throw new Begun();
            }
        }

        @Override
        public void flush() {}

        @Override
        public void close() {}
    }

    /** The first of two ranks, of which the other one never answers. */
    private static final class Other implements Collective {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int world() {
            return 2;
        }

        @Override
        public void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom) {
            throw new Begun();
        }

        @Override
        public void gather(FloatSpan all, long[] from) {
            throw new Begun();
        }

        @Override
        public void gather(double[] all, int[] from) {
            throw new Begun();
        }

        @Override
        public byte[][] gather(byte[] own) {
            throw new Begun();
        }

        @Override
        public long bytesSent() {
            return 0;
        }

        @Override
        public void close() {}
    }
}
