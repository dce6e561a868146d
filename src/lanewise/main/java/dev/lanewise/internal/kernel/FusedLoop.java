package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.util.Collections;
import java.util.List;
import java.util.Set;

/**
 * Runs one rule over a range of its buffers: the specialized kernel on whole vectors, the rule's scalar definition on the
 * rest. Buffers whose storage the kernel cannot address go through staging copies in small arrays. An element gets the same
 * bits on each of these paths.
 */
public final class FusedLoop {
    /**
     * Elements in one call of a kernel: enough for normal compilation instead of on-stack replacement. Where the buffers exceed
     * the caches, each call costs about half a microsecond until the hardware prefetchers are ahead again.
     */
    private static final int CHUNK = 1 << 16;

    /**
     * The smallest range whose vectors are aligned to cache lines: vectors that cross lines take up to a third longer, but the
     * elements before the first aligned one, which run without vectors, take as long as hundreds within them.
     */
    private static final int ALIGNED = 1 << 14;

    /** Elements of a staging copy for a kernel: few enough that the copies of all of a rule's buffers stay in the L1 cache. */
    static final int STAGE = 1 << 11;

    /** The option of a kernel that adds up its terms, at most two, instead of writing them to temporaries. */
    public static final String SUMS = "sums";

    /** The option of a kernel that leaves out the decay, see {@link #withDecay}. */
    static final String UNDECAYED = "undecayed";

    private static final int PARAMETERS = 0;

    private final String kernel;
    private final Set<String> options;
    private final boolean statistics, addsUp;
    private final Operands operands;
    private final Scratch[] scratch;

    /** The lanes of the shortest vectors with which the kernel runs if all buffers are arrays. */
    private int leastLanes = 1;

    /** The index of the coefficient at whose 0 another kernel runs; −1 if there is one kernel. */
    private int decay = -1;

    /** The kernel for the storages that are bound, and that without the decay; null without the Vector API. */
    private SpecializedKernel decayed, undecayed;

    /** Whether the kernel, or else the definition, needs all elements in staging copies. */
    private boolean stagedKernel, stagedDefinition;

    private boolean specialized, allArrays;

    /** Arrays for the definition; {@link Aligned#NONE} unless there turned out to be no kernel. */
    private Aligned aligned;

    /** Changes the gradient before the rule reads it; null where it is left as it is. */
    private GradientEdit edit;

    /**
     * Creates a loop whose buffers are still to be bound.
     *
     * @param kernel the name of the kernel's class without {@code Kernel}; if there is no such kernel, the scalar definition
     *     runs alone
     * @param options the names of the rule's options that are on
     * @param buffers the number of buffers: parameters, gradient and state
     * @param inputs the number of arrays after the buffers that the caller fills before a run of at most
     *     {@link SumOfSquares#BLOCK} elements
     * @param outputs the number of arrays after these, into which such a run writes
     * @param threads the number of ranges that may run at the same time
     * @param statistics whether runs compute statistics
     */
    public FusedLoop(
            String kernel, Set<String> options, int buffers, int inputs, int outputs, int threads, boolean statistics) {
        this.kernel = kernel;
        this.options = statistics ? Specialization.with(options, Statistics.OPTION) : options;
        this.statistics = statistics;
        this.addsUp = options.contains(SUMS);
        this.operands = new Operands(buffers);
        this.scratch = new Scratch[threads];
        for (int i = 0; i < threads; i++) {
            scratch[i] = new Scratch(buffers, inputs, outputs, statistics, addsUp);
        }
    }

    /** Leaves arrays to the definition if vectors have fewer lanes than this, with which it is faster than the kernel. */
    public FusedLoop withLeastLanes(int leastLanes) {
        this.leastLanes = leastLanes;
        return this;
    }

    /** Runs the kernel without the decay at each step at which the coefficient of this index is 0; −1 if there is none. */
    public FusedLoop withDecay(int coefficient) {
        this.decay = coefficient;
        return this;
    }

    /** {@return the number of buffers: parameters, gradient and state} */
    public int buffers() {
        return operands.count();
    }

