package dev.lanewise.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * The result of a program that ran in this JVM and has ended.
 *
 * @param code its exit code
 * @param out the lines of its standard output
 * @param err the lines of its standard error
 */
public record Outcome(int code, List<String> out, List<String> err) {
    /** A program, such as {@code Main::run}, that prints to two given streams. */
    @FunctionalInterface
    public interface Program {
        /**
         * Runs the program.
         *
         * @param out its standard output
         * @param err its standard error
         * @param arguments the command line
         * @return the exit code
         */
        int run(PrintWriter out, PrintWriter err, String... arguments);
    }

    /**
     * Runs a program.
     *
     * @param program the program
     * @param arguments the command line
     * @return the result
     */
    public static Outcome of(Program program, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = program.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Outcome(
                code, out.toString().lines().toList(), err.toString().lines().toList());
    }

    /**
     * {@return the lines of the standard output that begin with a string}
     *
     * @param beginning the string
     */
    public List<String> lines(String beginning) {
        return out.stream().filter(line -> line.startsWith(beginning)).toList();
    }
}
