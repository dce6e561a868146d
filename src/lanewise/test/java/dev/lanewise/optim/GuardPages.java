package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.SumOfSquares;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.GuardedMemory;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Runs the kernels on native memory between pages that may not be touched, with the last float before the page behind, then with
 * the first float behind the page before: one element too many, and the process dies. For {@link GuardPagesTest}, which runs it
 * in JVMs of its own.
 *
 * <p>The kernels of {@code linalg} take arrays alone, whose bounds the JVM checks, but for products by a packed matrix.
 */
final class GuardPages {
    private static final int LENGTHS = 66;

    /** In ranges longer than this the kernel's loop begins at a cache line. */
    private static final int LONG = (1 << 14) + 33;

    private GuardPages() {}

    /** With {@code behind} or {@code before} it reads out of bounds on that side, as a kernel at fault would. */
    public static void main(String[] arguments) {
        List<GuardedMemory> memory = List.of(
                GuardedMemory.ofFloats(LONG),
                GuardedMemory.ofFloats(LONG),
                GuardedMemory.ofFloats(LONG),
                GuardedMemory.ofFloats(LONG),
                GuardedMemory.ofFloats(LONG),
                GuardedMemory.ofFloats(LONG));
        if (arguments.length > 0) {
            leaveBounds(memory, arguments[0].equals("behind"));
        } else {
            for (boolean atEnd : new boolean[] {true, false}) {
                for (UpdateRule rule : RuleTable.rules().toList()) {
                    for (int n = 0; n < LENGTHS; n++) {
                        run(rule, n, memory, atEnd);
                    }
                    run(rule, LONG, memory, atEnd);
                }
                for (MatrixRule matrices : RuleTable.all()
                        .filter(MatrixRule.class::isInstance)
                        .map(MatrixRule.class::cast)
                        .toList()) {
                    for (int n = 0; n < LENGTHS; n++) {
                        runAroundMatrices(matrices, n, memory, atEnd);
                    }
                    runAroundMatrices(matrices, LONG, memory, atEnd);
                }
                for (int n = 0; n < LENGTHS; n++) {
                    runAverage(n, memory, atEnd);
                    sum(n, memory, atEnd);
                    runVectors(n, memory, atEnd);
                }
                runAverage(LONG, memory, atEnd);
                sum(SumOfSquares.BLOCK, memory, atEnd);
                runVectors(LONG, memory, atEnd);
            }
        }
        System.out.println("done");
    }

    private static void run(UpdateRule rule, int n, List<GuardedMemory> memory, boolean atEnd) {
        for (boolean statistics : new boolean[] {false, true}) {
            report(rule, n, atEnd);
            Random random = new Random(n);
            Definition definition = new Definition(rule, Floats.nasty(n, random, true));
            FusedLoop loop = definition.loop(statistics), first = definition.prepareLoop();
            FloatSpan[] spans = new FloatSpan[definition.buffers.length];
            for (int b = 0; b < spans.length; b++) {
                spans[b] = memory.get(b).span(n, atEnd);
                loop.bind(b, spans[b]);
                if (first != null) {
                    first.bind(b, spans[b]);
                }
                if (b != 1) {
                    spans[b].copyFrom(definition.buffers[b], 0, 0, n);
                }
            }
            loop.specialize();
            if (first != null) {
                first.specialize();
            }
            for (int step = 0; step < 2; step++) {
                float[] gradient = Floats.nasty(n, random, step == 0);
                spans[1].copyFrom(gradient, 0, 0, n);
                definition.step(gradient);
                for (int block = 0; first != null && block < n; block += SumOfSquares.BLOCK) {
                    int end = Math.min(n, block + SumOfSquares.BLOCK);
                    first.run(0, block, end, definition.constants, rule::prepare);
                }
                loop.run(0, 0, n, definition.constants, rule::update);
            }
            for (int b = 0; b < spans.length; b++) {
                check(definition.buffers[b], spans[b]);
            }
        }
    }

