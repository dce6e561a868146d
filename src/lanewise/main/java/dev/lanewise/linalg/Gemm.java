package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;
import dev.lanewise.internal.OneThread;

/**
 * Multiplies matrices of floats: A·B, Aᵀ·B and A·Bᵀ, the products of a fully connected layer's forward and backward pass.
 *
 * <p>{@snippet :
 * Gemm gemm = new Gemm();
 * Matrix x = Matrix.of(new float[128 * 784], 0, 128, 784), weight = Matrix.of(new float[784 * 10], 0, 784, 10);
 * Matrix bias = Matrix.of(new float[10], 0, 1, 10), y = Matrix.of(new float[128 * 10], 0, 128, 10);
 * gemm.multiply(x, weight, Epilogue.biasRelu(bias), y); // y = max(x · weight + bias, 0)
 * }
 *
 * <p>Each element of C is accumulated from 0 in ascending order of k, with one {@link Math#fma(float, float, float) fma} for
 * each product. A sum of −0, which results only if products underflow, becomes 0. The {@link Epilogue} is applied last. If k = 0,
 * every sum is 0. Therefore the bits depend neither on the vector width, nor on the threads, nor on the position of the element
 * in C.
 *
 * <p>If four adjacent rows of A (in Aᵀ·B, columns of A) are all 0 at some k, as the margins of images are, their products are
 * skipped, unless B has infinities or NaN there. This saves time and does not change the bits.
 *
 * <p>B is packed into panels, in the order in which the micro-kernel reads it, while the first rows of A are multiplied by it. A
 * is read where it is, unless it is transposed or has zeros to skip. Long sums are divided into blocks of k, so that a block of a
 * panel stays in the L1 cache; the partial sums wait in C. With 512-bit vectors, of which there are 32, a strip of twelve rows of
 * A stays in the L1 cache instead, and is multiplied by panels in the L2 cache; up to 128 rows read B where it is. With shorter
 * vectors, A·Bᵀ of few rows is computed as Cᵀ = B·Aᵀ, so that A is packed and B is not. Aᵀ·B of seven to ten columns is computed
 * as Cᵀ = Bᵀ·A, because vectors of rows have no unused lanes. An instance keeps the memory of the panels, so that a product
 * allocates only if it is larger than all products before it. An instance is used by one thread at a time; a product by a second
 * thread meanwhile is refused with an {@link IllegalStateException}.
 *
 * <p><b>Errors:</b> every product throws an {@link IllegalArgumentException} if the shapes do not agree, if C and an input are in
 * the same array and the range of indices from the first element to the last of one overlaps that of the other, or if a packed
 * factor would have 2³¹ or more elements. Nothing has been written then.
 *
 * @see <a href="https://doi.org/10.1145/1356052.1356053">Goto and van de Geijn 2008, Anatomy of High-Performance Matrix
 *     Multiplication</a>
 */
public final class Gemm {
    private final GemmPlan plan;
    private final GemmLoop loop;
    private final TreeLoop tree;
    private final PrepackedLoop prepacked;
    private final OneThread multiplying = new OneThread("a product of this instance");

    /** Creates an instance that computes on the caller's thread. */
    public Gemm() {
        this(Workers.caller());
    }

    /**
     * Creates an instance that computes on several threads.
     *
     * @param workers the threads
     */
    public Gemm(Workers workers) {
        plan = new GemmPlan(workers.threads());
        loop = new GemmLoop(workers, plan);
        tree = new TreeLoop(workers, plan, loop);
        prepacked = new PrepackedLoop(workers);
    }

