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
    /** Elements in one call of a kernel: enough for normal compilation instead of on-stack replacement. */
    private static final int CHUNK = 1 << 14;

    /** Elements staged at a time: small enough that all the blocks of a rule stay in the first-level cache. */
    private static final int STAGE = 1 << 11;

    /** The buffer that is only read. */
    private static final int GRADIENT = 1;

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
    private final FloatSpan[] spans;
    private final Storage[] storages;
    private final Scratch[] scratch;

    /** Not final: see {@link Kernels#link}. Null where the definition runs alone. */
    private MethodHandle kernel;

    private boolean linked;
    private boolean staging;

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
     */
    public FusedLoop(String rule, Set<String> variant, int buffers, int threads) {
        this.rule = rule;
        this.variant = variant;
        this.spans = new FloatSpan[buffers];
        this.storages = new Storage[buffers];
        this.scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch(buffers);
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
        staging |= kernel == null && !direct.equals(arrays);
        linked = true;
    }

    /**
     * Updates a range of elements.
     *
     * @param thread which of the ranges that run at the same time this is
     * @param from the first element
     * @param to the end of the range
     * @param constants the rule's folded constants
     * @param definition the rule's scalar definition
     */
    public void run(int thread, long from, long to, float[] constants, Definition definition) {
        Scratch mine = scratch[thread];
        long direct = staging ? from : kernel == null ? to : to - (to - from) % Kernels.lanes();
        for (long chunk = from; chunk < direct; chunk += CHUNK) {
            int count = (int) Math.min(CHUNK, direct - chunk);
            if (kernel == null) {
                mine.pointAtArrays(spans, false, chunk, count);
                definition.update(mine.buffers, mine.first, count, constants);
            } else {
                mine.pointAtStorage(spans, storages, chunk);
                invoke(mine, count, constants);
            }
        }
        for (long block = direct; block < to; block += STAGE) {
            staged(mine, block, (int) Math.min(STAGE, to - block), constants, definition);
        }
    }

    /** A block by way of arrays: those that are there, and copies of what is elsewhere. */
    private void staged(Scratch mine, long from, int count, float[] constants, Definition definition) {
        int vectors = kernel == null ? 0 : count - count % Kernels.lanes();
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
        definition.update(mine.buffers, mine.first, count - vectors, constants);
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

    private void invoke(Scratch mine, int count, float[] constants) {
        try {
            kernel.invokeExact(mine.arrays, mine.at, count, constants);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** What one thread needs to point at its range, made once so that a step allocates nothing. */
    private static final class Scratch {
        /** For the kernel: arrays and first indices, or null and addresses. */
        final Object[] arrays;

        final long[] at;

        /** For the definition. */
        final float[][] buffers;

        final int[] first;

        private final float[][] blocks;

        Scratch(int buffers) {
            this.arrays = new Object[buffers];
            this.at = new long[buffers];
            this.buffers = new float[buffers][];
            this.first = new int[buffers];
            this.blocks = new float[buffers][];
        }

        void pointAtStorage(FloatSpan[] spans, Storage[] storages, long from) {
            for (int b = 0; b < spans.length; b++) {
                arrays[b] = storages[b].array(spans[b]);
                at[b] = storages[b].at(spans[b], from);
            }
        }

        /** Copies what is in no array, and the gradient if it is to be changed. */
        void pointAtArrays(FloatSpan[] spans, boolean copyGradient, long from, int count) {
            for (int b = 0; b < spans.length; b++) {
                FloatSpan span = spans[b];
                if (span.isArray() && !(b == GRADIENT && copyGradient)) {
                    buffers[b] = span.array();
                    first[b] = span.arrayOffset() + (int) from;
                } else {
                    if (blocks[b] == null) {
                        blocks[b] = new float[STAGE];
                    }
                    buffers[b] = blocks[b];
                    first[b] = 0;
                    span.copyTo(from, blocks[b], 0, count);
                }
            }
        }
    }
}
