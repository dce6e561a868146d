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

/** Runs Maven as a separate process: the one that runs the tests, whose folder is in the property {@code maven.home}. */
public final class Maven {
    private Maven() {}

    /**
     * Runs a build and asserts that it succeeds.
     *
     * @param project the working directory
     * @param log the file to which the output goes
     * @param environment variables in addition to those of this process
     * @param arguments the command line
     * @return the output
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
