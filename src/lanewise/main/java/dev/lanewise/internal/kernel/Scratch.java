package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Operands.GRADIENT;

import java.util.Arrays;

/** One thread's pointers into the buffers of a {@link FusedLoop}, created once so that a step allocates nothing. */
final class Scratch {
    /** Elements of a copy for the scalar definition: few enough that those of all buffers stay in the L1 cache. */
    static final int PIECE = 1 << 9;

    /** For the kernel, each buffer is an array and the index of its first element, or null and an address. */
    final Object[] arrays;

    final long[] at;

    /** For the scalar definition, each buffer is an array and the index of its first element. */
    final float[][] buffers;

    final int[] first;

    /** The staging copy of each buffer; null until it is needed. */
    private final float[][] staged;

    /** The copy of each buffer from which the scalar definition runs if the indices differ; null until it is needed. */
    private float[][] shifted;

    /** Arrays for the definition. */
    private Aligned aligned;

    /** The statistics, whose partial sums are the kernel's last buffer; null if none are computed. */
    final Statistics statistics;

    /** The blocks that the rule writes for the sums of a step, after the other buffers, and the element at which they begin. */
    final float[][] temporaries;

    /** The number of temporaries, the first ones, that the caller fills before a run; a run writes the others. */
    private final int inputs;

    /** The arrays with the temporaries after the last run, and the index of the run's first element in them. */
    float[][] outputs;

    int outputsAt;

    /** Elements of the calls of a kernel that adds up a part of the partial sums each, so that the next one finds them in the L1 cache. */
    private static final int TILE = 1 << 9;

    /** One of so many calls of the kernel is timed. */
    private static final int TIMED = 64;

    private int calls;

    /** Whether the kernel was late in the call that was timed last. */
    private boolean late;

    /** The partial sums of the most sums that a kernel has. */
    static final int SUMS = 2 * SumOfSquares.PARTIALS;

    /** The partial sums, and whether the kernel has added to them. */
    final double[] sums;

    boolean added;

    long origin;

    private final PackedFloats.Room room = new PackedFloats.Room();

    /** The distance from the index of a parameter to that of its state. */
    long shift;

    Scratch(int buffers, int inputs, int outputs, boolean statistics, boolean addsUp) {
        int temporaries = inputs + outputs, all = buffers + temporaries;
        this.inputs = inputs;
        this.statistics = statistics ? new Statistics() : null;
        this.sums = new double[addsUp ? SUMS : 0];
        this.arrays = new Object[statistics || addsUp ? all + 1 : all];
        this.at = new long[arrays.length];
        if (statistics || addsUp) {
            arrays[all] = statistics ? this.statistics.sums : sums;
        }
        this.buffers = new float[all][];
        this.first = new int[all];
        this.staged = new float[buffers][];
        this.temporaries = new float[temporaries][SumOfSquares.BLOCK];
    }

    /** Begins a run. */
    void begin(long from, long shift, Aligned aligned) {
        this.aligned = aligned;
        this.origin = from;
        this.shift = shift;
        this.added = false;
        this.outputs = temporaries;
        this.outputsAt = 0;
        Arrays.fill(sums, 0);
    }

    /** Points the kernel at element {@code from} of each buffer. */
    void pointAtStorage(Operands operands, long from) {
        for (int b = 0; b < operands.count(); b++) {
            arrays[b] = operands.array(b);
            at[b] = operands.at(b, from, shift);
        }
        for (int t = 0; t < temporaries.length; t++) {
            arrays[operands.count() + t] = temporaries[t];
            at[operands.count() + t] = from - origin;
        }
    }

    /**
     * Points the kernel at the arrays at which this points, and at packed floats that it addresses; the definition then continues
     * after the elements of the kernel.
     */
    void pointAtCopies(Operands operands, long from, int vectors) {
        for (int b = 0; b < buffers.length; b++) {
            boolean direct = b < operands.count() && operands.isDirect(b);
            arrays[b] = direct ? operands.array(b) : buffers[b];
            at[b] = direct ? operands.at(b, from, shift) : first[b];
            first[b] += vectors;
        }
    }

    /** Calls the kernel, and takes the time of one call of some, which costs nothing. */
    void invoke(SpecializedKernel kernel, Operands operands, int step, int count, float[] constants) {
        if (!late && ++calls % TIMED != 0) {
            call(kernel, operands, step, count, constants);
            return;
        }
        long start = System.nanoTime();
        call(kernel, operands, step, count, constants);
        late = kernel.ran(System.nanoTime() - start, count);
    }

    /** Calls the kernel: with statistics or sums, whose step is longer than a vector, once for each vector of partial sums. */
    private void call(SpecializedKernel kernel, Operands operands, int step, int count, float[] constants) {
        int lanes = Kernels.lanes(), tile = sums.length > 0 && lanes < step ? TILE : count;
        added = sums.length > 0;
        for (int done = 0; done < count; done += tile) {
            int length = Math.min(tile, count - done);
            if (statistics != null || added) {
                at[at.length - 1] = 0;
            }
            kernel.run(arrays, at, length, constants);
            for (int s0 = lanes; s0 < step; s0 += lanes) {
                advance(operands, lanes);
                kernel.run(arrays, at, length, constants);
            }
            if (tile < count) {
                advance(operands, tile + lanes - step);
            }
        }
    }

