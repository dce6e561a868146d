package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Platform;
import dev.lanewise.internal.kernel.PrepackedTiles;
import dev.lanewise.internal.kernel.Readiness;
import java.lang.ref.Reference;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Executes a {@link GemmPlan} with the large tiles that 32 registers have room for, in {@link Strips}. No task waits for another:
 * each packs the columns of B that it needs, or reads them where they are.
 */
final class PackingLoop {
    /** The least rows of C for which the tiles pay off. */
    private static final int LEAST_ROWS = 4;

    /** The least rows of a task for all columns, if it packs B and if it reads B where it is. */
    private static final int PACKING_SLICE = 48, DIRECT_SLICE = 24;

    /** The most rows for which B is read where it is; for more, packing takes less time than it saves. */
    private static final int MOST_DIRECT_ROWS = 128;

    /**
     * Rows of B that are a multiple of this apart, a page, and more than this many of them, do not stay in the few sets of the
     * caches that they share.
     */
    private static final int PAGE = 1 << 10, MOST_PAGES = 1 << 8;

    private final Workers workers;
    private final GemmPlan plan;
    private final IntConsumer multiply = this::multiply;

    /** For each task. */
    private Strips[] strips = {};

    private PackedPanels[] packed = {};

    private boolean direct;

    /** The number of parts of the columns of C, and of slices of its rows; there is a task for each pair. */
    private int parts, slices;

    PackingLoop(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
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
                && (plan.b.stride % PAGE != 0 || plan.inner <= MOST_PAGES);
    }

    /** {@return the kernel of most tiles} */
    Readiness kernel() {
        if (plan.isNarrow()) {
            return PanelTrials.NARROW_TILE;
        }
        PrepackedTiles tiles = PrepackedTiles.of(Platform.nativeAccess());
        int rows = PrepackedTiles.rows(plan.rows, plan.inner);
        PrepackedTiles.Tile tile =
                plan.transposedA ? tiles.transposed() : isDirect() ? PrepackedTiles.direct(rows) : tiles.tile(rows);
        return tile.readiness();
    }

    /** Computes C, which has at least one element. */
    void run() {
        int panels = Math.ceilDiv(plan.columns, Panels.NR), threads = workers.threads();
        int tasks = GemmPlan.isAlone(threads, plan.work()) ? 1 : GemmPlan.MULTIPLY_TASKS * threads;
        direct = isDirect();
        int slice = direct ? DIRECT_SLICE : PACKING_SLICE;
        parts = plan.rows >= tasks * slice && !plan.transposedB ? 1 : Math.min(tasks, panels);
        // A slice of Aᵀ has a whole tile at least, because its last tile reads rows of the one before it.
        int most = plan.transposedA
                ? plan.rows / PrepackedTiles.transposedRows()
                : Math.ceilDiv(plan.rows, PrepackedTiles.mr());
        slices = Math.min(Math.ceilDiv(tasks, parts), most);
        if (strips.length < parts * slices) {
            strips = new Strips[parts * slices];
            packed = new PackedPanels[parts * slices];
            Arrays.setAll(strips, i -> new Strips());
            Arrays.setAll(packed, i -> new PackedPanels());
        }
        workers.run(parts * slices, multiply);
    }

    /** Computes a slice of the rows of a part of the columns. */
    private void multiply(int task) {
        GemmPlan plan = this.plan;
        int panels = Math.ceilDiv(plan.columns, Panels.NR), part = task % parts, slice = task / parts;
        int row = GemmPlan.share(plan.rows, slice, slices), end = GemmPlan.share(plan.rows, slice + 1, slices);
        int first = GemmPlan.share(panels, part, parts), last = GemmPlan.share(panels, part + 1, parts);
        Strips strips = this.strips[task];
        PackedPanels packed = this.packed[task];
        strips.set(plan.a, plan.transposedA, plan.epilogue, plan.c);
        int group = PrepackedLoop.group(plan.inner);
        for (int panel = first; panel < last; panel += group) {
            multiply(strips, packed, row, end, panel, Math.min(group, last - panel));
        }
        strips.clear();
        // The kernels have its address alone.
        Reference.reachabilityFence(packed);
    }

    private void multiply(Strips strips, PackedPanels packed, int row, int end, int panel, int count) {
        GemmPlan plan = this.plan;
        int nr = Panels.NR, column = panel * nr;
        // The last columns, where they are half a panel at most, would take the time of a whole one.
        int edge = Math.min(count * nr, plan.columns - column) % nr;
        boolean narrow = edge > 0 && edge <= Panels.NR_NARROW && end - row >= Panels.MR_NARROW && !plan.transposedA;
        int panels = narrow ? count - 1 : count;
        int whole = direct ? Math.min(panels, (plan.columns - column) / nr) : 0, rest = panels - whole;
        if (whole > 0) {
            strips.multiplyDirect(row, end, plan.b, column, whole);
        }
        if (rest > 0) {
            packed.reserve(rest, plan.inner);
            for (int i = 0; i < rest; i++) {
                int from = column + (whole + i) * nr;
                packed.pack(plan.b, plan.transposedB, from, Math.min(nr, plan.columns - from), i);
            }
            strips.set(packed, column + whole * nr);
            strips.multiply(row, end, 0, rest);
        }
        if (narrow) {
            strips.multiplyNarrow(row, end, plan.b, plan.transposedB, column + panels * nr, edge);
        }
    }
}
