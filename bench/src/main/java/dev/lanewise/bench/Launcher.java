package dev.lanewise.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a script that starts {@link Main} on the JVM and the class path that the build chose. */
final class Launcher {
    private Launcher() {}

    public static void main(String[] args) throws IOException {
        Path script = Path.of(args[0]);
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Files.writeString(
                script, """
                    #!/bin/sh
                    exec '%s' %s -classpath '%s' dev.lanewise.bench.Main "$@"
                    """.formatted(java, String.join(" ", Forks.JVM_FLAGS), System.getProperty("java.class.path")));
        if (!script.toFile().setExecutable(true)) {
            throw new IOException("cannot make " + script + " executable");
        }
    }
}