    /**
     * Sets one buffer. It allocates nothing unless the kind of storage has changed.
     *
     * @param buffer the index of the buffer: 0 parameters, 1 gradient, then the state
     * @param span the buffer
     */
    public void bind(int buffer, FloatSpan span) {
        specialized &= !operands.bind(buffer, span);
    }

    /**
     * Sets one buffer to floats that are stored in fewer bits. It allocates nothing unless the kind of storage has changed.
     *
     * @param buffer the index of the buffer, as in {@link #bind(int, FloatSpan)}
     * @param floats the buffer
     * @param noise the random number of the first parameter's element, see {@link Noise}
     */
    public void bind(int buffer, PackedFloats floats, int noise) {
        specialized &= !operands.bind(buffer, floats, noise);
    }

    /** Sets what changes the gradient before the rule reads it, or null. */
    public void editGradient(GradientEdit edit) {
        specialized &= (this.edit == null) == (edit == null);
        this.edit = edit;
        operands.editGradient(edit != null);
    }

    /** Finds the kernel for the storages that are bound. Callers do this before they run ranges. */
    public void specialize() {
        if (!specialized) {
            List<Storage> arrays = Collections.nCopies(scratch[0].buffers.length, Storage.ARRAY);
            List<Storage> direct = operands.storages();
            direct.addAll(arrays.subList(direct.size(), arrays.size()));
            allArrays = direct.equals(arrays);
            stagedKernel = edit != null || direct.contains(Storage.STAGED);
            stagedDefinition = stagedKernel || statistics || !allArrays;
            for (int b = 0; stagedKernel && b < operands.count(); b++) {
                direct.set(b, operands.isDirect(b) ? direct.get(b) : Storage.ARRAY);
            }
            decayed = kernel(direct, options);
            undecayed = decay < 0 ? decayed : kernel(direct, Specialization.with(options, UNDECAYED));
            aligned = Aligned.NONE;
            specialized = true;
        }
        if (allArrays && aligned == Aligned.NONE && (decayed == null || decayed.isAbsent() || undecayed.isAbsent())) {
            aligned = Aligned.to(operands.floats(PARAMETERS), edit != null, scratch[0].temporaries.length);
        }
    }

    private SpecializedKernel kernel(List<Storage> storages, Set<String> options) {
        return Kernels.specialize(kernel, List.copyOf(storages), options, allArrays && edit == null ? leastLanes : 1);
    }

    /**
     * Updates a range of elements. With statistics the range is a block, see {@link Statistics#blockSize}.
     *
     * @param thread the index of the caller, below the constructor's {@code threads}
     * @param from the first element
     * @param to the end of the range
     * @param constants the rule's coefficients
     * @param definition the rule's scalar definition
     */
    public void run(int thread, long from, long to, float[] constants, ScalarDefinition definition) {
        run(thread, from, to, 0, constants, definition);
    }

    /**
     * Updates a range of elements whose state is elsewhere in its buffers, as {@link #run(int, long, long, float[], ScalarDefinition)}.
     *
     * @param shift the distance from the index of a parameter to that of its state
     */
    public void run(int thread, long from, long to, long shift, float[] constants, ScalarDefinition definition) {
        SpecializedKernel kernel = decay < 0 || constants[decay] != 0 ? decayed : undecayed;
        scratch[thread].begin(from, shift, aligned.upTo(operands, to));
        if (kernel != null && kernel.isReady()) {
            runKernel(scratch[thread], kernel, from, to, constants, definition);
        } else {
            runDefinition(thread, kernel, from, to, constants, definition);
        }
    }