    /**
     * Computes C = A·B.
     *
     * @param a m × k
     * @param b k × n
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiply(Matrix a, Matrix b, Matrix c) {
        run(a, false, b, false, Epilogue.NONE, c);
    }

    /**
     * Computes C = epilogue(A·B). With a bias, this is the forward pass of a layer.
     *
     * @param a m × k
     * @param b k × n
     * @param epilogue what is done to C as it is stored
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiply(Matrix a, Matrix b, Epilogue epilogue, Matrix c) {
        run(a, false, b, false, epilogue, c);
    }

    /**
     * Computes C = Aᵀ·B. This is the gradient of a layer's weights, if A is its input and B the gradient of its output.
     *
     * @param a k × m
     * @param b k × n
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiplyTransposedA(Matrix a, Matrix b, Matrix c) {
        run(a, true, b, false, Epilogue.NONE, c);
    }

    /**
     * Computes C = epilogue(Aᵀ·B).
     *
     * @param a k × m
     * @param b k × n
     * @param epilogue what is done to C as it is stored
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiplyTransposedA(Matrix a, Matrix b, Epilogue epilogue, Matrix c) {
        run(a, true, b, false, epilogue, c);
    }

    /**
     * Computes C as the sum of several products Aᵀ·B, each of a part of the rows of A and B, which are added up in a tree that
     * their number determines: a part is added to the one before it if that begins at an even index, two of these sums likewise,
     * and so on; what is left is added from the right. This is the gradient of a layer's weights for micro-batches.
     *
     * @param a k × m
     * @param b k × n
     * @param cuts the row where each part begins, from 0 and ascending, and behind them k; what follows is not read
     * @param parts the number of parts, at least 1
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above, and if the cuts do not divide the rows
     */
    public void multiplyTransposedA(Matrix a, Matrix b, int[] cuts, int parts, Matrix c) {
        check(a, true, b, false, Epilogue.NONE, c);
        checkCuts(cuts, parts, a.rows);
        if (c.rows == 0 || c.columns == 0) {
            return;
        }
        multiplying.enter();
        try {
            plan.prepare(a, true, b, false, Epilogue.NONE, c);
            tree.run(cuts, parts);
        } finally {
            plan.release();
            multiplying.leave();
        }
    }

    private static void checkCuts(int[] cuts, int parts, int rows) {
        Check.atLeast(1, "parts", parts);
        Check.atLeast(parts + 1, "length of cuts", cuts.length);
        Check.equal("first of cuts", cuts[0], 0, "first row");
        Check.equal("last of cuts", cuts[parts], rows, "rows of a");
        for (int i = 0; i < parts; i++) {
            Check.atLeast(cuts[i], "next of cuts", cuts[i + 1]);
        }
    }

    /**
     * Computes C = A·Bᵀ. This is the gradient of a layer's input, if A is the gradient of its output and B its weights.
     *
     * @param a m × k
     * @param b n × k
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiplyTransposedB(Matrix a, Matrix b, Matrix c) {
        run(a, false, b, true, Epilogue.NONE, c);
    }

    /**
     * Computes C = epilogue(A·Bᵀ). With a mask, this is the gradient before the ReLU whose output is the layer's input.
     *
     * @param a m × k
     * @param b n × k
     * @param epilogue what is done to C as it is stored
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiplyTransposedB(Matrix a, Matrix b, Epilogue epilogue, Matrix c) {
        run(a, false, b, true, epilogue, c);
    }

    /**
     * Computes C = epilogue(A·B) with the bits of the product by the matrix that was packed.
     *
     * @param a m × k
     * @param b k × n
     * @param epilogue what is done to C as it is stored
     * @param c m × n; what lies between its rows stays as it is
     * @throws IllegalArgumentException see above
     */
    public void multiply(Matrix a, PackedMatrix b, Epilogue epilogue, Matrix c) {
        Check.equal("rows of b", b.rows, a.columns, "columns of a");
        Check.equal("columns of c", c.columns, b.columns, "columns of b");
        Check.equal("rows of c", c.rows, a.rows, "rows of a");
        c.checkNoOverlap("c", a, "a");
        epilogue.check(c);
        if (c.rows == 0 || c.columns == 0) {
            return;
        }
        multiplying.enter();
        try {
            prepacked.run(a, b, epilogue, c);
        } finally {
            multiplying.leave();
        }
    }

    private void run(Matrix a, boolean transposedA, Matrix b, boolean transposedB, Epilogue epilogue, Matrix c) {
        check(a, transposedA, b, transposedB, epilogue, c);
        if (c.rows == 0 || c.columns == 0) {
            return;
        }
        multiplying.enter();
        try {
            plan.prepare(a, transposedA, b, transposedB, epilogue, c);
            loop.run();
        } finally {
            plan.release();
            multiplying.leave();
        }
    }

    private static void check(
            Matrix a, boolean transposedA, Matrix b, boolean transposedB, Epilogue epilogue, Matrix c) {
        int inner = transposedA ? a.rows : a.columns;
        String innerName = transposedA ? "rows of a" : "columns of a";
        if (transposedB) {
            Check.equal("columns of b", b.columns, inner, innerName);
            Check.equal("columns of c", c.columns, b.rows, "rows of b");
        } else {
            Check.equal("rows of b", b.rows, inner, innerName);
            Check.equal("columns of c", c.columns, b.columns, "columns of b");
        }
        if (transposedA) {
            Check.equal("rows of c", c.rows, a.columns, "columns of a");
        } else {
            Check.equal("rows of c", c.rows, a.rows, "rows of a");
        }
        c.checkNoOverlap("c", a, "a");
        c.checkNoOverlap("c", b, "b");
        epilogue.check(c);
    }
}