    /** Advances each buffer, and the partial sums, by a number of elements. */
    private void advance(Operands operands, int elements) {
        for (int b = 0; b < at.length; b++) {
            at[b] += arrays[b] == null ? (long) operands.stride(b) * elements : elements;
            if (arrays[b] instanceof short[]) {
                at[b] += (long) Noise.at(0, elements) << 32;
            }
        }
    }

    /** Runs the scalar definition as {@link #define}, and adds its elements to the statistics if there are any. */
    void defineWithStatistics(ScalarDefinition definition, int count, float[] constants) {
        float[] p = buffers[0], g = buffers[GRADIENT];
        int p0 = first[0], g0 = first[GRADIENT];
        if (statistics != null) {
            statistics.keep(p, p0, count);
        }
        define(definition, count, constants);
        if (statistics != null) {
            statistics.add(p, p0, g, g0, count);
        }
    }

    /**
     * Runs the scalar definition on the buffers at which this points. It has one index for all of them, because C2 vectorizes no
     * loop whose arrays have an index each: it cannot exclude that two of them are one array, and overlap. Where the first
     * elements have different indices, the definition runs on copies, which takes two to five times as long, unless the
     * temporaries alone differ, for which there is {@link Aligned}.
     */
    void define(ScalarDefinition definition, int count, float[] constants) {
        if (haveOneIndex(first.length)) {
            definition.update(buffers, first[0], first[0] + count, constants);
            return;
        }
        if (buffers[0] != staged[0] && haveOneIndex(staged.length) && first[0] + count <= aligned.length()) {
            defineAligned(definition, count, constants);
            return;
        }
        if (shifted == null) {
            shifted = new float[buffers.length][PIECE];
        }
        for (int done = 0; done < count; done += PIECE) {
            int length = Math.min(PIECE, count - done);
            for (int b = 0; b < buffers.length; b++) {
                System.arraycopy(buffers[b], first[b] + done, shifted[b], 0, length);
            }
            definition.update(shifted, 0, length, constants);
            for (int b = 0; b < buffers.length; b++) {
                if (b != GRADIENT) {
                    System.arraycopy(shifted[b], 0, buffers[b], first[b] + done, length);
                }
            }
        }
    }

    /** Runs the scalar definition with temporaries at the index of the buffers. */
    private void defineAligned(ScalarDefinition definition, int count, float[] constants) {
        int at = first[0], own = staged.length;
        for (int t = 0; t < temporaries.length; t++) {
            if (t < inputs) {
                System.arraycopy(temporaries[t], first[own + t], aligned.temporaries()[t], at, count);
            }
            buffers[own + t] = aligned.temporaries()[t];
        }
        definition.update(buffers, at, at + count, constants);
        outputs = aligned.temporaries();
        outputsAt = at - first[own];
    }

    private boolean haveOneIndex(int buffers) {
        for (int b = 1; b < buffers; b++) {
            if (first[b] != first[0]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Points the scalar definition at element {@code from} of each buffer, or at a staging copy if the buffer is not an array.
     *
     * @param vectors the first elements, which the kernel updates, so that packed floats that it addresses are not copied
     * @param count the elements with these
     */
    void pointAtArrays(Operands operands, boolean copyGradient, long from, int vectors, int count) {
        // The definition is fastest where all buffers have one index.
        boolean aligns = copyGradient && aligned.fitsGradient(operands, from, shift, count);
        boolean copyAll = vectors == 0 && !aligns && copiesAny(operands, copyGradient);
        int copied = copyIndex(from);
        for (int b = 0; b < operands.count(); b++) {
            if (operands.isArray(b) && !copyAll && !(b == GRADIENT && copyGradient)) {
                buffers[b] = operands.floats(b);
                first[b] = operands.index(b, from, shift);
                continue;
            }
            if (aligns) {
                buffers[b] = aligned.gradient();
                first[b] = first[0];
                operands.copyTo(aligned.gradient(), first[0], b, from, shift, count, room);
                continue;
            }
            if (staged[b] == null) {
                staged[b] = new float[temporaries.length == 0 ? FusedLoop.STAGE : SumOfSquares.BLOCK];
            }
            buffers[b] = staged[b];
            first[b] = copied;
            int done = operands.isDirect(b) ? vectors : 0;
            operands.copyTo(staged[b], copied + done, b, from + done, shift, count - done, room);
        }
        for (int t = 0; t < temporaries.length; t++) {
            buffers[operands.count() + t] = temporaries[t];
            first[operands.count() + t] = (int) (from - origin);
        }
    }

    private static boolean copiesAny(Operands operands, boolean copyGradient) {
        for (int b = 0; b < operands.count(); b++) {
            if (!operands.isArray(b) || b == GRADIENT && copyGradient) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return the index of element {@code from} in a staging copy} It is that of the element in the temporaries, of which a run
     * has a block at most.
     */
    private int copyIndex(long from) {
        return temporaries.length == 0 ? 0 : (int) (from - origin);
    }

    /** Copies what {@link #pointAtArrays} has copied back into the buffers, except for the gradient. */
    void copyBack(Operands operands, long from, int vectors, int count) {
        for (int b = 0; b < operands.count(); b++) {
            if (b != GRADIENT && buffers[b] == staged[b]) {
                int done = operands.isDirect(b) ? vectors : 0;
                operands.copyFrom(staged[b], copyIndex(from) + done, b, from + done, shift, count - done, room);
            }
        }
    }
}
