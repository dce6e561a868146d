package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.testing.Maven;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Another build, in another folder and at another time, makes the same jars, byte for byte. */
class ReproducibleIT {
    private static final Path PROJECT = Path.of("../..").toAbsolutePath().normalize();
    private static final String LIBRARY = "src/lanewise";

    @Test
    void anotherBuildGivesTheSameJars(@TempDir Path folder) throws Exception {
        // The tests are left out: only their snippets are in a jar, in the javadoc.
        for (String part : List.of(
                "pom.xml",
                "LICENSE",
                ".mvn",
                LIBRARY + "/pom.xml",
                LIBRARY + "/main",
                LIBRARY + "/test/java/dev/lanewise/memory",
                LIBRARY + "/test/java/dev/lanewise/safetensors",
                "src/report/pom.xml",
                "src/mnist/pom.xml",
                "bench/src/test")) {
            copy(PROJECT.resolve(part), folder.resolve(part));
        }
        // The manifest has the version of Maven's own JDK.
        Map<String, String> environment = Map.of("JAVA_HOME", System.getProperty("maven.jdk"));
        Maven.run(
                folder,
                folder.resolve("log"),
                environment,
                List.of(
                        "-B",
                        "-o",
                        "-q",
                        "-Dmaven.repo.local=" + System.getProperty("localRepository"),
                        "-Dmaven.test.skip",
                        "-pl",
                        LIBRARY,
                        "package"));
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
