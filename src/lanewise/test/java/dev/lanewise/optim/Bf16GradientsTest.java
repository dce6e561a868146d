package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A step with gradients in bf16 is the step with the same numbers as floats. */
class Bf16GradientsTest {
    private static final Arena SHARED = Arena.ofShared();
    private static final Workers TWO = Workers.of(2);

    @AfterAll
    static void close() {
        SHARED.close();
        TWO.close();
    }

    /** Copies numbers to memory of every kind. */
    private static List<Bf16Span> everywhere(short[] halves) {
        int n = halves.length;
        return Stream.of(
                        MemorySegment.ofArray(new short[n]),
                        MemorySegment.ofArray(new short[n + 3]).asSlice(6),
                        Arena.ofAuto().allocate(2L * n + 64, 64).asSlice(0, 2L * n),
                        Arena.ofAuto().allocate(2L * n + 1).asSlice(1),
                        SHARED.allocate(2L * n),
                        MemorySegment.ofArray(new byte[2 * n + 1]).asSlice(1))
                .map(segment -> {
                    MemorySegment.copy(halves, 0, segment, ValueLayout.JAVA_SHORT_UNALIGNED, 0, n);
                    return Bf16Span.of(segment);
                })
                .toList();
    }

    private static short[] gradient(int n, int step) {
        short[] halves = new short[n];
        Bf16Span.of(halves).copyFrom(FloatSpan.of(Floats.nasty(n, new Random(step), true)));
        return halves;
    }

    private static FloatSpan widened(Bf16Span halves) {
        FloatSpan floats = FloatSpan.of(new float[(int) halves.length()]);
        halves.copyTo(floats);
        return floats;
    }

    private static Optimizer optimizer(int n, UpdateRule rule, StepOptions options) {
        MatrixShape shape = rule.needsMatrix() ? MatrixShape.inputsByOutputs(n / 3, 3) : null;
        ParameterGroup all = new ParameterGroup("all", 0, n, rule).withShape(shape);
        return new Optimizer(FloatSpan.of(Floats.random(n, 1)), List.of(all), options);
    }

    private static void assertSame(Optimizer expected, Optimizer found) {
        assertArrayEquals(expected.parameters().toArray(), found.parameters().toArray());
        for (StateBuffer buffer : expected.group("all").rule().at(0).state()) {
            assertArrayEquals(
                    expected.state("all", buffer.name()).toArray(),
                    found.state("all", buffer.name()).toArray(),
                    buffer.name());
        }
        StepReport.Group one = expected.report().group("all"),
                other = found.report().group("all");
        assertEquals(one.toString(), other.toString());
        assertEquals(expected.report().toString(), found.report().toString());
    }

