package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Memory;
import dev.lanewise.testing.Place;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The kernels give the bits of the scalar definitions at every length, offset and pair of storages up to a bound, in large ranges,
 * over many steps and threads. {@link RuleParityTest} draws the rest at random.
 */
class RuleBitsTest {
    private static final float SENTINEL = -123.25f;

    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    /** Everything a float can be, or, for a rule that would turn all to NaN by one norm, only finite values. */
    private static float[] values(Random random, int n, boolean finite) {
        return Floats.nasty(n, random, finite);
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

    /** The table's configurations of this rule have the learning rate 1. */
    @Test
    void theLearningRateOfRprop() {
        for (int n = 1; n < 66; n++) {
            everyOffset(new Rprop(0.3), n, 5);
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

    /** The vectors of a long range begin at a cache line, wherever the range begins. */
    @ParameterizedTest
    @MethodSource("rules")
    void longRangesThatBeginAnywhereInALine(UpdateRule rule) {
        int n = (1 << 14) + 9;
        for (int before = 0; before < 16; before += 5) {
            for (Place place : List.of(
                    new Place(Place.Storage.ARRAY, before, 0, false),
                    new Place(Place.Storage.CONFINED, before, 0, false),
                    new Place(Place.Storage.CONFINED, 1, before % 4, false))) {
                Random random = new Random(before);
                float[] initial = values(random, n, true), gradient = values(random, n, before == 0);
                try (Memory memory = new Memory()) {
                    Memory.Room p = memory.allocate(place, n).set(initial);
                    Definition definition = new Definition(rule, initial);
                    Optimizer optimizer = new Optimizer(p.span(), rule);
                    definition.step(gradient);
                    optimizer.step(FloatSpan.of(gradient));
                    String what = rule + ", " + place;
                    assertSame(definition, optimizer, what);
                    p.assertUntouchedAround(what);
                }
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
            FusedLoop loop = definition.loop(false), first = definition.prepareLoop();
            float[][] around = new float[buffers][];
            for (int b = 0; b < buffers; b++) {
                int before = (offset + b) % 5 + 1;
                around[b] = new float[before + n + 7];
                Arrays.fill(around[b], SENTINEL);
                if (b != 1) {
                    System.arraycopy(definition.buffers[b], 0, around[b], before, n);
                }
                loop.bind(b, FloatSpan.of(around[b], before, n));
                if (first != null) {
                    first.bind(b, FloatSpan.of(around[b], before, n));
                }
            }
            loop.specialize();
            if (first != null) {
                first.specialize();
            }
            for (int step = 0; step < 4; step++) {
                float[] gradient = values(random, n, finite);
                System.arraycopy(gradient, 0, around[1], (offset + 1) % 5 + 1, n);
                definition.step(gradient);
                for (int block = 0; first != null && block < n; block += SumOfSquares.BLOCK) {
                    int end = Math.min(n, block + SumOfSquares.BLOCK);
                    first.run(0, block, end, definition.constants, rule::prepare);
                }
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

    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void everyStorage(UpdateRule rule) {
        int n = 4 * 16 + 7;
        int pair = 0;
        for (Place p : Place.ofEachStorage(3)) {
            for (Place g : Place.ofEachStorage(4)) {
                Random random = new Random(pair++);
                for (Place gradients : List.of(g, g.asReadOnly())) {
                    everyStorage(rule, random, n, p, gradients);
                }
            }
        }
    }

    private static void everyStorage(UpdateRule rule, Random random, int n, Place parameters, Place gradients) {
        String what = rule + ", parameters " + parameters + ", gradients " + gradients;
        try (Memory memory = new Memory()) {
            float[] initial = values(random, n, true);
            Memory.Room p = memory.allocate(parameters, n).set(initial), g = memory.allocate(gradients, n);
            Definition definition = new Definition(rule, initial);
            Optimizer optimizer = new Optimizer(p.span(), rule);
            for (int step = 0; step < 3; step++) {
                float[] gradient = values(random, n, step < 2);
                g.set(gradient);
                definition.step(gradient);
                optimizer.step(g.span());
                assertSame(definition, optimizer, what + ", step " + step);
                assertBits(gradient, g.span().toArray(), what + ", gradient");
            }
            p.assertUntouchedAround(what);
            g.assertUntouchedAround(what);
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
                Optimizer optimizer = new Optimizer(parameters, rule, StepOptions.DEFAULT.withWorkers(workers));
                for (float[] gradient : gradients) {
                    optimizer.step(FloatSpan.of(gradient));
                }
                assertSame(definition, optimizer, rule + " on " + threads + " threads");
            }
        }
    }

    /** After the JVM's shared profile has seen segments and vectors of every kind, and the kernels have been compiled. */
    @Tag("slow")
    @ParameterizedTest
    @MethodSource("rules")
    void afterPollution(UpdateRule rule) {
        int n = 1000;
        pollute();
        Random random = new Random(5);
        float[] initial = values(random, n, true);
        float[][] gradients = new float[10][];
        for (int i = 0; i < gradients.length; i++) {
            gradients[i] = values(random, n, true);
        }
        try (Memory memory = new Memory()) {
            for (Place place : Place.ofEachStorage(1)) {
                Definition definition = new Definition(rule, initial);
                Optimizer optimizer =
                        new Optimizer(memory.allocate(place, n).set(initial).span(), rule);
                for (int step = 0; step < 300; step++) {
                    float[] gradient = gradients[step % gradients.length];
                    definition.step(gradient);
                    optimizer.step(FloatSpan.of(gradient));
                }
                assertSame(definition, optimizer, rule + " in " + place);
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
