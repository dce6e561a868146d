package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.Check;

/**
 * Products of matrices of floats: A·B, Aᵀ·B and A·Bᵀ, which are all that a fully connected layer needs.
 *
 * <p>{@snippet :
 * Gemm gemm = new Gemm();
 * Matrix x = Matrix.of(new float[128 * 784], 0, 128, 784), weight = Matrix.of(new float[784 * 10], 0, 784, 10);
 * Matrix bias = Matrix.of(new float[10], 0, 1, 10), y = Matrix.of(new float[128 * 10], 0, 128, 10);
 * gemm.multiply(x, weight, Epilogue.biasRelu(bias), y); // y = max(x · weight + bias, 0)
 * }
 *
 * <p>Each element of C is a sum that starts at 0 and takes its products in ascending order of k, each with one {@link
 * Math#fma(float, float, float) fma}; a sum of −0, which only products that underflow make, becomes 0; then comes the {@link
 * Epilogue}. If k has no values, every sum is 0. So the bits do not depend on the vector width, the threads, or where in C the
 * element is.
 *
 * <p>Where four neighboring rows of A (as it is multiplied, so its columns in Aᵀ·B) are all 0, as images are along their
 * edges, their products are left out, unless B has infinities or NaN there; that changes the time and no bit.
 *
 * <p>Both factors are first packed into panels, in the order in which the inner loop reads them, unless C has so few rows or
 * columns that packing takes longer than the product. An instance keeps that memory, as much as its largest product took; after
 * that a product allocates nothing. An instance is used by one thread at a time.
 *
 * <p><b>Errors:</b> every product throws an {@link IllegalArgumentException} if the shapes do not agree, if the array of C
 * holds an element of an input between the first and the last element of C, or if a packed factor would have 2³¹ elements.
 * Nothing has been written then.
 *
 * @see <a href="https://doi.org/10.1145/1356052.1356053">Goto and van de Geijn 2008, Anatomy of High-Performance Matrix
 *     Multiplication</a>
 */
public final class Gemm {
    private final GemmPlan plan;
    private final GemmLoop loop;

    /** Makes products on the caller's thread. */
    public Gemm() {
        this(Workers.caller());
    }

    /**
     * Makes products on several threads.
     *
     * @param workers the threads
     */
    public Gemm(Workers workers) {
        plan = new GemmPlan(workers.threads());
        loop = new GemmLoop(workers, plan);
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
     * Computes C = epilogue(A·B): with a bias, the forward pass of a layer.
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
     * Computes C = Aᵀ·B: the gradient of a layer's weights, if A is its input and B the gradient of its output.
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
     * Computes C = A·Bᵀ: the gradient of a layer's input, if A is the gradient of its output and B its weights.
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
     * Computes C = epilogue(A·Bᵀ): with a mask, the gradient of a layer's input taken back through the rectifier that made it.
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

    private void run(Matrix a, boolean transposedA, Matrix b, boolean transposedB, Epilogue epilogue, Matrix c) {
        check(a, transposedA, b, transposedB, epilogue, c);
        if (c.rows > 0 && c.columns > 0) {
            plan.prepare(a, transposedA, b, transposedB, epilogue, c);
            try {
                loop.run();
            } finally {
                plan.release();
            }
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
