package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.Jvm;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Definitions over several blocks, where they add up two blocks at once and run on arrays that the library adds, lead to what the
 * kernels do.
 */
class LongStepsTest {
    /** Without the module, which no flag adds, the library finds out after some steps that there are no kernels. */
    static Stream<List<String>> flags() {
        return Stream.of(
                List.of("--enable-native-access=ALL-UNNAMED"),
                List.of("--enable-native-access=ALL-UNNAMED", "-Dlanewise.vectorBits=0"));
    }

    @ParameterizedTest
    @MethodSource("flags")
    void definitionsHaveTheBitsOfTheKernels(List<String> flags) throws Exception {
        List<String> expected = LongSteps.results(),
                found = Jvm.run(flags, LongSteps.class).out().lines().toList();
        assertTrue(expected.size() > 8 * RuleTable.all().count(), () -> expected.size() + " results");
        assertIterableEquals(expected, found);
    }
}
