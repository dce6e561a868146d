package dev.lanewise.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The result of a JVM process that has ended.
 *
 * @param exitCode its exit code; above 128 it is 128 plus the signal that killed it
 * @param out its standard output
 * @param err its standard error
 */
public record Jvm(int exitCode, String out, String err) {
    /** The flags that an application on the class path needs for the vector kernels, and the one that makes them run at once. */
    public static final List<String> VECTOR_FLAGS = List.of(
            "--add-modules",
            "jdk.incubator.vector",
            "--enable-native-access=ALL-UNNAMED",
            "-Dlanewise.immediateKernels=true");

    /** Flags with which kernels run once their trials have shown that C2 has compiled them. */
    public static final List<String> TRIAL_FLAGS =
            List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

    /** The JDK that runs the tests. */
    private static final Path HOME = Path.of(System.getProperty("java.home"));

    /**
     * Runs a class of the tests' class path in a JVM of its own and waits until it ends.
     *
     * @param flags flags of the JVM
     * @param mainClass the class with the main method
     * @param arguments the program's arguments
     * @return the result
     */
    public static Jvm run(List<String> flags, Class<?> mainClass, String... arguments)
            throws IOException, InterruptedException {
        return run(HOME, commandLine(flags, mainClass, arguments));
    }

    /**
     * Starts a class of the tests' class path in a JVM of its own, for tests that kill it. Its standard error is discarded.
     *
     * @param flags flags of the JVM
     * @param mainClass the class with the main method
     * @param arguments the program's arguments
     * @return the running process
     */
    public static Process start(List<String> flags, Class<?> mainClass, String... arguments) throws IOException {
        return new ProcessBuilder(command(HOME, commandLine(flags, mainClass, arguments)))
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
    }

    /**
     * Runs {@code java} and waits until it ends.
     *
     * @param home the JDK's folder
     * @param arguments the arguments of {@code java}
     * @return the result
     */
    public static Jvm run(Path home, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = command(home, arguments);
        Process process = new ProcessBuilder(command).start();
        byte[][] error = new byte[1][];
        Thread drain = Thread.ofVirtual().start(() -> {
            try {
                error[0] = process.getErrorStream().readAllBytes();
            } catch (IOException e) {
                error[0] = e.toString().getBytes();
            }
        });
        String out = new String(process.getInputStream().readAllBytes());
        if (!process.waitFor(5, TimeUnit.MINUTES)) {
            process.destroyForcibly();
            throw new AssertionError("still running: " + command);
        }
        drain.join();
        return new Jvm(process.exitValue(), out, new String(error[0]));
    }

    private static List<String> commandLine(List<String> flags, Class<?> mainClass, String... arguments) {
        List<String> all = new ArrayList<>(flags);
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
        all.addAll(List.of(arguments));
        return all;
    }

    private static List<String> command(Path home, List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin", "java").toString());
        command.addAll(arguments);
        return command;
    }
}
