package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.lang.invoke.MethodHandle;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Runs one rule over a range of its buffers: the linked kernel on whole vectors, the rule's scalar definition on the
 * rest, and block by block through small arrays where a buffer's storage cannot be handed to the kernel. Which of these
 * touches an element changes no bit of it.
 */
public final class FusedLoop {
    /**
     * Elements in one call of a kernel: enough for normal compilation instead of on-stack replacement. Out of memory, each
     * call costs about half a microsecond until the processor again reads as far ahead as within a loop.
     */
    private static final int CHUNK = 1 << 16;

    /**
     * From how many elements on the vectors of a range begin where a line of the cache does: vectors that cross lines take up to a third
     * longer, but the elements before the first take as long as hundreds in vectors.
     */
    private static final int ALIGNED = 1 << 14;

    /** Elements staged at a time: small enough that all the blocks of a rule stay in the first-level cache. */
    static final int STAGE = 1 << 11;

    private static final int PARAMETERS = 0;

    /** The buffer that is only read. */
    static final int GRADIENT = 1;

    /** A rule's scalar definition on {@code count} elements of its buffers, each from its own index on. */
    @FunctionalInterface
    public interface Definition {
        /**
         * Updates the elements in place.
         *
         * @param buffers parameters, gradient, then the state buffers
         * @param at the index of the first element in each buffer
         * @param count how many elements
         * @param constants the rule's folded constants
         */
        void update(float[][] buffers, int[] at, int count, float[] constants);
    }

    private final String rule;
    private final Set<String> variant;
    private final boolean statistics;
    private final FloatSpan[] spans;
    private final Storage[] storages;
    private final Scratch[] scratch;

    /** Not final: see {@link Kernels#link}. Null where the definition runs alone. */
    private MethodHandle kernel;

    private boolean linked;
    private boolean staging;

    /** Elements of a vector, and those between the beginnings of two vectors in the kernel's loop. */
    private int lanes;

    private int step;

    /** What the gradient is multiplied by and limited to before the rule sees it; no limit if infinite. */
    private float factor = 1;

    private float limit = Float.POSITIVE_INFINITY;

