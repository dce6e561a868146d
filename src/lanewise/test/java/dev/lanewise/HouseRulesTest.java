package dev.lanewise;

import static java.util.Map.entry;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Packages import only the packages that they may depend on, by the import statements of the sources. */
class HouseRulesTest {
    private static final Path SOURCES = Path.of("main/java/dev/lanewise");
    private static final Pattern IMPORT =
            Pattern.compile("^import (?:static )?([\\w.]+)\\.\\w+(?:\\.\\w+)?;", Pattern.MULTILINE);

    /** The packages of the library that each package may import. Data flows one way. */
    private static final Map<String, Set<String>> MAY_IMPORT = Map.ofEntries(
            entry("", Set.of("internal.kernel")),
            entry("internal", Set.of()),
            entry("memory", Set.of()),
            entry("safetensors", Set.of("memory")),
            entry("schedule", Set.of("internal")),
            entry("internal.kernel", Set.of("memory")),
            entry("internal.event", Set.of()),
            entry(
                    "optim",
                    Set.of(
                            "",
                            "internal",
                            "internal.event",
                            "internal.kernel",
                            "linalg",
                            "memory",
                            "safetensors",
                            "schedule")),
            entry(
                    "distributed",
                    Set.of("", "internal", "internal.event", "internal.kernel", "memory", "optim", "safetensors")),
            entry("linalg", Set.of("", "internal", "internal.kernel")),
            entry("nn", Set.of("", "distributed", "internal", "linalg", "memory", "safetensors")),
            entry("fit", Set.of("", "distributed", "internal", "internal.event", "linalg", "memory", "nn", "optim")),
            entry("tune", Set.of("", "internal", "internal.event", "memory", "optim", "schedule")));

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertFalse(sources.isEmpty());
            return sources;
        }
    }

    private static String packageOf(Path file) {
        return SOURCES.relativize(file).getParent() == null
                ? ""
                : SOURCES.relativize(file).getParent().toString().replace('/', '.');
    }

    @Test
    void dataFlowsOneWay() throws IOException {
        Set<String> wrong = new TreeSet<>();
        for (Path file : sources()) {
            String from = packageOf(file);
            Matcher imports = IMPORT.matcher(Files.readString(file));
            while (imports.find()) {
                for (String to : MAY_IMPORT.keySet()) {
                    String name = to.isEmpty() ? "dev.lanewise" : "dev.lanewise." + to;
                    boolean imported = imports.group(1).equals(name)
                            || imports.group(1).matches(Pattern.quote(name) + "\\.[A-Z].*");
                    if (imported && !to.equals(from) && !MAY_IMPORT.get(from).contains(to)) {
                        wrong.add(from + " imports " + to);
                    }
                }
            }
        }
        assertEquals(Set.of(), wrong);
    }

    @Test
    void onlyTheKernelsKnowTheVectorApi() throws IOException {
        Set<String> packages = new TreeSet<>();
        for (Path file : sources()) {
            if (Files.readString(file).contains("import jdk.incubator.vector")
                    || Files.readString(file).contains("import static jdk.incubator.vector")) {
                packages.add(packageOf(file));
            }
        }
        assertEquals(Set.of("internal.kernel"), packages);
    }
}
