package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.testing.Jvm;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

/** The library chooses vectors, native access and its messages by the flags of the JVM. */
class LanewiseTest {
    /** Takes a step on an array and one on native memory, and prints the runtime. */
    static final class Application {
        public static void main(String[] args) {
            for (FloatSpan parameters : List.of(
                    FloatSpan.of(new float[100]), FloatSpan.of(Arena.ofAuto().allocate(400)))) {
                float[] gradients = new float[100];
                gradients[99] = 1;
                try {
                    new Optimizer(parameters, new AdamW()).step(FloatSpan.of(gradients));
                } catch (IllegalArgumentException | ExceptionInInitializerError e) {
                    Throwable cause = e.getCause() == null ? e : e.getCause();
                    System.out.println("refused: " + cause.getMessage());
                    return;
                }
                System.out.println(parameters.get(99));
            }
            System.out.println(Lanewise.runtime());
        }
    }

    private static Jvm run(List<String> more) throws Exception {
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.addAll(more);
        return Jvm.run(flags, Application.class);
    }

    private static void assertScalar(Jvm jvm, String reason) {
        assertEquals(0, jvm.exitCode(), jvm.err());
        assertTrue(jvm.out().startsWith("-0.001\n-0.001\n"), jvm.out());
        assertTrue(jvm.out().contains("vectorBits=0"), jvm.out());
        assertTrue(jvm.out().contains(reason), jvm.out());
        assertEquals(
                1,
                jvm.err()
                        .lines()
                        .filter(line -> line.contains("scalar code is in use, which is several times slower: "))
                        .count(),
                jvm.err());
        assertTrue(jvm.err().contains(reason), jvm.err());
    }

    @Test
    void runsOnVectorsAndSaysNothing() throws Exception {
        Jvm jvm = run(List.of());
        assertEquals("WARNING: Using incubator modules: jdk.incubator.vector\n", jvm.err());
        assertTrue(jvm.out().startsWith("-0.001\n-0.001\n"), jvm.out());
        assertFalse(jvm.out().contains("vectorBits=0"), jvm.out());
        assertTrue(jvm.out().contains("nativeAccess=true"), jvm.out());
    }

    @Test
    void runsWithoutTheVectorModuleAndSaysWhatToAdd() throws Exception {
        assertScalar(Jvm.run(List.of(), Application.class), "--add-modules jdk.incubator.vector");
    }

    @Test
    void runsWithoutC2AndSaysWhy() throws Exception {
        assertScalar(run(List.of("-XX:TieredStopAtLevel=1")), "C2");
        assertScalar(run(List.of("-Xint")), "C2");
    }

    @Test
    void runsWithoutNativeAccess() throws Exception {
        Jvm jvm = Jvm.run(
                List.of("--add-modules", "jdk.incubator.vector", "--illegal-native-access=deny"), Application.class);
        assertEquals("WARNING: Using incubator modules: jdk.incubator.vector\n", jvm.err());
        assertTrue(jvm.out().startsWith("-0.001\n-0.001\n"), jvm.out());
        assertTrue(jvm.out().contains("nativeAccess=false"), jvm.out());
    }

    @Test
    void obeysTheProperty() throws Exception {
        assertTrue(run(List.of("-Dlanewise.vectorBits=64")).out().contains("vectorBits=64"));
        Jvm scalar = run(List.of("-Dlanewise.vectorBits=0"));
        assertTrue(scalar.out().contains("vectorBits=0"), scalar.out());
        assertEquals("WARNING: Using incubator modules: jdk.incubator.vector\n", scalar.err());
    }

    @Test
    void refusesAWrongWidth() throws Exception {
        assertEquals(
                "refused: lanewise.vectorBits must be one of 0, 64, 128, 256, 512: 100\n",
                run(List.of("-Dlanewise.vectorBits=100")).out());
        assertEquals(
                "refused: lanewise.vectorBits must be at most 128 on this machine: 512\n",
                run(List.of("-Dlanewise.vectorBits=512", "-XX:MaxVectorSize=16"))
                        .out());
        assertEquals(
                "refused: lanewise.vectorBits must be 0 without the Vector API (add --add-modules"
                        + " jdk.incubator.vector to the java command): 256\n",
                Jvm.run(List.of("-Dlanewise.vectorBits=256"), Application.class).out());
    }

    @Test
    void warmsUpUntilNoRunIsFaster() {
        // The second of these runs is the first that counts, a pause follows, and then the code around a kernel is
        // compiled.
        int[] millis = {1, 100, 250, 100, 1};
        int[] runs = {0};
        WarmUpReport report = Lanewise.warmUp(Duration.ofMinutes(1), () -> {
            int run = Math.min(runs[0]++, millis.length - 1);
            for (long end = System.nanoTime() + millis[run] * 1_000_000L; System.nanoTime() < end; ) {
                LockSupport.parkNanos(end - System.nanoTime());
            }
        });
        assertEquals(runs[0], report.runs());
        assertTrue(report.runs() >= millis.length + 3, report.toString());
        assertTrue(report.time().toMillis() >= Arrays.stream(millis).sum() + 200, report.toString());
    }

    @Test
    void warmsUpWithinTheLimit() {
        Duration limit = Duration.ofMillis(20);
        WarmUpReport report = Lanewise.warmUp(limit, () -> LockSupport.parkNanos(5_000_000));
        assertTrue(report.runs() < 20, report.toString());
        assertEquals(1, Lanewise.warmUp(Duration.ZERO, () -> {}).runs());
    }
}
