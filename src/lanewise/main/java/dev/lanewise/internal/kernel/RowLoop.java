package dev.lanewise.internal.kernel;

import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * Runs the kernel of a rule over single rows where they are. The gradient of a row may be at another place of its buffer than the row, and
 * the state of a rule of rows at a third. There is no loop for storages that the kernel cannot address, and none for rows that end within a
 * vector, unless the rule is one of rows.
 */
public final class RowLoop {
    /** The partial sums of a row: element i is added to sum i mod 16 on any vector width. They are the kernel's last buffer. */
    static final int PARTIALS = 16;

    private final String name;
    private final Set<String> options;
    private final boolean ofRows;
    private final int columns;
    private final Storage[] storages;

    /** For each thread, the arrays of the buffers and the beginning of its row in each of them. */
    private final Object[][] arrays;

    private final long[][] at;

    /** The beginning of each buffer, as an index or an address, and the distance of its elements. */
    private final long[] first;

    private final int[] step;

    /** The kernel for the storages that are bound; null if there is none. */
    private SpecializedKernel kernel;

    /** Whether it has been found, and is that without the decay. */
    private boolean specialized, undecayed;

    /** The index of the coefficient at whose 0 another kernel runs; −1 if there is one kernel. */
    private int decay = -1;

    /**
     * Creates a loop whose buffers are still to be bound. The gradients are arrays, which each run names.
     *
     * @param kernel the name of the kernel's class without {@code Kernel}
     * @param options the names of the rule's options that are on
     * @param ofRows whether the kernel takes one row of any length, and its state is one float for each row
     * @param buffers the number of buffers: parameters, gradient and state
     * @param columns the number of elements of a row
     * @param threads the number of callers that may run at the same time
     */
    public RowLoop(String kernel, Set<String> options, boolean ofRows, int buffers, int columns, int threads) {
        this.name = kernel;
        this.options = options;
        this.ofRows = ofRows;
        this.columns = columns;
        this.storages = new Storage[buffers];
        this.arrays = new Object[threads][buffers + 1];
        this.at = new long[threads][buffers + 1];
        this.first = new long[buffers];
        this.step = new int[buffers];
        storages[Operands.GRADIENT] = Storage.ARRAY;
        for (Object[] mine : arrays) {
            mine[buffers] = new float[PARTIALS];
        }
    }

    /** Runs the kernel without the decay at each step at which the coefficient of this index is 0; −1 if there is none. */
    public RowLoop withDecay(int coefficient) {
        this.decay = coefficient;
        return this;
    }

    /**
     * Sets the parameters or a buffer of the state.
     *
     * @param buffer the index of the buffer: 0 parameters, 2 and more the state
     * @param span the buffer
     */
    public void bind(int buffer, FloatSpan span) {
        Storage storage = Storage.of(span);
        specialized &= storage == storages[buffer];
        storages[buffer] = storage;
        for (Object[] mine : arrays) {
            mine[buffer] = storage.array(span);
        }
        first[buffer] = storage.at(span, 0);
        step[buffer] = storage == Storage.ARRAY ? 1 : Float.BYTES;
    }

    /** Finds the kernel for the storages that are bound and the coefficients of a step. Callers do this before they run rows. */
    public void specialize(float[] constants) {
        boolean leavesOut = decay >= 0 && constants[decay] == 0;
        if (specialized && undecayed == leavesOut) {
            return;
        }
        List<Storage> direct = List.of(storages);
        boolean inArrays = Arrays.stream(storages).allMatch(storage -> storage == Storage.ARRAY);
        boolean reachable = ofRows
                ? inArrays
                : !direct.contains(Storage.STAGED) && Kernels.lanes() > 0 && columns % Kernels.lanes() == 0;
        Set<String> all = leavesOut ? Specialization.with(options, FusedLoop.UNDECAYED) : options;
        kernel = reachable ? Kernels.specialize(name, direct, all) : null;
        undecayed = leavesOut;
        specialized = true;
    }

    /** {@return whether there is a kernel that should run rather than the scalar definition} */
    public boolean isReady() {
        return kernel != null && kernel.isReady();
    }

    /** {@return the time before the definition runs instead: see {@link Readiness#start}} */
    public long start() {
        return kernel == null ? 0 : kernel.start();
    }

    /**
     * Reports that the definition has run instead: see {@link Readiness#end}.
     *
     * @param start the result of {@link #start}
     * @param elements the elements that it updated
     */
    public void end(long start, long elements) {
        if (kernel != null) {
            kernel.end(start, elements);
        }
    }

    /**
     * Updates a row, where {@link #isReady}.
     *
     * @param thread the index of the caller, below the constructor's {@code threads}
     * @param row the first of the row's parameters
     * @param state the first of its state
     * @param gradient the array that has its gradient
     * @param gradientOffset the first of its gradient in the array
     * @param constants the rule's coefficients
     */
    public void run(int thread, long row, long state, float[] gradient, int gradientOffset, float[] constants) {
        Object[] mine = arrays[thread];
        long[] here = at[thread];
        mine[Operands.GRADIENT] = gradient;
        here[Operands.GRADIENT] = gradientOffset;
        here[0] = first[0] + row * step[0];
        for (int b = Operands.GRADIENT + 1; b < first.length; b++) {
            here[b] = first[b] + state * step[b];
        }
        kernel.run(mine, here, columns, constants);
    }
}
