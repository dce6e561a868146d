package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertIterableEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.testing.Jvm;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Definitions over several blocks, where they add up two blocks at once and run on arrays that the library adds, lead to what the kernels do. */
class LongStepsTest {
    /** The JVM does not have the module then, which the library finds out after some steps. */
    private static final String WITHOUT_THE_MODULE = "-Xshare:auto";

    @ParameterizedTest
    @ValueSource(strings = {"-Dlanewise.vectorBits=0", WITHOUT_THE_MODULE})
    void definitionsHaveTheBitsOfTheKernels(String flag) throws Exception {
        List<String> flags = List.of("--enable-native-access=ALL-UNNAMED", flag);
        List<String> expected = LongSteps.results(),
                found = Jvm.run(flags, LongSteps.class).out().lines().toList();
        assertTrue(expected.size() > 8 * RuleTable.all().count(), () -> expected.size() + " results");
        assertIterableEquals(expected, found);
    }
}
