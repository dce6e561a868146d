package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.SumTree;
import dev.lanewise.internal.kernel.Readiness;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;

/**
 * Executes a {@link GemmPlan} of Aᵀ·B whose sums are divided into parts, which are added up in the order of {@link SumTree}. Both
 * factors are packed once, for all parts. A thread computes the parts of a slab, some panels of A by one of B, one after the
 * other, so that the slabs that wait for others stay in the L2 cache of its core, and C is written once.
 */
final class TreeLoop {
    /** The most floats of the slabs of a thread, 1 MiB. */
    private static final int SLABS = 1 << 18;

    private final Workers workers;
    private final GemmPlan plan;
    private final GemmLoop loop;
    private final PanelLoop panels;
    private final Lane[] lanes;
    private final IntConsumer run = this::run;
    private final AtomicInteger next = new AtomicInteger();
    private final Matrix partA = new Matrix(), partB = new Matrix(), block = new Matrix();
    private int[] cuts;
    private int parts;

    /** Whether the product before was computed without slabs because their kernel was not compiled. */
    private boolean scalar;

    TreeLoop(Workers workers, GemmPlan plan, GemmLoop loop) {
        this.workers = workers;
        this.plan = plan;
        this.loop = loop;
        this.panels = loop.panels;
        this.lanes = new Lane[workers.threads()];
        Arrays.setAll(lanes, i -> new Lane());
    }

    /**
     * Computes C, which has at least one element.
     *
     * @param cuts where the terms of each part begin, and the end of the last one
     */
    void run(int[] cuts, int parts) {
        this.cuts = cuts;
        this.parts = parts;
        if (!plan.hasFewRows()) {
            plan.transposeIfNarrow();
        }
        if (plan.hasFewRows() || plan.transposed) {
            runProducts(null);
            return;
        }
        boolean skipZeros = plan.hasZeros();
        Readiness kernel = skipZeros ? PanelTrials.SPARSE_TILE : panels.kernel();
        if (ScalarProduct.replaces(kernel, plan)) {
            scalar = true;
            runProducts(kernel);
            return;
        }
        if (scalar) {
            // Whole products need more memory than slabs.
            lanes[0] = new Lane();
            scalar = false;
        }
        runSlabs(skipZeros);
        if (skipZeros && !panels.finite) {
            // 0 times an infinity or NaN is NaN.
            runSlabs(false);
        }
    }

    /**
     * Computes a product for each part.
     *
     * @param kernel the kernel that slabs are multiplied by and that is not compiled; null if C is so narrow that the products are small
     */
    private void runProducts(Readiness kernel) {
        Matrix a = plan.transposed ? plan.b : plan.a, b = plan.transposed ? plan.a : plan.b, c = plan.c;
        Lane lane = lanes[0];
        lane.begin(parts, Math.multiplyExact(c.rows, c.columns));
        for (int part = 0; part < parts; part++) {
            int count = cuts[part + 1] - cuts[part], to = lane.tree.depth();
            // Behind the last row there need not be an array.
            int from = count == 0 ? 0 : cuts[part];
            partA.set(a.array, a.offset + from * a.stride, count, a.columns, a.stride);
            partB.set(b.array, b.offset + from * b.stride, count, b.columns, b.stride);
            block.set(lane.slabs[to], 0, c.rows, c.columns);
            plan.prepare(partA, true, partB, false, Epilogue.NONE, block);
            if (kernel == null || !loop.runScalar(kernel)) {
                loop.run();
            }
            lane.tree.push(part, 1, to);
        }
        float[] sum = lane.slabs[lane.tree.fold()];
        for (int i = 0; i < c.rows; i++) {
            System.arraycopy(sum, i * c.columns, c.array, c.offset + i * c.stride, c.columns);
        }
    }

    private void runSlabs(boolean skipZeros) {
        plan.divide(skipZeros);
        long slabs = (long) plan.panelsA * plan.mr * plan.nr * Lane.slabs(parts);
        plan.slices = (int) Math.min(Math.max(plan.slices, Math.ceilDiv(slabs, SLABS)), plan.panelsA);
        plan.onePanel &= plan.slices == 1;
        panels.pack(skipZeros);
        next.set(0);
        workers.run(GemmPlan.isAlone(lanes.length, plan.work()) ? 1 : lanes.length, run);
    }

    private void run(int index) {
        int tasks = plan.panelsB * plan.slices;
        for (int task = next.getAndIncrement(); task < tasks; task = next.getAndIncrement()) {
            multiply(lanes[index], task % plan.panelsB, task / plan.panelsB);
        }
    }

