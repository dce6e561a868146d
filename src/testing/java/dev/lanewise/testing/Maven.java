package dev.lanewise.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The Maven that runs the tests, as a process of its own; its home is in the property {@code maven.home}. */
public final class Maven {
    private Maven() {}

    /**
     * Runs a build that has to succeed.
     *
     * @param project the folder to run in
     * @param log a file for what it prints
     * @param environment variables that it gets beside those of this process
     * @param arguments the command line
     * @return what it printed
     */
    public static String run(Path project, Path log, Map<String, String> environment, List<String> arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("maven.home"), "bin", "mvn").toString());
        command.addAll(arguments);
        ProcessBuilder maven = new ProcessBuilder(command);
        maven.environment().putAll(environment);
        Process process = maven.directory(project.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(process.waitFor(5, TimeUnit.MINUTES), "still running");
        } finally {
            process.destroy();
        }
        String printed = Files.readString(log);
        assertEquals(0, process.exitValue(), printed);
        return printed;
    }
}