    /** Runs the kernel, and the definition for the elements that do not fill a vector. */
    private void runKernel(
            Scratch mine,
            SpecializedKernel kernel,
            long from,
            long to,
            float[] constants,
            ScalarDefinition definition) {
        int head = head(from, to);
        if (statistics) {
            mine.statistics.clear(head);
        }
        if (head > 0) {
            staged(mine, kernel, from, head, constants, definition);
        }
        long first = from + head;
        long direct = stagedKernel ? first : to - (to - first) % step();
        for (long chunk = first; chunk < direct; chunk += CHUNK) {
            mine.pointAtStorage(operands, chunk);
            mine.invoke(kernel, operands, step(), (int) Math.min(CHUNK, direct - chunk), constants);
        }
        for (long stage = direct; stage < to; stage += STAGE) {
            staged(mine, kernel, stage, (int) Math.min(STAGE, to - stage), constants, definition);
        }
    }

    /** Runs the definition, until the kernel is ready; a block of statistics is not divided between them. */
    private void runDefinition(
            int thread, SpecializedKernel kernel, long from, long to, float[] constants, ScalarDefinition definition) {
        Scratch mine = scratch[thread];
        if (statistics) {
            mine.statistics.clear(0);
        }
        for (long chunk = from; chunk < to; chunk += CHUNK) {
            if (!statistics && kernel != null && kernel.isReady()) {
                runKernel(mine, kernel, chunk, to, constants, definition);
                return;
            }
            long end = Math.min(chunk + CHUNK, to), start = kernel == null ? 0 : kernel.start();
            if (stagedDefinition) {
                for (long piece = chunk; piece < end; piece += Scratch.PIECE) {
                    staged(mine, null, piece, (int) Math.min(Scratch.PIECE, end - piece), constants, definition);
                }
            } else {
                mine.pointAtArrays(operands, false, chunk, 0, (int) (end - chunk));
                mine.define(definition, (int) (end - chunk), constants);
            }
            // One thread is enough to make the kernel ready for all of them.
            if (kernel != null && thread == 0) {
                kernel.end(start, end - chunk);
            }
        }
    }

    /** {@return an array whose first elements a thread sets to those of a run before it, by its index from 0} */
    public float[] input(int thread, int index) {
        return scratch[thread].temporaries[index];
    }

    /** {@return an array that a thread's last run has written from {@link #outputsAt} on, by its index, where the inputs are the first} */
    public float[] output(int thread, int index) {
        return scratch[thread].outputs[index];
    }

    /** {@return the index of the first element of a thread's last run in its outputs} */
    public int outputsAt(int thread) {
        return scratch[thread].outputsAt;
    }

    /** {@return 16 partial sums a sum, of the multiple of 16 elements that a thread's last run added up; null if it wrote all terms} */
    public double[] sums(int thread) {
        return scratch[thread].added ? scratch[thread].sums : null;
    }

    /** {@return the elements from one vector of the kernel's loop to the next} */
    private int step() {
        return statistics || addsUp ? Statistics.PARTIALS : Kernels.lanes();
    }

    /** {@return the elements before the first aligned vector of the parameters} The state has the same alignment. */
    private int head(long from, long to) {
        boolean aligns = !stagedKernel && to - from >= ALIGNED;
        return aligns ? (int) -Storage.position(operands.parameters(), from) & (Kernels.lanes() - 1) : 0;
    }

    /** Writes the {@link Statistics#COUNT} statistics of a thread's last run to an array, from the index {@code at} on. */
    public void report(int thread, double[] statistics, int at) {
        scratch[thread].statistics.reduce(statistics, at);
    }

    /** Updates at most {@link #STAGE} elements through arrays, those of the buffers or copies. Without a kernel the definition runs. */
    private void staged(
            Scratch mine,
            SpecializedKernel kernel,
            long from,
            int count,
            float[] constants,
            ScalarDefinition definition) {
        int vectors = kernel == null ? 0 : count - count % step();
        mine.pointAtArrays(operands, edit != null, from, vectors, count);
        if (edit != null) {
            edit.apply(mine.buffers[Operands.GRADIENT], mine.first[Operands.GRADIENT], from, count);
        }
        if (vectors > 0) {
            mine.pointAtCopies(operands, from, vectors);
            mine.invoke(kernel, operands, step(), vectors, constants);
        }
        mine.defineWithStatistics(definition, count - vectors, constants);
        mine.copyBack(operands, from, vectors, count);
    }
}
