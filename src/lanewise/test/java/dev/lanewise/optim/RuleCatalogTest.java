package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A new rule has everything that a rule needs; the messages name what is missing. The rules are found among the compiled classes,
 * because a list could miss one.
 */
class RuleCatalogTest {
    private static final Path SOURCES = Path.of("main/java/dev/lanewise");

    /** All records of the package that are rules, but for those of rows, which an {@link Optimizer} does not apply. */
    static List<Class<?>> records() throws IOException, URISyntaxException, ClassNotFoundException {
        Path classes = Path.of(UpdateRule.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI())
                .resolve("dev/lanewise/optim");
        List<String> names;
        try (Stream<Path> files = Files.list(classes)) {
            names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".class") && !name.equals("package-info.class"))
                    .map(name -> "dev.lanewise.optim." + name.replace(".class", ""))
                    .sorted()
                    .toList();
        }
        List<Class<?>> records = new ArrayList<>();
        for (String name : names) {
            Class<?> type = Class.forName(name);
            if (type.isRecord() && UpdateRule.class.isAssignableFrom(type) && !RowRule.class.isAssignableFrom(type)) {
                records.add(type);
            }
        }
        return records;
    }

    private static Rules.Entry entry(Class<?> rule) {
        return Rules.all().stream()
                .filter(entry -> entry.defaults().getClass() == rule)
                .findFirst()
                .orElse(null);
    }

    private static RuleTable.Row row(Class<?> rule) {
        return RuleTable.ROWS.stream()
                .filter(row -> row.type() == rule)
                .findFirst()
                .orElse(null);
    }

    @Test
    void findsTheRules() throws ReflectiveOperationException, IOException, URISyntaxException {
        assertEquals(Rules.all().size(), records().size(), "one entry of Rules for each record, and none for a class");
    }

    @ParameterizedTest
    @MethodSource("records")
    void isInTheCatalog(Class<?> rule) throws ReflectiveOperationException {
        Rules.Entry entry = entry(rule);
        assertNotNull(
                entry,
                () -> rule.getSimpleName() + " is not in the catalog: add an entry to Rules.ALL, with its name on"
                        + " the command line. Checkpoints, the command line and the benchmarks take"
                        + " it from there");
        assertEquals(
                rule.getDeclaredConstructor().newInstance(),
                entry.defaults(),
                () -> "the entry of " + rule.getSimpleName()
                        + " must have the rule of the constructor without arguments");
    }

    @ParameterizedTest
    @MethodSource("records")
    void hasAKernel(Class<?> rule) throws ReflectiveOperationException {
        KernelRule made = (KernelRule) rule.getDeclaredConstructor().newInstance();
        String kernel = made.kernel() + "Kernel";
        try {
            Class.forName("dev.lanewise.internal.kernel." + kernel);
        } catch (ClassNotFoundException e) {
            throw new AssertionError(
                    rule.getSimpleName() + " has no kernel: write internal/kernel/" + kernel
                            + ", the loop of its update on vectors, with the same operations in the same order",
                    e);
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void hasARowOfTheTable(Class<?> rule) {
        assertNotNull(
                row(rule),
                () -> rule.getSimpleName()
                        + " has no row: write its formula in double into its family's Oracles, and add a row to its"
                        + " family's Rows with that, configurations, what is refused, and a golden trajectory");
    }

    /** PyTorch's trajectory, or the paper's in PyTorch; where there is neither, one that is worked out by hand. */
    @ParameterizedTest
    @MethodSource("records")
    void hasATrajectoryThatIsNotItsOwn(Class<?> rule) {
        RuleTable.Row row = row(rule);
        assertFalse(
                row == null || row.golden().isEmpty() && row.hand().isEmpty(),
                () -> rule.getSimpleName() + " has no trajectory: add one as test/resources/golden/README.md tells,"
                        + " and name it in the rule's row of RuleTable");
    }

    @ParameterizedTest
    @MethodSource("records")
    void everyVariantIsTested(Class<?> rule) {
        RuleTable.Row row = row(rule);
        Rules.Entry entry = entry(rule);
        assertTrue(
                row != null && entry != null,
                () -> rule.getSimpleName()
                        + " must be in Rules.ALL and have a row of RuleTable, so that its variants can be tested");
        Set<Set<String>> tested =
                row.valid().stream().map(valid -> valid.rule().options()).collect(Collectors.toSet());
        for (Rules.Variant variant : entry.variants()) {
            assertTrue(
                    tested.contains(variant.rule().options()),
                    () -> rule.getSimpleName() + ", " + variant.name() + " is not tested: add a configuration with "
                            + variant.rule().options() + " to its row of RuleTable");
        }
    }

    @ParameterizedTest
    @MethodSource("records")
    void isInTheTableOfThePackage(Class<?> rule) throws IOException {
        String table = Files.readString(SOURCES.resolve("optim/package-info.java"));
        String begin = "<tr><td>{@link " + rule.getSimpleName() + "}</td>";
        assertTrue(
                table.contains(begin),
                () -> rule.getSimpleName()
                        + " is not in the table of the rules in optim/package-info.java: add a row that"
                        + " begins with " + begin);
    }
}
