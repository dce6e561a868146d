package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.lanewise.testing.Jvm;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

/** Each test runs in a JVM of its own, which has not loaded the Vector API. */
class FirstVectorsTest {
    /**
     * Makes ten trials of each of two kernels, of which the second is linked in two calls, and prints the iterations that they were asked
     * for and whether they may become ready.
     */
    static final class Trials {
        public static void main(String[] arguments) {
            for (int i = 0; i < 2; i++) {
                List<Integer> calls = new ArrayList<>();
                int pieces = i;
                Readiness slow = new Readiness("slow", vectors -> {
                    calls.add(vectors);
                    for (long end = System.nanoTime() + 100_000L * vectors; System.nanoTime() < end; ) {
                        Thread.onSpinWait();
                    }
                    return calls.size() <= pieces ? 0 : vectors;
                });
                slow.tryAgain();
                System.out.println(calls.stream().filter(n -> n > 0).toList() + " " + slow.isPending());
            }
        }
    }

    /** Prints whether many definitions run between the first piece and the first call of a kernel. */
    static final class Steps {
        public static void main(String[] arguments) {
            int[] calls = {0};
            Readiness kernel = new Readiness("kernel", vectors -> calls[0]++);
            Readiness another = new Readiness("another", vectors -> calls[0]++);
            // No trial is made meanwhile, and all of them may take half of this time later.
            Readiness.collect(ConcurrentHashMap.newKeySet());
            kernel.defined(2_000_000_000, 1);
            Readiness.collect(null);
            int definitions = 0;
            for (; calls[0] == 0 && definitions < 1_000_000; definitions++) {
                (definitions % 2 == 0 ? kernel : another).defined(100_000, 1);
            }
            System.out.println(calls[0] > 0 && definitions > 20);
        }
    }

    private static List<String> run(Class<?> main, String... flags) throws Exception {
        Jvm jvm = Jvm.run(List.of(flags), main);
        assertEquals(0, jvm.exitCode(), jvm.err());
        return jvm.out().lines().toList();
    }

    @Test
    void theFirstTrialsLoadAPieceEach() throws Exception {
        assertEquals(
                List.of("[1, 12] true", "[1, 1, 12, 12, 12, 12, 12, 12, 12, 12] true"),
                run(Trials.class, "--add-modules", "jdk.incubator.vector"));
    }

    /** Definitions of any kernels run between two pieces for as long as a piece takes. */
    @Test
    void piecesComeInDifferentSteps() throws Exception {
        assertEquals(List.of("true"), run(Steps.class, "--add-modules", "jdk.incubator.vector"));
    }

    @Test
    void withoutVectorsNothingIsLoaded() throws Exception {
        assertEquals(List.of("[] false", "[] false"), run(Trials.class));
        List<String> scalar = run(
                Trials.class, "--add-modules", "jdk.incubator.vector", "-Dlanewise.vectorBits=0", "-Xlog:class+load");
        assertEquals(
                List.of("[] false", "[] false"),
                scalar.stream().filter(line -> line.startsWith("[]")).toList());
        assertFalse(scalar.stream().anyMatch(line -> line.contains("jdk.incubator.vector.FloatVector")));
    }
}
