package dev.lanewise.bench;

import dev.lanewise.Lanewise;
import dev.lanewise.WarmUpReport;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateBuffer;
import dev.lanewise.optim.UpdateRule;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Fills the buffers before an iteration and checks them after it. All values are positive, so that none passes through the
 * subnormal numbers when it changes.
 */
final class Values {
    /** The learning rate, so small that a million steps in an iteration change a parameter by little. */
    static final double LEARNING_RATE = 1e-8;

    /** The elements of the buffers on which a loop is compiled. */
    static final int SMALL = 1 << 14;

    private static final long WARM = TimeUnit.MILLISECONDS.toNanos(700);

    private Values() {}

    /** The time after which a kernel that is not compiled is given up. */
    private static final Duration LIMIT = Duration.ofSeconds(20);

    /**
     * Runs a step over few elements until C2 has compiled the library's kernels, so that no row measures the definitions that stand in
     * for them until then, and what calls them.
     */
    static void warm(Runnable step) {
        compile(step);
        for (long end = System.nanoTime() + WARM; System.nanoTime() < end; ) {
            step.run();
        }
    }

    /** Runs some work until C2 has compiled the library's kernels that it uses. */
    static void compile(Runnable work) {
        WarmUpReport report = Lanewise.compileKernels(LIMIT, work);
        if (!report.pending().isEmpty()) {
            throw new IllegalStateException("not compiled within " + LIMIT + ": " + report.pending());
        }
    }

    static FloatSpan allocate(String storage, int n) {
        return switch (storage) {
            case "array" -> FloatSpan.of(new float[n]);
            case "native" -> FloatSpan.of(Arena.ofAuto().allocate(4L * n, 64));
            case "shared" -> FloatSpan.of(Arena.ofShared().allocate(4L * n, 64));
            case "bytes" -> FloatSpan.of(MemorySegment.ofArray(new byte[4 * n]));
            default -> throw new IllegalArgumentException(storage);
        };
    }

    static void reset(Optimizer optimizer, UpdateRule rule, FloatSpan gradients) {
        parameters(optimizer.parameters());
        gradients(gradients);
        for (StateBuffer state : rule.state()) {
            state(optimizer.state("all", state.name()));
        }
    }

    static void check(Optimizer optimizer, UpdateRule rule) {
        check("parameters", optimizer.parameters());
        for (StateBuffer state : rule.state()) {
            check(state.name(), optimizer.state("all", state.name()));
        }
    }

    static void parameters(FloatSpan span) {
        fill(span, 1, 0.5f, 1.5f);
    }

    static void gradients(FloatSpan span) {
        fill(span, 2, 0.01f, 1);
    }

    static void state(FloatSpan span) {
        fill(span, 3, 0.01f, 0.1f);
    }

    /** Fills a span with values that repeat after 65,536 of them, so that filling takes less time than measuring. */
    static void fill(FloatSpan span, long seed, float low, float high) {
        SplittableRandom random = new SplittableRandom(seed);
        float[] block = new float[(int) Math.min(1 << 16, span.length())];
        for (int i = 0; i < block.length; i++) {
            block[i] = low + (high - low) * (float) random.nextDouble();
        }
        for (long i = 0; i < span.length(); i += block.length) {
            span.copyFrom(block, 0, i, (int) Math.min(block.length, span.length() - i));
        }
    }

    /** Checks that every float is finite, and zero or normal. */
    static void check(String name, FloatSpan span) {
        float[] block = new float[1024];
        for (long i = 0; i < span.length(); i += block.length) {
            int count = (int) Math.min(block.length, span.length() - i);
            span.copyTo(i, block, 0, count);
            for (int j = 0; j < count; j++) {
                float x = Math.abs(block[j]);
                if (!(x == 0 || x >= Float.MIN_NORMAL && x <= Float.MAX_VALUE)) {
                    throw new IllegalStateException(name + "[" + (i + j) + "] has become " + block[j]);
                }
            }
        }
    }

    /**
     * Checks a peer's step against the library's, because one that did nothing would be fast.
     *
     * @param rule with the rate of the peer's step
     * @param found the peer's parameters after its first step from {@link #parameters} with {@link #gradients}
     */
    static void checkFirstStep(UpdateRule rule, float[] found) {
        float[] parameters = new float[found.length];
        float[] gradients = new float[found.length];
        parameters(FloatSpan.of(parameters));
        gradients(FloatSpan.of(gradients));
        float[] before = parameters.clone();
        new Optimizer(FloatSpan.of(parameters), rule).step(FloatSpan.of(gradients));
        for (int i = 0; i < found.length; i++) {
            float change = parameters[i] - before[i];
            if (!(Math.abs(found[i] - parameters[i]) <= 1e-3 * Math.abs(change))) {
                throw new IllegalStateException(
                        "parameter " + i + " became " + found[i] + ", but should be " + parameters[i]);
            }
        }
    }
}
