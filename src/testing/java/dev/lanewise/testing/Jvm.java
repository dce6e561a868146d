package dev.lanewise;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A JVM of its own: what it printed and how it ended. */
public record Jvm(int exitCode, String out, String err) {
    /** The flags that an application on the class path needs for the vector kernels. */
    public static final List<String> VECTOR_FLAGS =
            List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

    /**
     * Runs a class of the tests' class path and waits for its end.
     *
     * @param flags flags of the JVM
     * @param mainClass the class with the main method
     * @param arguments the program's arguments
     */
    public static Jvm run(List<String> flags, Class<?> mainClass, String... arguments)
            throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(flags);
        all.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass.getName()));
        all.addAll(List.of(arguments));
        return run(Path.of(System.getProperty("java.home")), all);
    }

    /**
     * Runs {@code java} and waits for its end.
     *
     * @param home the JDK's folder
     * @param arguments all that follows {@code java} on the command line
     */
    public static Jvm run(Path home, List<String> arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(home.resolve("bin", "java").toString());
        command.addAll(arguments);
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
}