    static Stream<UpdateRule> rules() {
        return RuleTable.all();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void everyRuleHasTheBitsOfFloats(UpdateRule rule) {
        int n = 3 * 67;
        for (StepOptions options : List.of(
                StepOptions.DEFAULT, StepOptions.DEFAULT.withStatistics(true).withState(StateType.BF16))) {
            Optimizer expected = optimizer(n, rule, options);
            List<Optimizer> found =
                    Stream.generate(() -> optimizer(n, rule, options)).limit(6).toList();
            for (int step = 0; step < 3; step++) {
                List<Bf16Span> spans = everywhere(gradient(n, step));
                expected.step(widened(spans.getFirst()), 0.5);
                for (int i = 0; i < found.size(); i++) {
                    found.get(i).step(spans.get(i), 0.5);
                    assertSame(expected, found.get(i));
                }
            }
        }
    }

    /** The ranges begin within vectors, and the parameters are staged, native or an array. */
    @Test
    void clippingStatisticsAndThreadsHaveTheBitsOfFloats() {
        int n = 40_003;
        StepOptions threads = StepOptions.DEFAULT.withWorkers(TWO);
        for (StepOptions options : List.of(
                threads,
                threads.withStatistics(true),
                threads.withClipping(Clipping.byNorm(0.1)),
                threads.withClipping(Clipping.byGroupNorm(0.1)).withStatistics(true),
                threads.withClipping(Clipping.byValue(0.01)),
                threads.withClipping(Clipping.byValue(0.01))
                        .withStatistics(true)
                        .withState(StateType.BF16),
                threads.withNonFinitePolicy(NonFinitePolicy.SKIP).withAverageDecay(0.9))) {
            for (MemorySegment memory : List.of(
                    MemorySegment.ofArray(new float[n + 1]).asSlice(4),
                    Arena.ofAuto().allocate(4L * n + 4).asSlice(4),
                    SHARED.allocate(4L * n))) {
                FloatSpan.of(memory).copyFrom(Floats.random(n, 1), 0, 0, n);
                Optimizer expected = optimizer(n, new AdamW(), options);
                Optimizer found = new Optimizer(FloatSpan.of(memory), new AdamW(), options);
                List<Bf16Span> spans = everywhere(gradient(n, 5));
                for (Bf16Span span : spans) {
                    expected.step(widened(span));
                    found.step(span);
                    assertSame(expected, found);
                }
            }
        }
    }

    @Test
    void gradientsOfBothTypesMayAlternate() {
        int n = 1000;
        Optimizer expected = optimizer(n, new Lion(), StepOptions.DEFAULT),
                found = optimizer(n, new Lion(), StepOptions.DEFAULT);
        for (int step = 0; step < 6; step++) {
            Bf16Span span = Bf16Span.of(gradient(n, step));
            expected.step(widened(span));
            if (step % 2 == 0) {
                found.step(span);
            } else {
                found.step(widened(span));
            }
        }
        assertSame(expected, found);
    }

    @Test
    void aGradientThatIsNotFiniteIsFoundAndCounted() {
        int n = 5000;
        short[] halves = gradient(n, 1);
        halves[17] = 0x7fc0;
        halves[4999] = (short) 0xff80;
        for (Bf16Span span : everywhere(halves)) {
            Optimizer optimizer =
                    optimizer(n, new AdamW(), StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP));
            float[] before = optimizer.parameters().toArray();
            StepReport report = optimizer.step(span);
            assertFalse(report.applied());
            assertEquals(2, report.group("all").nonFinite());
            assertArrayEquals(before, optimizer.parameters().toArray());
            Optimizer strict =
                    optimizer(n, new AdamW(), StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.THROW));
            assertThrows(ArithmeticException.class, () -> strict.step(span));
        }
    }

    @Test
    void gradientsAreZeroedOnlyIfTheOptionsZeroThem() {
        int n = 3000;
        short[] halves = gradient(n, 1);
        Optimizer reads = optimizer(n, new AdamW(), StepOptions.DEFAULT);
        Optimizer zeroes = optimizer(n, new AdamW(), StepOptions.DEFAULT.withZeroGradients(true));
        for (Bf16Span span : everywhere(halves)) {
            reads.step(span);
            assertArrayEquals(halves, span.segment().toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
            reads.step(Bf16Span.of(span.segment().asReadOnly()));
            Bf16Span readOnly = Bf16Span.of(span.segment().asReadOnly());
            assertRefused(
                    "gradients must be writable when zeroGradients is set",
                    IllegalArgumentException.class,
                    () -> zeroes.step(readOnly));
            zeroes.step(span);
            assertArrayEquals(new short[n], span.segment().toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
        }
    }

    @Test
    void wrongGradientsAreRefusedBeforeAnythingIsWritten() throws InterruptedException {
        MemorySegment memory = Arena.ofAuto().allocate(80);
        FloatSpan parameters = FloatSpan.of(memory.asSlice(0, 40));
        Optimizer optimizer = new Optimizer(parameters, new AdamW(), StepOptions.DEFAULT.withBf16Copy(true));
        assertRefused(
                "length of gradients must be 10 (length of parameters): 9",
                IllegalArgumentException.class,
                () -> optimizer.step(Bf16Span.of(new short[9])));
        assertRefused(
                "gradients and parameters must not overlap",
                IllegalArgumentException.class,
                () -> optimizer.step(Bf16Span.of(memory.asSlice(38, 20))));
        assertRefused(
                "gradients and bf16Copy must not overlap",
                IllegalArgumentException.class,
                () -> optimizer.step(optimizer.bf16Copy()));
        assertRefused(
                "gradientFactor must be finite: NaN",
                IllegalArgumentException.class,
                () -> optimizer.step(Bf16Span.of(new short[10]), Double.NaN));
        Arena arena = Arena.ofConfined();
        Bf16Span closed = Bf16Span.of(arena.allocate(20));
        Bf16Span other;
        try (Arena mine = Arena.ofConfined()) {
            other = Bf16Span.of(mine.allocate(20));
            Throwable[] thrown = new Throwable[1];
            Thread thread = new Thread(() -> {
                try {
                    optimizer.step(other);
                } catch (WrongThreadException e) {
                    thrown[0] = e;
                }
            });
            thread.start();
            thread.join();
            assertEquals("the memory of the gradients belongs to another thread", thrown[0].getMessage());
        }
        arena.close();
        assertRefused(
                "the memory of the gradients has been closed",
                IllegalStateException.class,
                () -> optimizer.step(closed));
        assertArrayEquals(new float[10], parameters.toArray());
        assertEquals(0, optimizer.steps());
        optimizer.step(Bf16Span.of(new short[10]));
    }

    private static void assertRefused(String message, Class<? extends Exception> type, Runnable call) {
        assertEquals(message, assertThrows(type, call::run).getMessage());
    }

    @Test
    void aStepAllocatesNothing() {
        int n = 20_000;
        StepOptions options = StepOptions.DEFAULT
                .withClipping(Clipping.byNorm(1))
                .withStatistics(true)
                .withBf16Copy(true);
        Optimizer optimizer = optimizer(n, new AdamW(), options);
        Bf16Span array = Bf16Span.of(gradient(n, 1)),
                memory = everywhere(gradient(n, 1)).get(3);
        Garbage.assertNone(() -> optimizer.step(array));
        Garbage.assertNone(() -> optimizer.step(memory));
    }

    /** The sums of a rank's squares are those of its part of the whole, so the exchange gets the same numbers. */
    @Test
    void anExchangeGetsTheSumsOfFloats() {
        int n = 9000;
        StepOptions options = StepOptions.DEFAULT.withClipping(Clipping.byNorm(0.1));
        Optimizer expected = optimizer(n, new AdamW(), options), found = optimizer(n, new AdamW(), options);
        Bf16Span span = Bf16Span.of(gradient(n, 1));
        double[][] sums = new double[2][];
        expected.step(widened(span), 0.5, (blockSums, from, count) -> sums[0] = blockSums.clone());
        found.step(span, 0.5, (blockSums, from, count) -> sums[1] = blockSums.clone());
        assertArrayEquals(sums[0], sums[1]);
        assertSame(expected, found);
    }
}
