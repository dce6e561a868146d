package dev.lanewise.mnist;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Packages of the program import only the packages that they may depend on, by the import statements of the sources. */
class HouseRulesTest {
    private static final Path SOURCES = Path.of("main/java/dev/lanewise/mnist");

    /** Data flows one way: each package imports those before it and none after it. */
    private static final List<String> FLOORS = List.of("data", "train", "lab", "cli");

    private static final Pattern NAME = Pattern.compile("dev\\.lanewise\\.mnist\\.(\\w+)");

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(SOURCES)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList();
        }
    }

    private static String floor(Path file) {
        return SOURCES.relativize(file).getName(0).toString();
    }

    @Test
    void everyClassIsOnAFloor() throws IOException {
        assertEquals(
                Set.copyOf(FLOORS),
                sources().stream().map(HouseRulesTest::floor).collect(Collectors.toSet()));
    }

    @Test
    void dataFlowsOneWay() throws IOException {
        Set<String> wrong = new TreeSet<>();
        int imports = 0;
        for (Path file : sources()) {
            Matcher names = NAME.matcher(Files.readString(file));
            while (names.find()) {
                imports++;
                if (FLOORS.indexOf(names.group(1)) > FLOORS.indexOf(floor(file))) {
                    wrong.add(SOURCES.relativize(file) + " names " + names.group(1));
                }
            }
        }
        assertTrue(imports > 50, imports + " names of packages found");
        assertEquals(Set.of(), wrong);
    }

    @Test
    void onlyTheCommandLineParsesArgumentsAndDrawsBars() throws IOException {
        Set<String> packages = new TreeSet<>();
        for (Path file : sources()) {
            String source = Files.readString(file);
            if (source.contains("import picocli.") || source.contains("import me.tongfei.")) {
                packages.add(floor(file));
            }
        }
        assertEquals(Set.of("cli"), packages);
    }
}
