package dev.lanewise.testing;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;

/**
 * A program that ran in this JVM and has ended.
 *
 * @param code its exit code
 * @param out the lines that it printed
 * @param err the lines that it printed to the standard error stream
 */
public record Outcome(int code, List<String> out, List<String> err) {
    /** A program: a method that takes its two streams and its arguments, and returns its exit code. */
    @FunctionalInterface
    public interface Program {
        /**
         * {@return the exit code}
         *
         * @param out for its standard output
         * @param err for its standard error stream
         * @param arguments the command line
         */
        int run(PrintWriter out, PrintWriter err, String... arguments);
    }

    /**
     * Runs a program to its end.
     *
     * @param program such as {@code Main::run}
     * @param arguments the command line
     * @return how it ended and what it printed
     */
    public static Outcome of(Program program, String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = program.run(new PrintWriter(out, true), new PrintWriter(err, true), arguments);
        return new Outcome(
                code, out.toString().lines().toList(), err.toString().lines().toList());
    }

    /**
     * {@return the printed lines that begin alike}
     *
     * @param beginning how they begin
     */
    public List<String> lines(String beginning) {
        return out.stream().filter(line -> line.startsWith(beginning)).toList();
    }
}
