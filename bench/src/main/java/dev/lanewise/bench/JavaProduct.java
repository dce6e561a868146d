package dev.lanewise.bench;

import dev.ludovic.netlib.blas.JavaBLAS;
import java.util.function.IntSupplier;
import org.ejml.data.FMatrixRMaj;
import org.ejml.dense.row.CommonOps_FDRM;
import org.ojalgo.matrix.operation.MultiplyLeft;
import org.ojalgo.matrix.operation.MultiplyNeither;
import org.ojalgo.matrix.operation.MultiplyRight;
import org.ojalgo.matrix.store.MatrixStore;
import org.ojalgo.matrix.store.R032Store;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A product of {@link GemmBenchmark} by the libraries in Java. netlib and ojAlgo store matrices by columns, so that the arrays are
 * the transposed matrices to them, and Cᵀ = Bᵀ·Aᵀ is computed.
 */
@State(Scope.Benchmark)
public class JavaProduct {
    private static final JavaBLAS NETLIB = JavaBLAS.getInstance();

    private GemmBenchmark.Factors factors;
    private float[] c;
    private FMatrixRMaj ejmlA;
    private FMatrixRMaj ejmlB;
    private FMatrixRMaj ejmlC;
    private MatrixStore<Double> ojAlgoA;
    private MatrixStore<Double> ojAlgoB;
    private R032Store ojAlgoC;

    @Setup
    public void wrap(GemmBenchmark.Factors factors) {
        this.factors = factors;
        c = new float[factors.c.length];
        ejmlA = FMatrixRMaj.wrap(factors.aView.rows(), factors.aView.columns(), factors.a);
        ejmlB = FMatrixRMaj.wrap(factors.bView.rows(), factors.bView.columns(), factors.b);
        ejmlC = FMatrixRMaj.wrap(factors.m, factors.n, c);
        R032Store a = R032Store.wrap(factors.a, factors.aView.columns());
        R032Store b = R032Store.wrap(factors.b, factors.bView.columns());
        ojAlgoA = factors.transposedA ? a.transpose() : a;
        ojAlgoB = factors.transposedB ? b.transpose() : b;
        ojAlgoC = R032Store.wrap(c, factors.n);
        IntSupplier threads = () -> factors.threads;
        MultiplyNeither.PARALLELISM = threads;
        MultiplyLeft.PARALLELISM = threads;
        MultiplyRight.PARALLELISM = threads;
    }

    /** Checks that the product is the library's. */
    @TearDown
    public void check() {
        for (int i = 0; i < c.length; i++) {
            factors.check(i, c[i]);
        }
    }

    void netlib() {
        NETLIB.sgemm(
                factors.transposedB ? "T" : "N",
                factors.transposedA ? "T" : "N",
                factors.n,
                factors.m,
                factors.k,
                1,
                factors.b,
                factors.bView.columns(),
                factors.a,
                factors.aView.columns(),
                0,
                c,
                factors.n);
    }

    void ejml() {
        if (factors.transposedA) {
            CommonOps_FDRM.multTransA(ejmlA, ejmlB, ejmlC);
        } else if (factors.transposedB) {
            CommonOps_FDRM.multTransB(ejmlA, ejmlB, ejmlC);
        } else {
            CommonOps_FDRM.mult(ejmlA, ejmlB, ejmlC);
        }
    }

    void ojAlgo() {
        ojAlgoC.fillByMultiplying(ojAlgoB, ojAlgoA);
    }
}
