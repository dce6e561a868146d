package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Platform;
import dev.lanewise.internal.kernel.PrepackedTiles;
import dev.lanewise.internal.kernel.Readiness;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.IntConsumer;

/**
 * Executes a {@link GemmPlan} with the large tiles that 32 registers have room for, in {@link Strips}. No task waits for another:
 * each packs the columns of B that it needs, unless the task before it in the same memory has, or reads them where they are.
 */
final class PackingLoop {
    /** The least rows of C for which the tiles pay off. */
    private static final int LEAST_ROWS = 4;

    /** The least rows of a task, unless its columns are divided too. */
    private static final int SLICE = 24;

    /**
     * Tasks have all columns if the elements of B, times the threads, are at most so many for each row of C. Each thread packs all
     * of B then, which takes less time than two cores need that write to the cache lines between two parts of the columns, and take
     * such a line from each other for each row.
     */
    private static final int PACKED_FOR_ROW = 800;

    /** The most rows for which B is read where it is; for more, packing takes less time than it saves. */
    private static final int MOST_DIRECT_ROWS = 128;

    /** The most rows of B a multiple of {@link Strips#PAGE} apart for which B is read where it is: more do not stay in the caches. */
    private static final int MOST_PAGES = 1 << 8;

    private final Workers workers;
    private final GemmPlan plan;
    private final IntConsumer multiply = this::multiply;
    private final Runnable undivided = this::multiplyUndivided;

    /** Memory for each thread, which its tasks have in turn, so that it stays in the caches of the thread's core. */
    private final Memory[] memory;

    /** The thread that had each memory last. They are apart from what tasks write, which one core would take from another. */
    private final long[] owners;

    /** The number of this product, by which memory tells whether its panels are of this product. */
    private int product;

    private boolean direct;

    /** The number of parts of the columns of C, and of slices of its rows; there is a task for each pair. */
    private int parts, slices;

    PackingLoop(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
        memory = new Memory[workers.threads()];
        owners = new long[memory.length];
        Arrays.setAll(memory, i -> new Memory());
    }

    /**
     * {@return whether the tiles fit the shape} They need 32 registers, four rows or more, of Aᵀ twelve, and as many terms at
     * most as copied rows have room for, unless no row is copied.
     */
    static boolean fits(GemmPlan plan) {
        int least = plan.transposedA ? PrepackedTiles.transposedRows() : LEAST_ROWS;
        boolean fits = plan.inner <= PrepackedTiles.stride() || plan.isNarrow();
        return Kernels.lanes() == 16 && !plan.transposed && plan.rows >= least && fits;
    }

    /** {@return whether B is read where it is} */
    private boolean isDirect() {
        return !plan.transposedA
                && !plan.transposedB
                && plan.rows <= MOST_DIRECT_ROWS
                && (plan.b.stride % Strips.PAGE != 0 || plan.inner <= MOST_PAGES);
    }

    /** {@return the kernel of most tiles} */
    Readiness kernel() {
        if (plan.isNarrow()) {
            return PanelTrials.NARROW_TILE;
        }
        PrepackedTiles tiles = PrepackedTiles.of(Platform.nativeAccess());
        int rows = PrepackedTiles.rows(plan.rows, plan.inner);
        PrepackedTiles.Tile tile = plan.transposedA
                ? tiles.transposed(false)
                : isDirect() ? PrepackedTiles.direct(rows) : tiles.tile(rows);
        return tile.readiness();
    }

    /** Computes C, which has at least one element. */
    void run() {
        int panels = Math.ceilDiv(plan.columns, Panels.NR), threads = workers.threads();
        int tasks = GemmPlan.isAlone(threads, plan.work()) ? 1 : GemmPlan.MULTIPLY_TASKS * threads;
        direct = isDirect();
        parts = tasks == 1 || isDividedByRows(tasks) ? 1 : columnParts(tasks, panels);
        // A slice of Aᵀ has a whole tile at least, because its last tile reads rows of the one before it.
        int most = plan.transposedA
                ? plan.rows / PrepackedTiles.transposedRows()
                : Math.ceilDiv(plan.rows, PrepackedTiles.mr());
        slices = Math.min(Math.ceilDiv(tasks, parts), most);
        product++;
        workers.runShares(parts * slices, multiply, undivided);
    }

