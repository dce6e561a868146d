package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lanewise.testing.Jvm;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits at every vector width, and in the scalar definitions, with C2 at work. */
class RuleWidthsTest {
    /** These flags compile the rules early, with C2 alone, in the foreground, and print it. */
    static final List<String> C2_SOON = List.of(
            "-XX:-TieredCompilation",
            "-XX:CompileCommand=quiet",
            "-XX:CompileCommand=CompileThresholdScaling,dev.lanewise.*::run,0.01",
            "-XX:CompileCommand=CompileThresholdScaling,dev.lanewise.*::update,0.01",
            "-XX:CompileCommand=BackgroundCompilation,dev.lanewise.*::*,false",
            // C2 would inline all of the library into these loops, again and again, for a third of the time.
            "-XX:CompileCommand=exclude,dev.lanewise.optim.Trajectories::follow*",
            "-XX:+PrintCompilation");

    /** The method of a kernel that is specialized for storages or options is in a hidden class. */
    static final String KERNEL = "Kernel(/0x[0-9a-f]+)?::run ";

    /** Width → the result of {@link Trajectories} in a JVM of its own. */
    private static final Map<Integer, Future<Jvm>> JVMS = new HashMap<>();

    /** Two run at a time, because nothing else takes as long and no other test may be left to run beside it. */
    @BeforeAll
    static void runAtAllWidths() {
        try (ExecutorService two = Executors.newFixedThreadPool(2)) {
            for (int bits : new int[] {0, 64, 128, 256, 512}) {
                List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
                flags.add("-Dlanewise.vectorBits=" + bits);
                flags.addAll(C2_SOON);
                JVMS.put(bits, two.submit(() -> Jvm.run(flags, Trajectories.class)));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 256, 512})
    void sameBitsAtEveryWidth(int bits) throws Exception {
        assertEquals(digest(0, "::update "), digest(bits, KERNEL));
    }

    /** Returns the output of {@link Trajectories} in a JVM of its own, in which C2 has compiled the method of every rule. */
    private static String digest(int bits, String method) throws Exception {
        Jvm jvm = JVMS.get(bits).get();
        String output = jvm.out() + jvm.err();
        assumeFalse(output.contains("must be at most"), "this CPU has no vectors of " + bits + " bits");
        assertCompiled(output, method);
        Matcher digest = Pattern.compile("(?m)^" + bits + " ([0-9a-f]{64})$").matcher(output);
        assertTrue(digest.find(), output);
        return digest.group(1);
    }

    /** Fails if a JVM with {@link #C2_SOON} has not compiled the method of every rule. */
    static void assertCompiled(String output, String method) {
        for (RuleTable.Row row : RuleTable.ROWS) {
            String name =
                    method.equals(KERNEL) ? ((KernelRule) row.valid().getFirst().rule()).kernel() : row.toString();
            // Time, number, flags, the method.
            Pattern compiled = Pattern.compile("(?m)^ *\\d+ +\\d+ .* dev\\S+\\." + name + method);
            assertTrue(compiled.matcher(output).find(), () -> "C2 has not compiled " + row + method);
        }
    }
}
