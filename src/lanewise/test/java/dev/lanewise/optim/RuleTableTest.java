package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The documentation and the properties of each rule agree with its row; {@link RuleCatalogTest} checks that the table is complete. */
class RuleTableTest {
    private static final Path SOURCES = Path.of("main/java/dev/lanewise");

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void everyRuleNamesItsKernelOfOneScreen(RuleTable.Row row) throws IOException {
        String kernel = ((KernelRule) row.valid().getFirst().rule()).kernel();
        String source = Files.readString(SOURCES.resolve("internal/kernel/" + kernel + "Kernel.java"));
        assertTrue(
                Files.readString(SOURCES.resolve("optim/" + row + ".java"))
                        .contains("{@link dev.lanewise.internal.kernel." + kernel + "Kernel}"),
                "the record refers to its kernel");
        assertTrue(
                source.lines().count() <= 84, () -> "lines: " + source.lines().count());
        assertTrue(
                source.contains("        if (count == 0) {\n            return;\n        }\n"),
                "the kernel returns before its loop from calls without elements, see Readiness");
        // The other ways box vectors in a long kernel, or in a short one after other code has used the Vector API.
        assertFalse(source.contains(".store("), "the kernel stores by Access.STORE, see Kernels.handle");
        assertFalse(source.contains("gg = gg.add("), "the kernel casts its running sums, see Vectors.FLOAT_TYPE");
        Assumptions.assumeTrue(Kernels.lanes() > 0, "scalar code is in use");
        for (RuleTable.Valid valid : row.valid()) {
            List<Storage> storages = Collections.nCopies(
                    2 + valid.rule().state().size() + MatrixPass.buffers(valid.rule()), Storage.ARRAY);
            assertTrue(
                    Kernels.specialize(kernel, storages, valid.rule().options()).isReady(), kernel);
        }
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void everyRuleTellsItsFormulaStateDefaultsDifferencesAndSource(RuleTable.Row row) throws IOException {
        String source = Files.readString(SOURCES.resolve("optim/" + row + ".java"));
        String doc = source.substring(source.indexOf("/**"), source.indexOf("public record"));
        int at = 0;
        for (String heading : List.of(
                "<pre>",
                "</pre>",
                "<b>State:</b> ",
                "<b>Defaults:</b> ",
                "<b>Where it differs:</b> ",
                "<b>NaN, infinity, zero:</b> ",
                "<b>Source:</b> ")) {
            int next = doc.indexOf(heading, at);
            assertTrue(next >= 0, () -> heading + " is missing or out of order");
            at = next;
        }
        for (RuleTable.Valid valid : row.valid()) {
            for (String name : valid.state()) {
                assertTrue(doc.contains("{@code " + name + "}"), () -> "the state " + name + " is not explained");
            }
        }
        for (RecordComponent component : row.type().getRecordComponents()) {
            assertTrue(doc.contains("@param " + component.getName() + " "), component::getName);
        }
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void stateAndTraffic(RuleTable.Row row) {
        for (RuleTable.Valid valid : row.valid()) {
            assertEquals(
                    List.of(valid.state()),
                    valid.rule().state().stream().map(StateBuffer::name).toList());
            assertEquals(valid.bytes(), valid.rule().bytesPerParameter());
        }
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void refusesWhatIsOutOfRange(RuleTable.Row row) {
        for (RuleTable.Bad bad : row.bad()) {
            assertEquals(
                    bad.message(),
                    assertThrows(
                                    IllegalArgumentException.class,
                                    () -> bad.rule().get())
                            .getMessage());
        }
    }

    /** The rows have numbers beyond these ends. */
    @Test
    void theEndsOfTheRangesAreAllowed() {
        assertEquals(-1, new Ftrl().withLearningRatePower(-1).learningRatePower());
        assertEquals(0, new Ftrl().withLearningRatePower(0).learningRatePower());
        assertEquals(0, new Adafactor().withBeta2Decay(0).beta2Decay());
        assertEquals(1, new Adafactor().withClipThreshold(1).clipThreshold());
        assertEquals(1, new Prodigy().withGrowth(1).growth());
        assertEquals(2, new Rprop().withMaxStep(2).withMinStep(2).minStep());
        Adafactor rule = new Adafactor();
        assertThrows(IllegalArgumentException.class, () -> rule.withClipThreshold(Double.POSITIVE_INFINITY));
    }

    /** Each of the rule's hyperparameters that is a number is refused by name at least as NaN. */
    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void everyHyperparameterIsChecked(RuleTable.Row row) {
        for (RecordComponent component : row.type().getRecordComponents()) {
            assertTrue(
                    component.getType() == boolean.class
                            || row.bad().stream()
                                    .anyMatch(bad -> bad.message().startsWith(component.getName() + " must be ")
                                            && (component.getType() != double.class
                                                            && component.getType() != Schedule.class
                                                    || bad.message().endsWith("NaN"))),
                    component::getName);
        }
    }

    @ParameterizedTest
    @FieldSource("dev.lanewise.optim.RuleTable#ROWS")
    void theFirstConfigurationIsTheDefault(RuleTable.Row row) throws ReflectiveOperationException {
        assertEquals(
                row.type().getDeclaredConstructor().newInstance(),
                row.valid().getFirst().rule());
    }

    /** {@code withX} changes x and nothing else. */
    @ParameterizedTest
    @MethodSource("dev.lanewise.optim.RuleTable#all")
    void withersChangeWhatTheyName(UpdateRule rule) throws ReflectiveOperationException {
        int checked = 0;
        for (Method with : rule.getClass().getMethods()) {
            if (!with.getName().startsWith("with") || with.isBridge()) {
                continue;
            }
            List<String> names = with.getName().equals("withBetas")
                    ? List.of("beta1", "beta2", "beta3").subList(0, with.getParameterCount())
                    : List.of(Character.toLowerCase(with.getName().charAt(4))
                            + with.getName().substring(5));
            List<Object> before = components(rule);
            if (with.getName().equals("withDampening") && rule.options().contains("nesterov")) {
                continue;
            }
            if (with.getName().equals("withNesterov") && !mayBeNesterov(rule)) {
                continue;
            }
            Object[] values = names.stream()
                    .map(name -> other(before.get(names(rule).indexOf(name)), name))
                    .toArray();
            boolean number = values[0] instanceof Constant && with.getParameterTypes()[0] == double.class;
            List<Object> after =
                    components(with.invoke(rule, number ? new Object[] {((Constant) values[0]).value()} : values));
            for (int i = 0; i < before.size(); i++) {
                int argument = names.indexOf(names(rule).get(i));
                assertEquals(argument < 0 ? before.get(i) : values[argument], after.get(i), with.getName());
            }
            checked++;
        }
        assertNotEquals(0, checked);
    }

    /** Nesterov's momentum has no dampening. */
    private static boolean mayBeNesterov(UpdateRule rule) throws ReflectiveOperationException {
        List<Object> components = components(rule);
        int dampening = names(rule).indexOf("dampening");
        return dampening < 0
                || components.get(dampening).equals(0.0)
                        && !components.get(names(rule).indexOf("momentum")).equals(0.0);
    }

    private static Object other(Object value, String name) {
        return switch (value) {
            case Boolean b -> !b;
            case Long steps -> 25L;
            case Schedule schedule -> new Constant(0.25);
            case Caution caution -> caution == Caution.MASKED ? Caution.RESCALED : Caution.MASKED;
            case NormScope scope -> scope == NormScope.ALL ? NormScope.GROUP : NormScope.ALL;
            case Enum<?> one -> {
                Object[] constants = one.getDeclaringClass().getEnumConstants();
                yield constants[(one.ordinal() + 1) % constants.length];
            }
            default ->
                switch (name) {
                    case "etaPlus" -> 1.75;
                    case "maxStep" -> 60.0;
                    case "beta2Decay" -> -0.25;
                    case "clipThreshold" -> 2.5;
                    case "minStep" -> 1e-4;
                    case "clipExponent" -> 0.5;
                    case "growth" -> 1.75;
                    case "beta2" -> 0.375;
                    case "learningRatePower" -> -0.25;
                    default -> 0.25;
                };
        };
    }

    private static List<String> names(Object rule) {
        return Arrays.stream(rule.getClass().getRecordComponents())
                .map(RecordComponent::getName)
                .toList();
    }

    private static List<Object> components(Object rule) throws ReflectiveOperationException {
        Object[] values = new Object[names(rule).size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = rule.getClass().getRecordComponents()[i].getAccessor().invoke(rule);
        }
        return List.of(values);
    }
}