    private void multiply(Lane lane, int panelB, int slice) {
        GemmPlan plan = this.plan;
        Matrix c = plan.c;
        int first = GemmPlan.share(plan.panelsA, slice, plan.slices),
                end = GemmPlan.share(plan.panelsA, slice + 1, plan.slices);
        if (plan.slices == 1) {
            panels.packB(panelB);
        }
        lane.begin(parts, (end - first) * plan.mr * plan.nr);
        int b0 = plan.onePanel ? 0 : panelB * plan.nr * plan.inner;
        for (int part = 0; part < parts; part++) {
            int slab = lane.tree.depth();
            if (plan.skipZeros) {
                multiplyNonZero(lane.slabs[slab], first, end, b0, part);
            } else {
                multiplyPart(lane.slabs[slab], first, end, b0, part);
            }
            lane.tree.push(part, 1, slab);
        }
        float[] sum = lane.slabs[lane.tree.fold()];
        int column = panelB * plan.nr, from = 0;
        int columns = Math.min(plan.nr, plan.columns - column);
        for (int row = first * plan.mr; row < Math.min(end * plan.mr, plan.rows); row++) {
            System.arraycopy(sum, from, c.array, c.offset + row * c.stride + column, columns);
            from += plan.nr;
        }
    }

    private void multiplyPart(float[] slab, int first, int end, int b0, int part) {
        GemmPlan plan = this.plan;
        int mr = plan.mr, nr = plan.nr, inner = plan.inner, terms = cuts[part + 1] - cuts[part];
        int blocks = Math.max(Math.ceilDiv(terms, GemmPlan.BLOCK_B / nr), 1);
        for (int block = 0; block < blocks; block++) {
            int k0 = cuts[part] + GemmPlan.share(terms, block, blocks),
                    k = cuts[part] + GemmPlan.share(terms, block + 1, blocks) - k0;
            float[] sums = block == 0 ? null : slab, a = panels.packedA, b = panels.packedB;
            if (plan.isPackedA()) {
                int from = first * mr * inner + k0 * mr;
                Panels.multiplyPacked(end - first, k, a, from, mr * inner, b, b0 + k0 * nr, sums, 0, nr, slab, 0, nr);
                continue;
            }
            for (int panel = first; panel < end; panel++) {
                int at = (panel - first) * mr * nr, row = panel * mr;
                int rows = Math.min(mr, plan.rows - row), stride = plan.packedStride();
                Panels.multiply(rows, k, a, row * stride + k0, stride, b, b0 + k0 * nr, sums, at, nr, slab, at, nr);
            }
        }
    }

    private void multiplyNonZero(float[] slab, int first, int end, int b0, int part) {
        GemmPlan plan = this.plan;
        int mr = plan.mr, nr = plan.nr, inner = plan.inner;
        for (int panel = first; panel < end; panel++) {
            int at = panel * inner, count = panels.nonZeroCount[panel];
            int from = nonZero(at, count, cuts[part] * nr), k = nonZero(at, count, cuts[part + 1] * nr) - from;
            Panels.multiplyNonZero(
                    k,
                    panels.packedA,
                    panel * mr * inner + from * mr,
                    panels.packedB,
                    b0,
                    panels.nonZeroRows,
                    at + from,
                    slab,
                    (panel - first) * mr * nr,
                    nr);
        }
    }

    /** {@return how many of the rows of a panel that are not left out come before one} */
    private int nonZero(int at, int count, int row) {
        int found = Arrays.binarySearch(panels.nonZeroRows, at, at + count, row);
        return (found < 0 ? -1 - found : found) - at;
    }

    /** The slabs of a thread: the blocks of the tree, and a product that is about to be added. */
    private static final class Lane {
        final SumTree tree = new SumTree(this::add);
        float[][] slabs = {};

        /** The floats of each slab that are in use. */
        private int length;

        static int slabs(int parts) {
            return Integer.SIZE - Integer.numberOfLeadingZeros(parts) + 1;
        }

        void begin(int parts, int length) {
            this.length = length;
            tree.clear();
            if (slabs.length < slabs(parts)) {
                slabs = new float[slabs(parts)][0];
            }
            for (int i = 0; i < slabs.length && slabs[i].length < length; i++) {
                slabs[i] = new float[length];
            }
        }

        private void add(int left, int right) {
            add(slabs[left], slabs[right], length);
        }

        /** The arrays are arguments, so that C2 makes vectors of the loop. */
        private static void add(float[] a, float[] b, int length) {
            for (int i = 0; i < length; i++) {
                a[i] += b[i];
            }
        }
    }
}
