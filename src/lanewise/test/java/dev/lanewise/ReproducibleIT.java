package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** This build's jars, and those of another build at another place and time. */
class ReproducibleIT {
    private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();
    private static final String LIBRARY = "src/lanewise";

    @Test
    void anotherBuildGivesTheSameJars(@TempDir Path folder) throws Exception {
        // Apart from the tests, of which only lines that the documentation shows are in a jar.
        for (String part : List.of(
                "pom.xml",
                "LICENSE",
                ".mvn",
                LIBRARY + "/pom.xml",
                LIBRARY + "/main",
                LIBRARY + "/test/java/dev/lanewise/memory",
                "src/report/pom.xml",
                "src/mnist/pom.xml",
                "bench/src/test")) {
            copy(PROJECT.resolve(part), folder.resolve(part));
        }
        Path log = folder.resolve("log");
        ProcessBuilder maven = new ProcessBuilder(
                Path.of(System.getProperty("maven.home"), "bin", "mvn").toString(),
                "-B",
                "-o",
                "-q",
                "-Dmaven.repo.local=" + System.getProperty("localRepository"),
                "-Dmaven.test.skip",
                "-pl",
                LIBRARY,
                "package");
        // The manifest tells the version of Maven's own JDK.
        maven.environment().put("JAVA_HOME", System.getProperty("maven.jdk"));
        Process process = maven.directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        try {
            assertTrue(process.waitFor(5, TimeUnit.MINUTES), "still running");
        } finally {
            process.destroy();
        }
        assertEquals(0, process.exitValue(), Files.readString(log));
        assertEquals(digests(PROJECT), digests(folder));
        assertEquals(3, digests(folder).size(), "the library, its sources and its javadoc");
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path target = to.resolve(from.relativize(file).toString());
                if (file.equals(from)) {
                    target = to;
                }
                Files.createDirectories(target.getParent());
                Files.copy(file, target);
            }
        }
    }

    private static TreeMap<String, String> digests(Path project) throws Exception {
        TreeMap<String, String> digests = new TreeMap<>();
        try (Stream<Path> files = Files.list(project.resolve(LIBRARY + "/target"))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".jar")).toList()) {
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
                digests.put(file.getFileName().toString(), HexFormat.of().formatHex(digest));
            }
        }
        return digests;
    }
}
