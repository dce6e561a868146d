package dev.lanewise.mnist.cli;

import dev.lanewise.Lanewise;
import dev.lanewise.RuntimeInfo;
import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.RankLostException;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.DivergedException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** The command line. A mistake of the user gives one line on standard error, never a stack trace. */
@Command(
        name = "lanewise",
        description =
                "Trains a multi-layer perceptron on MNIST, or data like it, evaluates it, finds its learning rate, and"
                        + " repeats the experiments of a lecture on learning rates.",
        footer = {
            "",
            "Exit codes: 0 done; 2 wrong arguments, or files or output that cannot be read or written; 3 the loss"
                    + " became NaN or infinite; 4 a rank was lost.",
            "With Maven: mvn -q -B compile exec:exec -Dargs=\"train --epochs 5\""
        },
        mixinStandardHelpOptions = true,
        scope = ScopeType.INHERIT,
        versionProvider = Main.Version.class,
        subcommands = {TrainCommand.class, EvaluateCommand.class, FindRateCommand.class, LabCommand.class})
public final class Main implements Callable<Integer> {
    private static final int BAD_INPUT = 2;
    private static final int DIVERGED = 3;
    private static final int RANK_LOST = 4;

    /** The rank that the program was started as; null if it was started alone. */
    private final Collective ranks;

    @Spec
    private CommandSpec spec;

    private Main(Collective ranks) {
        this.ranks = ranks;
    }

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        System.exit(run(new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /** Runs a command; returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... args) {
        return run(null, out, err, args);
    }

    /**
     * Runs a command as one rank of several, which an engine has started. All of them have the same arguments.
     *
     * @param ranks moves floats between this rank and the others; null for a process of its own
     * @param out receives what the first rank prints
     * @param err receives a line if the command fails
     * @return its exit code
     */
    public static int run(Collective ranks, PrintWriter out, PrintWriter err, String... args) {
        try {
            int code = command(ranks, out, err).execute(args);
            boolean lost = out.checkError() && code == 0;
            return lost ? fail(err, "cannot write to standard output", BAD_INPUT) : code;
        } catch (UsageException e) {
            return fail(err, e.getMessage(), BAD_INPUT);
        } catch (OutOfMemoryError e) {
            String advice = "; use a smaller --hidden or --batch-size, or a larger heap (-Xmx)";
            return fail(err, "out of memory: " + e.getMessage() + advice, BAD_INPUT);
        }
    }

    private static CommandLine command(Collective ranks, PrintWriter out, PrintWriter err) {
        checkRuntime();
        return OptionGroups.set(new CommandLine(new Main(ranks)))
                .setOut(out)
                .setErr(err)
                .setUsageHelpAutoWidth(true)
                .setExpandAtFiles(false)
                .registerConverter(Path.class, Main::path)
                .registerConverter(Integer.class, text -> number(text, "a whole number", Integer::valueOf))
                .registerConverter(int.class, text -> number(text, "a whole number", Integer::valueOf))
                .registerConverter(long.class, text -> number(text, "a whole number below 2^63", Long::valueOf))
                .registerConverter(Double.class, text -> number(text, "a number", Double::valueOf))
                .registerConverter(RuleOption.class, text -> constant(text, RuleOption.ALL.toArray(RuleOption[]::new)))
                .registerConverter(SearchOptions.Method.class, text -> constant(text, SearchOptions.Method.values()))
                .registerConverter(ScheduleOption.class, ScheduleOption::parse)
                .setParameterExceptionHandler((e, arguments) -> fail(err, usage(e), BAD_INPUT))
                .setExecutionExceptionHandler((e, failed, parsed) -> switch (e) {
                    case UsageException wrong -> fail(err, e.getMessage(), BAD_INPUT);
                    case RankLostException lost ->
                        fail(
                                err,
                                e.getMessage() + "; with --checkpoint, --resume continues on any number of ranks",
                                RANK_LOST);
                    case DivergedException diverged -> fail(err, e.getMessage(), DIVERGED);
                    default -> throw e;
                });
    }

    /** {@return the rank that the program was started as; null if it was started alone} */
    Collective ranks() {
        return ranks;
    }

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Expected a command: train, evaluate, find-lr or lab");
    }

    private static int fail(PrintWriter err, String message, int exitCode) {
        err.println("error: " + message.replaceAll("\\p{Cntrl}+", " "));
        return exitCode;
    }

    private static String usage(ParameterException e) {
        String similar = e instanceof UnmatchedArgumentException unmatched ? similar(unmatched) : null;
        return e.getMessage()
                + (similar == null ? "" : "; did you mean " + similar + "?")
                + " (see " + e.getCommandLine().getCommandSpec().qualifiedName() + " --help)";
    }

    /** Returns an option that begins as the unknown one does, or else the one that picocli finds most similar. */
    private static String similar(UnmatchedArgumentException e) {
        List<String> similar = e.getSuggestions();
        return similar.stream()
                .filter(option -> option.startsWith(e.getUnmatched().getFirst()))
                .findFirst()
                .orElse(similar.isEmpty() ? null : similar.getFirst());
    }

    private static <T> T number(String text, String expected, Function<String, T> parse) {
        try {
            return parse.apply(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("expected " + expected + ", found '" + text + "'");
        }
    }

    private static Path path(String text) {
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            Charset names = Charset.forName(System.getProperty("sun.jnu.encoding"));
            String expected = names.newEncoder().canEncode(text)
                    ? "a file name"
                    : "a file name in the encoding of this locale, " + names + " (set LC_ALL to another, as C.UTF-8)";
            throw new TypeConversionException("expected " + expected + ", found '" + text + "': "
                    + e.getReason().replaceFirst(":.*", ""));
        }
    }

    private static <T> T constant(String text, T[] constants) {
        for (T constant : constants) {
            if (constant.toString().equals(text)) {
                return constant;
            }
        }
        throw new TypeConversionException("expected one of " + Arrays.toString(constants) + ", found '" + text + "'");
    }

    /** Refuses a wrong {@code -Dlanewise.vectorBits} before anything else happens. */
    private static void checkRuntime() {
        try {
            Lanewise.runtime();
        } catch (IllegalArgumentException e) {
            throw new UsageException(e.getMessage(), e);
        }
    }

    /** Prints the version of the library, of Java, and the width of the vectors. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            try (InputStream in = Main.class.getResourceAsStream("version.txt")) {
                String version = new String(in.readAllBytes(), StandardCharsets.UTF_8).strip();
                RuntimeInfo runtime = Lanewise.runtime();
                return new String[] {
                    "lanewise " + version,
                    "Java " + System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vm.name"),
                    "vectors of " + runtime.vectorBits() + " bits: " + runtime.reason()
                };
            }
        }
    }
}
