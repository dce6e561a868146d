package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.Constant;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kernels give the bits of the scalar definitions, whatever the lengths, offsets, storages, splits and threads. */
class RuleBitsTest {
    private static final float SENTINEL = -123.25f;
    private static final float[] SPECIAL = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -1e-40f,
        Float.MIN_NORMAL,
        -0x1p-101f,
        0x1p-100f,
        -0x1.8p-100f,
        0x1p-50f,
        -3e-15f,
        1e-8f,
        -1f,
        1e10f,
        -1.5e19f,
        3e19f,
        -1e21f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    /** Everything a float can be, or, for a rule that would turn all to NaN by one norm, only finite values. */
    private static float[] values(Random random, int n, boolean finite) {
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = random.nextInt(4) == 0
                    ? SPECIAL[random.nextInt(finite ? SPECIAL.length - 6 : SPECIAL.length)]
                    : Math.scalb((float) random.nextGaussian(), random.nextInt(80) - 60);
        }
        return values;
    }

    private static void assertBits(float[] expected, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual[i])) {
                fail(what + ", element " + i + " of " + expected.length + ": the definition gives " + expected[i]
                        + " and the kernel " + actual[i]);
            }
        }
    }

    private static void assertSame(Definition definition, Optimizer optimizer, String what) {
        assertBits(definition.parameters(), optimizer.parameters().toArray(), what + ", parameters");
        for (StateBuffer buffer : definition.rule.state()) {
            assertBits(
                    definition.state(buffer.name()),
                    optimizer.state("all", buffer.name()).toArray(),
                    what + ", " + buffer.name());
        }
    }

    /** The loop itself, at every length and offset, with odd gradient factors and with state that no step would give. */
    @ParameterizedTest
    @MethodSource("rules")
    void everyLengthAndOffset(UpdateRule rule) {
        for (int n = 0; n < 66; n++) {
            everyOffset(rule, n, 5);
        }
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void largeLengths(UpdateRule rule) {
        for (int n : new int[] {127, 1001, 2048 + 17, 16384 + 33}) {
            everyOffset(rule, n, 2);
        }
    }

    /** Where a range is long, its vectors begin with a line of the cache, wherever the range does. */
    @ParameterizedTest
    @MethodSource("rules")
    void longRangesThatBeginAnywhereInALine(UpdateRule rule) {
        int n = (1 << 14) + 9;
        for (int before = 0; before < 16; before += 5) {
            MemorySegment memory = Arena.ofAuto().allocate(8 * (n + 16), 64);
            for (Place place : List.of(
                    Place.of("array", MemorySegment.ofArray(new float[n + 16]), before, n),
                    Place.of("native", memory.asSlice(0, 4 * (n + 16)), before, n),
                    Place.of("native, between floats", memory.asSlice(4 * (n + 16) + before, 4 * (n + 12)), 1, n))) {
                Random random = new Random(before);
                float[] initial = values(random, n, true);
                place.set(initial);
                Definition definition = new Definition(rule, initial);
                Optimizer optimizer = new Optimizer(place.span, rule);
                float[] gradient = values(random, n, before == 0);
                definition.step(gradient);
                optimizer.step(FloatSpan.of(gradient));
                String what = rule + ", from " + before + " in " + place.name;
                assertSame(definition, optimizer, what);
                place.checkSentinels(place.name.contains("between") ? 1 : before, what);
            }
        }
    }

    private static void everyOffset(UpdateRule rule, int n, int offsets) {
        for (int offset = 0; offset < offsets; offset++) {
            Random random = new Random(1000 * n + offset);
            boolean finite = offset % 2 == 0;
            Definition definition = new Definition(rule, values(random, n, finite));
            definition.gradientFactor = new double[] {1, -1, 0.37, 1 / 1024.0, -3}[offset];
            int buffers = definition.buffers.length;
            if (offset > 2) {
                for (int b = 2; b < buffers; b++) {
                    definition.buffers[b] = values(random, n, finite);
                }
            }
            FusedLoop loop = new FusedLoop(((KernelRule) rule).kernel(), rule.options(), buffers, 1, false);
            float[][] around = new float[buffers][];
            for (int b = 0; b < buffers; b++) {
                int before = (offset + b) % 5 + 1;
                around[b] = new float[before + n + 7];
                Arrays.fill(around[b], SENTINEL);
                if (b != 1) {
                    System.arraycopy(definition.buffers[b], 0, around[b], before, n);
                }
                loop.bind(b, FloatSpan.of(around[b], before, n));
            }
            loop.specialize();
            for (int step = 0; step < 4; step++) {
                float[] gradient = values(random, n, finite);
                System.arraycopy(gradient, 0, around[1], (offset + 1) % 5 + 1, n);
                definition.step(gradient);
                loop.run(0, 0, n, definition.constants, rule::update);
                for (int b = 0; b < buffers; b++) {
                    int before = (offset + b) % 5 + 1;
                    float[] expected = new float[around[b].length];
                    Arrays.fill(expected, SENTINEL);
                    System.arraycopy(definition.buffers[b], 0, expected, before, n);
                    assertBits(expected, around[b], rule + ", step " + step + ", buffer " + b);
                }
            }
        }
    }

    /** A range of floats in some storage, with sentinels on both sides of it. */
    private record Place(String name, FloatSpan span, FloatSpan around) {
        static Place of(String name, MemorySegment memory, int before, int n) {
            FloatSpan around = FloatSpan.of(memory);
            for (int i = 0; i < around.length(); i++) {
                around.set(i, SENTINEL);
            }
            return new Place(name, around.slice(before, n), around);
        }

        Place readOnly() {
            return new Place(name + " read-only", FloatSpan.of(span.segment().asReadOnly()), around);
        }

        void set(float[] values) {
            long before = (span.segment().address() - around.segment().address()) / 4;
            around.copyFrom(values, 0, before, values.length);
        }

        void checkSentinels(int before, String what) {
            for (int i = 0; i < around.length(); i++) {
                if ((i < before || i >= before + span.length()) && around.get(i) != SENTINEL) {
                    fail(what + ": wrote to " + (i - before) + " of " + span.length() + " in " + name);
                }
            }
        }
    }

    @TempDir
    static Path directory;

    private static List<Place> places(Arena confined, Arena shared, int before, int n) throws IOException {
        long bytes = 4L * (n + 16);
        Path file = Files.createTempFile(directory, "floats", null);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            MemorySegment odd = MemorySegment.ofArray(new byte[(int) bytes + 1]).asSlice(1);
            return List.of(
                    Place.of("array", MemorySegment.ofArray(new float[n + 16]), before, n),
                    Place.of("confined", confined.allocate(bytes, 64), before, n),
                    Place.of("automatic", Arena.ofAuto().allocate(bytes, 4), before, n),
                    Place.of("global", GLOBAL.asSlice(0, bytes), before, n),
                    Place.of("shared", shared.allocate(bytes, 4), before, n),
                    Place.of("mapped", channel.map(FileChannel.MapMode.READ_WRITE, 0, bytes, confined), before, n),
                    Place.of("bytes", odd, before, n));
        }
    }

    private static final MemorySegment GLOBAL = Arena.global().allocate(1 << 16, 64);

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void everyStorage(UpdateRule rule) throws IOException {
        int n = 4 * 16 + 7, before = 3;
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            int kinds = places(confined, shared, before, n).size();
            for (int pair = 0; pair < kinds * kinds; pair++) {
                Random random = new Random(pair);
                Place p = places(confined, shared, before, n).get(pair / kinds);
                Place g = places(confined, shared, before + 1, n).get(pair % kinds);
                if (p.name.equals("global") && g.name.equals("global")) {
                    g = Place.of("global", GLOBAL.asSlice(1 << 15, 4 * (n + 16)), before + 1, n);
                }
                for (Place gradients : List.of(g, g.readOnly())) {
                    String what = rule + ", parameters " + p.name + ", gradients " + gradients.name;
                    float[] initial = values(random, n, true);
                    p.set(initial);
                    Definition definition = new Definition(rule, initial);
                    Optimizer optimizer = new Optimizer(p.span, rule);
                    for (int step = 0; step < 3; step++) {
                        float[] gradient = values(random, n, step < 2);
                        gradients.set(gradient);
                        definition.step(gradient);
                        optimizer.step(gradients.span);
                        assertSame(definition, optimizer, what + ", step " + step);
                        assertBits(gradient, gradients.span.toArray(), what + ", gradient");
                    }
                    p.checkSentinels(before, what);
                    gradients.checkSentinels(before + 1, what);
                }
            }
        }
    }

    /** Signs that turn at every step, then a gradient that stops: state decays through the flush. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void manySteps(UpdateRule rule) {
        int n = 40;
        Random random = new Random(3);
        float[] gradient = values(random, n, true);
        Definition definition = new Definition(rule, values(random, n, true));
        Optimizer optimizer = new Optimizer(FloatSpan.of(definition.parameters().clone()), rule);
        for (int step = 0; step < 2000; step++) {
            for (int i = 0; i < n; i++) {
                gradient[i] = step > 200 && i % 2 == 0 ? 0 : -gradient[i] * (step > 200 ? 0.97f : 1);
            }
            definition.step(gradient);
            optimizer.step(FloatSpan.of(gradient));
        }
        assertSame(definition, optimizer, rule.toString());
    }

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void anyNumberOfThreads(UpdateRule rule) {
        int n = 3 * (1 << 15) + 12_345;
        Random random = new Random(4);
        float[] initial = values(random, n, true);
        float[][] gradients = {values(random, n, true), values(random, n, false)};
        Definition definition = new Definition(rule, initial);
        for (float[] gradient : gradients) {
            definition.step(gradient);
        }
        for (int threads = 1; threads <= 3; threads++) {
            try (Workers workers = Workers.of(threads)) {
                FloatSpan parameters =
                        threads == 2 ? FloatSpan.of(Arena.ofAuto().allocate(4L * n)) : FloatSpan.of(new float[n]);
                parameters.copyFrom(initial, 0, 0, n);
                Optimizer optimizer = new Optimizer(parameters, rule, new Constant(rule.learningRate()), workers);
                for (float[] gradient : gradients) {
                    optimizer.step(FloatSpan.of(gradient));
                }
                assertSame(definition, optimizer, rule + " on " + threads + " threads");
            }
        }
    }

    /** Slices of any lengths, each stepped by an optimizer of its own, are the whole. */
    @net.jqwik.api.Tag("slow")
    @Property(tries = 150)
    void anySplit(@ForAll("configurations") UpdateRule rule, @ForAll List<@IntRange(max = 90) Integer> lengths) {
        int n = lengths.stream().mapToInt(length -> length).sum() + 1;
        Random random = new Random(n);
        Definition definition = new Definition(rule, values(random, n, false));
        FloatSpan whole = FloatSpan.of(definition.parameters().clone());
        List<Optimizer> parts = new ArrayList<>();
        List<Integer> starts = new ArrayList<>();
        int start = 0;
        for (int i = 0; i <= lengths.size(); i++) {
            int length = i == lengths.size() ? n - start : lengths.get(i);
            starts.add(start);
            parts.add(new Optimizer(whole.slice(start, length), rule));
            start += length;
        }
        for (int step = 0; step < 3; step++) {
            float[] gradient = values(random, n, false);
            definition.step(gradient);
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i)
                        .step(FloatSpan.of(gradient)
                                .slice(starts.get(i), parts.get(i).parameters().length()));
            }
        }
        assertBits(definition.parameters(), whole.toArray(), rule.toString());
    }

    @Provide
    Arbitrary<UpdateRule> configurations() {
        return Arbitraries.of(RuleTable.rules()
                .filter(rule -> rule.normScope() == NormScope.NONE)
                .toList());
    }

    /** After the JVM's shared profile has seen segments and vectors of every kind, and the kernels have been compiled. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void afterPollution(UpdateRule rule) throws IOException {
        int n = 1000;
        pollute();
        Random random = new Random(5);
        float[] initial = values(random, n, true);
        float[][] gradients = new float[10][];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = values(random, n, true);
        }
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            for (Place place : places(confined, shared, 1, n)) {
                place.set(initial);
                Definition definition = new Definition(rule, initial);
                Optimizer optimizer = new Optimizer(place.span, rule);
                for (int step = 0; step < 300; step++) {
                    float[] gradient = gradients[step % gradients.length];
                    definition.step(gradient);
                    optimizer.step(FloatSpan.of(gradient));
                }
                assertSame(definition, optimizer, rule + " in " + place.name);
            }
        }
    }

    private static void pollute() {
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            List<MemorySegment> segments = List.of(
                    MemorySegment.ofArray(new float[256]),
                    MemorySegment.ofArray(new byte[1024]),
                    confined.allocate(1024),
                    shared.allocate(1024).asReadOnly());
            float sum = 0;
            for (int round = 0; round < 2000; round++) {
                MemorySegment segment = segments.get(round % segments.size());
                var species = round % 3 == 0 ? FloatVector.SPECIES_128 : FloatVector.SPECIES_256;
                FloatVector x =
                        FloatVector.fromMemorySegment(species, segment, 4L * (round % 64), ByteOrder.nativeOrder());
                sum += x.lane(round % 4);
            }
            assertEquals(0, sum);
        }
    }
}
