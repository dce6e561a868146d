package dev.lanewise.optim;

import static dev.lanewise.optim.RuleWidthsTest.C2_SOON;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.lanewise.Lanewise;
import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Jvm;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.Place;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same bits in every storage, with any number of threads, at every vector width, and in the scalar definitions. */
class LbfgsBitsTest {
    private static final LbfgsOptions SEARCH = LbfgsOptions.DEFAULT
            .withLineSearch(LineSearch.strongWolfe())
            .withHistorySize(4)
            .withMaxIterations(7);

    private static float[] curvature(int n) {
        float[] curvature = Floats.random(n, 3);
        for (int i = 0; i < n; i++) {
            curvature[i] = 0.01f + Math.abs(curvature[i]) * (1 + i % 9);
        }
        return curvature;
    }

    /** Minimizes for two steps, with and without a search, and returns the bits on the way. */
    private static String run(FloatSpan parameters, LbfgsOptions options) {
        int n = (int) parameters.length();
        StringBuilder bits = new StringBuilder();
        for (LbfgsOptions each : List.of(options, options.withLineSearch(LineSearch.none()))) {
            parameters.copyFrom(Floats.random(n, 7), 0, 0, n);
            Lbfgs lbfgs = new Lbfgs(parameters, each);
            for (int step = 0; step < 2; step++) {
                LbfgsReport report = lbfgs.step(Functions.separable(curvature(n)));
                bits.append(report).append(Arrays.hashCode(parameters.toArray()));
            }
        }
        return bits.toString();
    }

    @Provide
    Arbitrary<Place> places() {
        return Place.writable();
    }

    @Property(tries = 60, edgeCases = EdgeCasesMode.NONE)
    void everyStorageHasTheSameBits(@ForAll("places") Place place, @ForAll @IntRange(min = 1, max = 400) int n) {
        try (Memory memory = new Memory()) {
            Memory.Room room = memory.allocate(place, n);
            assertEquals(run(FloatSpan.of(new float[n]), SEARCH), run(room.span(), SEARCH));
            room.assertUntouchedAround("minimizing");
        }
    }

    @Property(tries = 6, edgeCases = EdgeCasesMode.NONE)
    void anyNumberOfThreadsHasTheSameBits(
            @ForAll @IntRange(min = 2, max = 6) int threads,
            @ForAll @IntRange(min = 1 << 16, max = 1 << 18) int n,
            @ForAll("places") Place place) {
        try (Workers workers = Workers.of(threads);
                Memory memory = new Memory()) {
            String expected = run(FloatSpan.of(new float[n]), SEARCH);
            assertEquals(expected, run(memory.allocate(place, n).span(), SEARCH.withWorkers(workers)));
        }
    }

    /** Minimizes long enough for C2 to compile the kernels, and prints the width and the bits on the way. */
    static final class Minimizing {
        public static void main(String[] arguments) {
            StringBuilder bits = new StringBuilder();
            Random random = new Random(2);
            try (Memory memory = new Memory()) {
                for (int i = 0; i < 30; i++) {
                    int n = random.nextInt(64, 6_000);
                    Place place =
                            new Place(i % 2 == 0 ? Place.Storage.ARRAY : Place.Storage.AUTOMATIC, i % 5, 0, false);
                    bits.append(run(memory.allocate(place, n).span(), SEARCH));
                }
            }
            // The JVM prints compilations to the same stream, and may be within a line.
            System.out.println("\n" + Lanewise.runtime().vectorBits() + " "
                    + bits.toString().hashCode() + " bits");
        }
    }

    private static String scalar;

    @ParameterizedTest
    @ValueSource(ints = {64, 128, 256, 512})
    void sameBitsAtEveryWidth(int bits) throws Exception {
        if (scalar == null) {
            scalar = output(0);
        }
        assertEquals(scalar, output(bits));
    }

    private static String output(int bits) throws Exception {
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.add("-Dlanewise.vectorBits=" + bits);
        flags.addAll(C2_SOON);
        Jvm jvm = Jvm.run(flags, Minimizing.class);
        String output = jvm.out() + jvm.err();
        assumeFalse(output.contains("must be at most"), "this CPU has no vectors of " + bits + " bits");
        for (String kernel : bits == 0 ? List.<String>of() : List.of("Dot", "Waxpby")) {
            Pattern compiled = Pattern.compile("(?m)^ *\\d+ +\\d+ .* dev\\S+\\." + kernel + RuleWidthsTest.KERNEL);
            assertTrue(compiled.matcher(output).find(), () -> "C2 has not compiled " + kernel);
        }
        Matcher line = Pattern.compile("(?m)^" + bits + " (-?\\d+) bits$").matcher(output);
        assertTrue(line.find(), output);
        return line.group(1);
    }

    /** In a JVM whose kernels wait until they are compiled, minimizing changes from the definitions to the kernels on the way. */
    @ParameterizedTest
    @ValueSource(strings = {"-Dlanewise.vectorBits=0", "-Dlanewise.immediateKernels=false"})
    void hasTheSameBitsWheneverAKernelTakesOver(String flag) throws Exception {
        List<String> flags = List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");
        List<String> all = new ArrayList<>(flags);
        all.add(flag);
        String[] immediate = Jvm.run(Jvm.VECTOR_FLAGS, Minimizing.class).out().split(" ");
        assertArrayEquals(
                Arrays.copyOfRange(immediate, 1, 3),
                Arrays.copyOfRange(Jvm.run(all, Minimizing.class).out().split(" "), 1, 3));
    }
}