    private void multiplyUndivided() {
        parts = slices = 1;
        multiply(0);
    }

    private boolean isDividedByRows(int tasks) {
        long packed = direct ? 0 : (long) plan.inner * plan.columns * workers.threads();
        return plan.rows >= tasks * SLICE && packed <= (long) PACKED_FOR_ROW * plan.rows;
    }

    /** {@return the parts of the columns: as few as possible, but each is packed once by the tasks of a thread} */
    private int columnParts(int tasks, int panels) {
        int wanted = plan.rows >= GemmPlan.MULTIPLY_TASKS * SLICE ? workers.threads() : tasks;
        return Math.max(Math.min(wanted, panels), Math.ceilDiv(panels, PrepackedLoop.group(plan.inner)));
    }

    /** Computes a slice of the rows of a part of the columns. */
    private void multiply(int task) {
        GemmPlan plan = this.plan;
        int panels = Math.ceilDiv(plan.columns, Panels.NR), part = task / slices, slice = task % slices;
        int row = GemmPlan.share(plan.rows, slice, slices), end = GemmPlan.share(plan.rows, slice + 1, slices);
        int first = GemmPlan.share(panels, part, parts), last = GemmPlan.share(panels, part + 1, parts);
        Memory memory = take();
        try {
            memory.strips.set(plan.a, plan.transposedA, plan.epilogue, plan.c);
            int group = PrepackedLoop.group(plan.inner);
            for (int panel = first; panel < last; panel += group) {
                multiply(memory, row, end, panel, Math.min(group, last - panel));
            }
        } finally {
            memory.strips.clear();
            // The kernels have its address alone.
            Reference.reachabilityFence(memory);
            memory.taken.set(false);
        }
    }

    /**
     * {@return memory that no other task has, the same for each task of a thread if possible} There is always some, because there
     * is as much as there are threads.
     */
    private Memory take() {
        long thread = Thread.currentThread().threadId();
        for (int i = 0; i < owners.length; i++) {
            if (owners[i] == thread && memory[i].take()) {
                return memory[i];
            }
        }
        for (int i = 0; ; i = (i + 1) % memory.length) {
            if (memory[i].take()) {
                owners[i] = thread;
                return memory[i];
            }
        }
    }

    private void multiply(Memory memory, int row, int end, int panel, int count) {
        GemmPlan plan = this.plan;
        Strips strips = memory.strips;
        PackedPanels packed = memory.packed;
        int nr = Panels.NR, column = panel * nr;
        // The last columns, where they are half a panel at most, would take the time of a whole one.
        int edge = Math.min(count * nr, plan.columns - column) % nr;
        boolean narrow = edge > 0 && edge <= Panels.NR_NARROW && !plan.transposedA;
        // This is the same for all slices, which share what is packed.
        narrow &= plan.rows / slices >= Panels.MR_NARROW;
        int panels = narrow ? count - 1 : count;
        int whole = direct ? Math.min(panels, (plan.columns - column) / nr) : 0, rest = panels - whole;
        if (whole > 0) {
            strips.multiplyDirect(row, end, plan.b, column, whole);
        }
        if (rest > 0) {
            int from = column + whole * nr;
            if (memory.product != product || memory.column != from) {
                packed.reserve(rest, plan.inner);
                packed.pack(plan.b, plan.transposedB, from, Math.min(rest * nr, plan.columns - from));
                memory.product = product;
                memory.column = from;
            }
            strips.set(packed, from);
            strips.multiply(row, end, 0, rest);
        }
        if (narrow) {
            strips.multiplyNarrow(row, end, plan.b, plan.transposedB, column + panels * nr, edge);
        }
    }

    /** The memory of one task at a time. */
    private static final class Memory {
        private final AtomicBoolean taken = new AtomicBoolean();
        final Strips strips = new Strips();
        final PackedPanels packed = new PackedPanels();

        /** The product and the first column of the panels that are packed. */
        int product, column;

        boolean take() {
            return !taken.get() && taken.compareAndSet(false, true);
        }
    }
}
