package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Readiness;
import java.util.Arrays;
import java.util.function.IntConsumer;

/**
 * Computes a product where the Vector API is missing, and until the kernels are compiled, by loops that C2 vectorizes: a row of C
 * at a time, to which it adds several rows of B, each times an element of A. Each sum adds its products in ascending order of k
 * by {@link Math#fma(float, float, float)}, as the kernels do.
 *
 * <p>Where C has few columns, Cᵀ = Bᵀ·Aᵀ is computed instead.
 *
 * <p>The loops run on copies in one array, at distances that are constants. C2 vectorizes no loop that stores to one array and
 * loads from another at a different index, since it cannot exclude that they are one.
 */
final class ScalarProduct {
    /**
     * The floats of a row in the memory of a task, whose {@code 1 + TERMS} rows stay in the L1 cache, and the fewest columns of C
     * for which this pays off.
     */
    private static final int WIDTH = 512, LEAST_COLUMNS = 32;

    /** The fewest multiplications for which the search for the kernel that is not compiled pays off, which takes 20 ns. */
    private static final int LEAST_WORK = 1 << 15;

    /** The least rows of C for a task, and where Cᵀ is computed, whose rows they fill. */
    private static final int SLICE = 4, NARROW_SLICE = 64;

    /** The rows of B that are added at once. */
    private static final int TERMS = 8;

    /** The floats of the memory of a task: a row of C, then rows of B. */
    static final int MEMORY = (1 + TERMS) * WIDTH;

    private final Workers workers;
    private final GemmPlan plan;
    private final IntConsumer multiply = this::multiply;

    private float[][] memory = {};
    private FactorRows[] factors = {};

    /** A part of Cᵀ, in the memory of a task after the rows. */
    private Matrix[] parts = {};

    private int tasks;

    ScalarProduct(Workers workers, GemmPlan plan) {
        this.workers = workers;
        this.plan = plan;
    }

    /** {@return whether a product with so many columns should be computed in this way, if it cannot be by kernels} */
    static boolean fits(int columns) {
        return columns >= LEAST_COLUMNS;
    }

    /** {@return whether a product is large enough to be computed in this way where kernels are not compiled, or where there are none} */
    static boolean fits(GemmPlan plan) {
        return fits(Math.max(plan.rows, plan.columns)) && (plan.work() >= LEAST_WORK || Kernels.lanes() == 0);
    }

    /** {@return whether a product should be computed in this way because a kernel is not compiled} */
    static boolean replaces(Readiness kernel, GemmPlan plan) {
        return kernel.isReplaceable() && fits(plan);
    }

    /**
     * Computes C without the epilogue if this {@link #replaces} a kernel, and tries that kernel.
     *
     * @return whether it has
     */
    boolean runInsteadOf(Readiness kernel) {
        if (!replaces(kernel, plan)) {
            return false;
        }
        long start = kernel.start();
        plan.untranspose();
        run();
        kernel.end(start, 1 + plan.work());
        return true;
    }

    private void run() {
        int threads = workers.threads(), slice = fits(plan.columns) ? SLICE : NARROW_SLICE;
        tasks = GemmPlan.isAlone(threads, plan.work())
                ? 1
                : Math.clamp(plan.rows / slice, 1, GemmPlan.MULTIPLY_TASKS * threads);
        if (memory.length < tasks) {
            memory = new float[tasks][MEMORY];
            factors = new FactorRows[tasks];
            parts = new Matrix[tasks];
            Arrays.setAll(factors, i -> new FactorRows());
            Arrays.setAll(parts, i -> new Matrix());
        }
        workers.runShares(tasks, multiply);
    }