    /**
     * A loop whose buffers are still to be bound.
     *
     * @param rule the simple name of the rule's record
     * @param variant the rule's options that are on
     * @param buffers how many buffers it has
     * @param threads how many ranges may run at the same time
     * @param statistics whether it takes statistics
     */
    public FusedLoop(String rule, Set<String> variant, int buffers, int threads, boolean statistics) {
        this.rule = rule;
        this.variant = statistics ? Statistics.with(variant) : variant;
        this.statistics = statistics;
        this.spans = new FloatSpan[buffers];
        this.storages = new Storage[buffers];
        this.scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch(buffers, statistics);
        }
    }

    /**
     * The rule.
     *
     * @return the simple name of its record
     */
    public String rule() {
        return rule;
    }

    /**
     * How many buffers the rule has.
     *
     * @return parameters, gradient and state
     */
    public int buffers() {
        return spans.length;
    }

    /**
     * Sets one buffer. Allocates nothing if its storage is what it was.
     *
     * @param buffer which one: 0 parameters, 1 gradient, then the state
     * @param span where it is
     */
    public void bind(int buffer, FloatSpan span) {
        Storage storage = Storage.of(span);
        spans[buffer] = span;
        if (storage != storages[buffer]) {
            storages[buffer] = storage;
            linked = false;
        }
    }

    /**
     * Clamps the gradient on its way into the rule.
     *
     * @param factor what it is multiplied by first
     * @param limit its largest magnitude; finite
     */
    public void clampGradient(float factor, float limit) {
        this.factor = factor;
        linked &= this.limit == limit;
        this.limit = limit;
    }

    /** Links the kernel for the storages that are bound; to be called before ranges run. */
    public void link() {
        if (linked) {
            return;
        }
        List<Storage> direct = List.of(storages);
        List<Storage> arrays = Collections.nCopies(storages.length, Storage.ARRAY);
        staging = limit < Float.POSITIVE_INFINITY || direct.contains(Storage.STAGED);
        kernel = Kernels.link(rule, staging ? arrays : direct, variant);
        staging |= kernel == null && (statistics || !direct.equals(arrays));
        lanes = Kernels.lanes();
        step = statistics ? Statistics.LANES : lanes;
        linked = true;
    }

    /**
     * Updates a range of elements. With statistics it is a block, see {@link Statistics#block}.
     *
     * @param thread which of the ranges that run at the same time this is
     * @param from the first element
     * @param to the end of the range
     * @param constants the rule's folded constants
     * @param definition the rule's scalar definition
     */
    public void run(int thread, long from, long to, float[] constants, Definition definition) {
        Scratch mine = scratch[thread];
        int head = head(from, to);
        if (statistics) {
            mine.statistics.clear(head);
        }
        if (head > 0) {
            staged(mine, from, head, constants, definition);
        }
        long first = from + head;
        long direct = staging ? first : kernel == null ? to : to - (to - first) % step;
        for (long chunk = first; chunk < direct; chunk += CHUNK) {
            int count = (int) Math.min(CHUNK, direct - chunk);
            if (kernel == null) {
                mine.pointAtArrays(spans, false, chunk, count);
                define(mine, count, constants, definition);
            } else {
                mine.pointAtStorage(spans, storages, chunk);
                invoke(mine, count, constants);
            }
        }
        for (long block = direct; block < to; block += STAGE) {
            staged(mine, block, (int) Math.min(STAGE, to - block), constants, definition);
        }
    }

    /** Elements before the first that is not a part of a vector's worth of a line, in the parameters; the optimizer puts the state alike. */
    private int head(long from, long to) {
        return staging || kernel == null || to - from < ALIGNED
                ? 0
                : (int) -Storage.position(spans[PARAMETERS], from) & (lanes - 1);
    }

    /**
     * What the last run did.
     *
     * @param thread which of the ranges that run at the same time it was
     * @param numbers where to write the {@link Statistics#NUMBERS} numbers
     * @param at from which index on
     */
    public void report(int thread, double[] numbers, int at) {
        scratch[thread].statistics.reduce(numbers, at);
    }

    /** A block by way of arrays: those that are there, and copies of what is elsewhere. */
    private void staged(Scratch mine, long from, int count, float[] constants, Definition definition) {
        int vectors = kernel == null ? 0 : count - count % step;
        boolean clamped = limit < Float.POSITIVE_INFINITY;
        mine.pointAtArrays(spans, clamped, from, count);
        if (clamped) {
            clamp(mine.buffers[GRADIENT], count);
        }
        if (vectors > 0) {
            for (int b = 0; b < spans.length; b++) {
                mine.arrays[b] = mine.buffers[b];
                mine.at[b] = mine.first[b];
                mine.first[b] += vectors;
            }
            invoke(mine, vectors, constants);
        }
        define(mine, count - vectors, constants, definition);
        for (int b = 0; b < spans.length; b++) {
            if (b != GRADIENT && !spans[b].isArray()) {
                spans[b].copyFrom(mine.buffers[b], 0, from, count);
            }
        }
    }

    private void clamp(float[] gradient, int count) {
        for (int i = 0; i < count; i++) {
            gradient[i] = Math.min(Math.max(gradient[i] * factor, -limit), limit);
        }
    }

    private void define(Scratch mine, int count, float[] constants, Definition definition) {
        float[] p = mine.buffers[PARAMETERS], g = mine.buffers[GRADIENT];
        int p0 = mine.first[PARAMETERS], g0 = mine.first[GRADIENT];
        if (statistics) {
            mine.statistics.keep(p, p0, count);
        }
        definition.update(mine.buffers, mine.first, count, constants);
        if (statistics) {
            mine.statistics.add(p, p0, g, g0, count);
        }
    }

    /** A kernel that takes statistics with vectors of less than 16 lanes does a part of these at a time. */
    private void invoke(Scratch mine, int count, float[] constants) {
        if (statistics) {
            mine.at[spans.length] = 0;
        }
        try {
            kernel.invokeExact(mine.arrays, mine.at, count, constants);
            for (int lane = lanes; lane < step; lane += lanes) {
                mine.advance(lanes);
                kernel.invokeExact(mine.arrays, mine.at, count, constants);
            }
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
