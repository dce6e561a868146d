package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Buffers that cannot be used are refused before anything is written, under every rule; memory closed meanwhile harms nobody. */
class OptimizerBuffersTest {
    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    private static float[] ones(int n) {
        float[] values = new float[n];
        Arrays.fill(values, 1);
        return values;
    }

    private static <T extends Throwable> void refused(
            Class<T> type, String message, Optimizer optimizer, FloatSpan gradients) {
        T thrown = assertThrows(type, () -> optimizer.step(gradients));
        assertTrue(thrown.getMessage().startsWith(message), thrown::getMessage);
        assertEquals(0, optimizer.steps());
        UpdateRule rule = RULE.get();
        for (StateBuffer buffer : rule.state()) {
            for (float x : optimizer.state("all", buffer.name()).toArray()) {
                assertEquals(buffer.initial(), x, buffer.name());
            }
        }
    }

    private static final ThreadLocal<UpdateRule> RULE = new ThreadLocal<>();

    @ParameterizedTest
    @MethodSource("rules")
    void refusesBuffersBeforeAnythingIsWritten(UpdateRule rule) throws InterruptedException {
        RULE.set(rule);
        float[] parameters = ones(40);
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters, 0, 20), rule);

        Class<IllegalArgumentException> illegal = IllegalArgumentException.class;
        refused(
                illegal,
                "length of gradients must be 20 (length of parameters): 19",
                optimizer,
                FloatSpan.of(ones(19)));
        refused(
                illegal,
                "length of gradients must be 20 (length of parameters): 21",
                optimizer,
                FloatSpan.of(ones(21)));
        refused(illegal, "gradients and parameters must not overlap", optimizer, FloatSpan.of(parameters, 19, 20));
        for (StateBuffer buffer : rule.state()) {
            refused(illegal, "gradients and state must not overlap", optimizer, optimizer.state("all", buffer.name()));
        }

        Arena closed = Arena.ofConfined();
        FloatSpan late = FloatSpan.of(closed.allocate(80));
        closed.close();
        refused(IllegalStateException.class, "the memory of the gradients has been closed", optimizer, late);

        Arena[] foreign = new Arena[1];
        FloatSpan[] theirs = new FloatSpan[1];
        Thread other = Thread.ofPlatform().start(() -> {
            foreign[0] = Arena.ofConfined();
            theirs[0] = FloatSpan.of(foreign[0].allocate(80));
        });
        other.join();
        refused(
                WrongThreadException.class,
                "the memory of the gradients belongs to another thread",
                optimizer,
                theirs[0]);
        assertArrayEquals(ones(40), parameters);

        optimizer.step(FloatSpan.of(parameters, 20, 20));
        assertEquals(1, optimizer.steps());
    }

    @Test
    void refusesTargetsOfACopyThatCannotBeWritten() {
        Arena arena = Arena.ofConfined();
        FloatSpan closed = FloatSpan.of(arena.allocate(80));
        Optimizer closedToo = new Optimizer(closed, new AdamW(), StepOptions.DEFAULT.withBf16Copy(true));
        Optimizer optimizer =
                new Optimizer(FloatSpan.of(ones(20)), new AdamW(), StepOptions.DEFAULT.withBf16Copy(true));
        assertEquals(
                "gradients and bf16Copy must not overlap",
                assertThrows(IllegalArgumentException.class, () -> optimizer.step(optimizer.bf16Copy()))
                        .getMessage());
        FloatSpan readOnly = FloatSpan.of(FloatSpan.of(ones(20)).segment().asReadOnly());
        assertEquals(
                "target must not be read-only: " + readOnly,
                assertThrows(IllegalArgumentException.class, () -> optimizer.copyEvaluationParameters(readOnly))
                        .getMessage());
        arena.close();
        assertEquals(
                "the memory of the target has been closed",
                assertThrows(IllegalStateException.class, () -> optimizer.copyEvaluationParameters(closed))
                        .getMessage());
        assertEquals(
                "the memory of the parameters has been closed",
                assertThrows(
                                IllegalStateException.class,
                                () -> closedToo.copyEvaluationParameters(FloatSpan.of(ones(20))))
                        .getMessage());
    }

    /** A snapshot that cannot write the parameters does not restore the state either. */
    @Test
    void aSnapshotIsRestoredAsAWholeOrNotAtAll() throws InterruptedException {
        Arena arena = Arena.ofConfined();
        Optimizer optimizer = new Optimizer(FloatSpan.of(arena.allocate(80)), new AdamW());
        OptimizerSnapshot snapshot = optimizer.snapshot();
        optimizer.step(FloatSpan.of(ones(20)));
        float[] moment = optimizer.state("all", "exp_avg").toArray();
        Throwable[] thrown = new Throwable[2];
        Thread other = new Thread(() -> {
            thrown[0] = assertThrows(WrongThreadException.class, snapshot::restore);
            thrown[1] = assertThrows(WrongThreadException.class, optimizer::snapshot);
        });
        other.start();
        other.join();
        String owned = "the memory of the parameters belongs to another thread";
        assertEquals(List.of(owned, owned), List.of(thrown[0].getMessage(), thrown[1].getMessage()));
        assertEquals(1, optimizer.steps());
        assertArrayEquals(moment, optimizer.state("all", "exp_avg").toArray());
        arena.close();
        String closed = "the memory of the parameters has been closed";
        assertEquals(
                closed,
                assertThrows(IllegalStateException.class, snapshot::restore).getMessage());
        assertEquals(
                closed,
                assertThrows(IllegalStateException.class, optimizer::snapshot).getMessage());
        assertArrayEquals(moment, optimizer.state("all", "exp_avg").toArray());
    }

    @ParameterizedTest
    @MethodSource("rules")
    void refusesParametersThatCannotBeWritten(UpdateRule rule) throws InterruptedException {
        RULE.set(rule);
        for (MemorySegment memory : List.of(
                MemorySegment.ofArray(ones(20)), Arena.ofAuto().allocate(80), MemorySegment.ofArray(new byte[80]))) {
            FloatSpan readOnly = FloatSpan.of(memory.asReadOnly());
            assertTrue(assertThrows(IllegalArgumentException.class, () -> new Optimizer(readOnly, rule))
                    .getMessage()
                    .startsWith("parameters must not be read-only: "));
        }

        Arena arena = Arena.ofConfined();
        Optimizer closed = new Optimizer(FloatSpan.of(arena.allocate(80)), rule);
        arena.close();
        refused(
                IllegalStateException.class,
                "the memory of the parameters has been closed",
                closed,
                FloatSpan.of(ones(20)));

        Optimizer[] theirs = new Optimizer[1];
        Thread other = Thread.ofPlatform()
                .start(() -> theirs[0] =
                        new Optimizer(FloatSpan.of(Arena.ofConfined().allocate(80)), rule));
        other.join();
        refused(
                WrongThreadException.class,
                "the memory of the parameters belongs to another thread",
                theirs[0],
                FloatSpan.of(ones(20)));
    }

    /** Another thread closes a shared arena in the middle of a step: an exception, or none, but never a crash. */
    @Test
    void memoryClosedDuringAStepDoesNoHarm() throws InterruptedException {
        int n = 20_000, rounds = 2000;
        AtomicInteger refused = new AtomicInteger(), steps = new AtomicInteger();
        List<UpdateRule> rules = new ArrayList<>(rules().toList());
        float[] gradient = ones(n);
        for (int round = 0; round < rounds; round++) {
            Arena arena = Arena.ofShared();
            FloatSpan shared = FloatSpan.of(arena.allocate(4L * n, 64));
            UpdateRule rule = rules.get(round % rules.size());
            Optimizer optimizer =
                    round % 3 == 0 ? new Optimizer(FloatSpan.of(new float[n]), rule) : new Optimizer(shared, rule);
            FloatSpan gradients = round % 3 == 0 ? shared : FloatSpan.of(gradient);
            Thread closer = Thread.ofVirtual().unstarted(() -> closeWhenFree(arena));
            try {
                for (int step = 0; step < 100_000; step++) {
                    if (step == round % 4) {
                        closer.start();
                    }
                    optimizer.step(gradients);
                    steps.incrementAndGet();
                }
            } catch (IllegalStateException e) {
                // Closed between the steps, or within one.
                refused.incrementAndGet();
            }
            // The JVM interrupts a thread whose copy it breaks off.
            Thread.interrupted();
            closer.join();
        }
        assertEquals(rounds, refused.get(), steps + " steps");
    }

    private static void closeWhenFree(Arena arena) {
        while (true) {
            try {
                arena.close();
                return;
            } catch (IllegalStateException e) {
                // A copy is under way: the JVM refuses to close the arena.
                Thread.onSpinWait();
            }
        }
    }
}