    /** The loops before and after the products of a rule of matrices, which take any number of elements. */
    private static void runAroundMatrices(MatrixRule rule, int n, List<GuardedMemory> memory, boolean atEnd) {
        float[] constants = new float[16];
        Arrays.fill(constants, 0.5f);
        Set<String> preparing = new HashSet<>(rule.options());
        preparing.add("prepare");
        for (boolean statistics : new boolean[] {false, true}) {
            report(rule, n, atEnd);
            int buffers = 3 + rule.state().size() - Factors.count(rule);
            FusedLoop first = new FusedLoop(rule.kernel(), preparing, buffers, 0, 0, 1, false),
                    loop = KernelRule.loop(rule, buffers, 0, 1, statistics);
            float[][] expected = new float[buffers][];
            FloatSpan[] spans = new FloatSpan[buffers];
            for (int b = 0; b < buffers; b++) {
                expected[b] = Floats.nasty(n, new Random(31L * n + b), true);
                spans[b] = memory.get(b).span(n, atEnd);
                spans[b].copyFrom(expected[b], 0, 0, n);
                first.bind(b, spans[b]);
                loop.bind(b, spans[b]);
            }
            first.specialize();
            loop.specialize();
            first.run(0, 0, n, constants, rule::prepare);
            loop.run(0, 0, n, constants, rule::update);
            rule.prepare(expected, 0, n, constants);
            rule.update(expected, 0, n, constants);
            for (int b = 0; b < buffers; b++) {
                check(expected[b], spans[b]);
            }
        }
    }

    private static void runAverage(int n, List<GuardedMemory> memory, boolean atEnd) {
        report("the average", n, atEnd);
        FloatSpan average = memory.get(0).span(n, atEnd),
                parameters = memory.get(1).span(n, atEnd);
        average.zero(0, n);
        float[] expected = Floats.random(n, n);
        parameters.copyFrom(expected, 0, 0, n);
        FusedLoop loop = new FusedLoop("Average", Set.of(), 2, 0, 0, 1, false);
        loop.bind(0, average);
        loop.bind(1, parameters);
        loop.specialize();
        loop.run(0, 0, n, new float[] {0.5f, 0.5f}, (buffers, from, to, constants) -> {
            for (int i = from; i < to; i++) {
                buffers[0][i] = buffers[0][i] * 0.5f + buffers[1][i] * 0.5f;
            }
        });
        for (int i = 0; i < n; i++) {
            expected[i] *= 0.5f;
        }
        check(expected, average);
    }

    /** The sums of squares, of which the norms are made. */
    private static void sum(int n, List<GuardedMemory> memory, boolean atEnd) {
        report("the sum of squares", n, atEnd);
        FloatSpan span = memory.get(0).span(n, atEnd);
        float[] ones = new float[n];
        Arrays.fill(ones, 1);
        span.copyFrom(ones, 0, 0, n);
        SumOfSquares sum = new SumOfSquares(1);
        sum.bind(span);
        if (sum.sum(0, 0, n) != n) {
            throw new AssertionError("a wrong sum");
        }
    }

    /** The dot product and the sum of vectors. */
    private static void runVectors(int n, List<GuardedMemory> memory, boolean atEnd) {
        report("the dot product and the sum of vectors", n, atEnd);
        FloatSpan w = memory.get(0).span(n, atEnd),
                x = memory.get(1).span(n, atEnd),
                y = memory.get(2).span(n, atEnd);
        float[] ones = new float[n], expected = new float[n];
        Arrays.fill(ones, 1);
        Arrays.fill(expected, -1);
        x.copyFrom(ones, 0, 0, n);
        y.copyFrom(ones, 0, 0, n);
        FlatVectors vectors = new FlatVectors(n, Workers.caller());
        vectors.combine(w, 2, x, -3, y);
        check(expected, w);
        if (vectors.dot(x, w) != -n || vectors.largest(w) != Math.min(n, 1)) {
            throw new AssertionError("a wrong product or magnitude");
        }
    }

    /** Runs a loop over a vector more than its buffers have, behind them or before them. */
    private static void leaveBounds(List<GuardedMemory> memory, boolean behind) {
        report("a loop that leaves its bounds", 64, behind);
        UpdateRule rule = new Sgd();
        Definition definition = new Definition(rule, new float[64]);
        FusedLoop loop = definition.loop(false);
        loop.bind(0, memory.get(0).span(64, behind));
        loop.bind(1, memory.get(1).span(64, behind));
        loop.specialize();
        definition.step(new float[64]);
        loop.run(0, behind ? 0 : -16, behind ? 64 + 16 : 64, definition.constants, rule::update);
    }

    /** Prints the case, so that the last line of a process that dies is the case that killed it. */
    private static void report(Object what, int n, boolean atEnd) {
        System.out.println(what + ", " + n + " floats " + (atEnd ? "before" : "behind") + " the guard");
    }

    private static void check(float[] expected, FloatSpan actual) {
        for (int i = 0; i < expected.length; i++) {
            if (Float.floatToIntBits(expected[i]) != Float.floatToIntBits(actual.get(i))) {
                throw new AssertionError("element " + i + " is " + actual.get(i) + " and not " + expected[i]);
            }
        }
    }
}