    private void multiply(int task) {
        int row = GemmPlan.share(plan.rows, task, tasks), end = GemmPlan.share(plan.rows, task + 1, tasks);
        Matrix a = plan.a, b = plan.b, c = plan.c;
        FactorRows factor = factors[task];
        if (fits(c.columns)) {
            factor.set(b.array, b.offset, b.stride, plan.transposedB);
            multiply(a, plan.transposedA, factor, c, row, end, memory[task]);
            factor.clear();
            return;
        }
        int rows = end - row, firstA = a.offset + row * (plan.transposedA ? 1 : a.stride);
        float[] x = memory[task] = GemmLoop.atLeast(MEMORY + (long) rows * c.columns, memory[task]);
        Matrix part = parts[task].set(x, MEMORY, c.columns, rows);
        factor.set(a.array, firstA, a.stride, !plan.transposedA);
        multiply(b, !plan.transposedB, factor, part, 0, c.columns, x);
        factor.clear();
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < c.columns; j++) {
                c.array[c.offset + (row + i) * c.stride + j] = x[MEMORY + j * rows + i];
            }
        }
    }

    /**
     * Computes some rows of C.
     *
     * @param row the first row of C, and {@code end} the end of the rows
     * @param x {@link #MEMORY} floats
     */
    static void multiply(Matrix a, boolean transposedA, FactorRows b, Matrix c, int row, int end, float[] x) {
        int inner = transposedA ? a.rows : a.columns, step = transposedA ? a.stride : 1;
        int next = transposedA ? 1 : a.stride, firstA = a.offset + row * next, rows = end - row;
        for (int column = 0; column < c.columns; column += WIDTH) {
            int count = Math.min(WIDTH, c.columns - column);
            int first = c.offset + row * c.stride + column;
            for (int i = 0, at = first; i < rows; i++, at += c.stride) {
                Arrays.fill(c.array, at, at + count, 0);
            }
            for (int p = 0; p < inner; ) {
                int terms = p + TERMS <= inner ? TERMS : 1;
                b.copy(p, terms, column, count, x, WIDTH, WIDTH);
                add(a.array, firstA + p * step, next, step, terms, x, count, c, first, rows);
                p += terms;
            }
            for (int i = 0, at = first; i < rows; i++, at += c.stride) {
                addZero(c.array, at, at + count);
            }
        }
    }

    /**
     * Adds the products of one or {@link #TERMS} rows of B to rows of C, of which the first begins at {@code c0}, unless all of
     * them are 0.
     */
    private static void add(
            float[] a, int a0, int next, int step, int terms, float[] x, int count, Matrix c, int c0, int rows) {
        boolean checked = false, finite = false;
        for (int row = 0, i = a0, at = c0; row < rows; row++, i += next, at += c.stride) {
            if (isZero(a, i, step, terms)) {
                // 0 times an infinity or NaN is NaN.
                finite = checked ? finite : isFinite(x, terms, count);
                checked = true;
                if (finite) {
                    continue;
                }
            }
            System.arraycopy(c.array, at, x, 0, count);
            if (terms == 1) {
                add(x, count, a[i]);
            } else {
                add(
                        x,
                        count,
                        a[i],
                        a[i + step],
                        a[i + 2 * step],
                        a[i + 3 * step],
                        a[i + 4 * step],
                        a[i + 5 * step],
                        a[i + 6 * step],
                        a[i + 7 * step]);
            }
            System.arraycopy(x, 0, c.array, at, count);
        }
    }

    private static boolean isZero(float[] a, int a0, int step, int terms) {
        for (int q = 0; q < terms; q++) {
            if (a[a0 + q * step] != 0) {
                return false;
            }
        }
        return true;
    }

    /** {@return whether all rows of B in the memory of a task are finite} */
    private static boolean isFinite(float[] x, int terms, int count) {
        float largest = 0;
        for (int q = 1; q <= terms; q++) {
            for (int j = q * WIDTH; j < q * WIDTH + count; j++) {
                largest = Math.max(largest, Math.abs(x[j]));
            }
        }
        return largest < Float.POSITIVE_INFINITY;
    }

    private static void add(
            float[] x, int count, float a0, float a1, float a2, float a3, float a4, float a5, float a6, float a7) {
        // With a bound that C2 knows, no index can overflow, and the loop is small enough to be unrolled.
        for (int j = 0, end = Math.min(count, WIDTH); j < end; j++) {
            float sum = Math.fma(a0, x[j + WIDTH], x[j]);
            sum = Math.fma(a1, x[j + 2 * WIDTH], sum);
            sum = Math.fma(a2, x[j + 3 * WIDTH], sum);
            sum = Math.fma(a3, x[j + 4 * WIDTH], sum);
            sum = Math.fma(a4, x[j + 5 * WIDTH], sum);
            sum = Math.fma(a5, x[j + 6 * WIDTH], sum);
            sum = Math.fma(a6, x[j + 7 * WIDTH], sum);
            x[j] = Math.fma(a7, x[j + 8 * WIDTH], sum);
        }
    }

    private static void add(float[] x, int count, float a) {
        for (int j = 0, end = Math.min(count, WIDTH); j < end; j++) {
            x[j] = Math.fma(a, x[j + WIDTH], x[j]);
        }
    }

    /** Makes −0 positive, as the kernels do. */
    private static void addZero(float[] c, int from, int to) {
        for (int j = from; j < to; j++) {
            c[j] += 0f;
        }
    }
}
