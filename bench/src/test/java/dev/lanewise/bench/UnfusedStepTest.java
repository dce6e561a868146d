package dev.lanewise.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class UnfusedStepTest {
    static List<String> rules() {
        return BenchRules.NAMES;
    }

    /** The passes index the rule's constants by number, so this fails when a rule orders them anew. */
    @ParameterizedTest
    @MethodSource("rules")
    void computesWhatTheScalarDefinitionDoes(String rule) {
        UnfusedStep step = new UnfusedStep();
        step.rule = rule;
        step.verify();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void theLimitHasALoopForAllBuffers(String rule) {
        int buffers = 2 + BenchRules.of(rule).state().size();
        assertTrue(
                buffers <= MemoryTraffic.MOST,
                () -> rule + " has " + buffers + " buffers: add a loop for them to MemoryTraffic");
    }
}
