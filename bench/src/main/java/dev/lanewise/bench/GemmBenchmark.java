package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.linalg.Gemm;
import dev.lanewise.linalg.Matrix;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.mkl.global.mkl_rt;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Measures products of matrices in the shapes of the network 784-256-128-10 with a batch of 128 (the largest also with 1, 4, 8, 32
 * and 512), with primes, and of square matrices.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class GemmBenchmark {
    /** The factors in arrays. */
    @State(Scope.Benchmark)
    public static class Factors {
        /** The shape: which factor is transposed, then the rows and columns of C, then the length of the sums. */
        @Param({
            "NN 128 256 784",
            "NN 128 128 256",
            "NN 128 10 128",
            "TN 784 256 128",
            "TN 256 128 128",
            "TN 128 10 128",
            "NT 128 256 128",
            "NT 128 128 10",
            "NN 32 256 784",
            "TN 784 256 32",
            "NN 512 256 784",
            "TN 784 256 512",
            "NN 512 10 128",
            "TN 128 10 512",
            "NN 1 256 784",
            "NN 4 256 784",
            "TN 784 256 4",
            "NN 8 256 784",
            "TN 784 256 8",
            "NT 8 256 128",
            "NN 127 131 137",
            "NN 512 512 512",
            "NN 1024 1024 1024"
        })
        public String shape;

        @Param({"1", "2"})
        public int threads;

        boolean transposedA;
        boolean transposedB;
        int m;
        int n;
        int k;
        float[] a;
        float[] b;
        float[] c;
        Matrix aView;
        Matrix bView;
        private Matrix cView;
        private Workers workers;
        private Gemm gemm;

        @Setup
        public void allocate() {
            String[] words = shape.split(" ");
            transposedA = words[0].charAt(0) == 'T';
            transposedB = words[0].charAt(1) == 'T';
            m = Integer.parseInt(words[1]);
            n = Integer.parseInt(words[2]);
            k = Integer.parseInt(words[3]);
            a = new float[m * k];
            b = new float[k * n];
            c = new float[m * n];
            Values.fill(FloatSpan.of(a), 1, 0.5f, 1);
            Values.fill(FloatSpan.of(b), 2, 0.5f, 1);
            aView = transposedA ? Matrix.of(a, 0, k, m) : Matrix.of(a, 0, m, k);
            bView = transposedB ? Matrix.of(b, 0, n, k) : Matrix.of(b, 0, k, n);
            cView = Matrix.of(c, 0, m, n);
            workers = Workers.of(threads);
            gemm = new Gemm(workers);
            Values.compile(this::multiply);
        }

        @TearDown
        public void close() {
            workers.close();
        }

        /** Checks an element of a peer's product. */
        void check(int i, float value) {
            if (!(Math.abs(value - c[i]) <= 1e-4 * Math.abs(c[i]))) {
                throw new IllegalStateException("c[" + i + "] is " + value + ", but should be " + c[i]);
            }
        }

        private void multiply() {
            if (transposedA) {
                gemm.multiplyTransposedA(aView, bView, cView);
            } else if (transposedB) {
                gemm.multiplyTransposedB(aView, bView, cView);
            } else {
                gemm.multiply(aView, bView, cView);
            }
        }
    }

    /** The factors in native memory, for the peers. */
    @State(Scope.Benchmark)
    public static class Copies {
        private Factors factors;
        private FloatPointer a;
        private FloatPointer b;
        private FloatPointer c;

        @Setup
        public void allocate(Factors factors) {
            this.factors = factors;
            a = new FloatPointer(factors.a);
            b = new FloatPointer(factors.b);
            c = new FloatPointer(factors.c.length);
        }

        /** Checks that the peer's product is the library's. */
        @TearDown
        public void check() {
            for (int i = 0; i < factors.c.length; i++) {
                factors.check(i, c.get(i));
            }
        }
    }

    @Benchmark
    public void lanewise(Factors f) {
        f.multiply();
    }

    @Benchmark
    public void mkl(Factors f, Copies x, MklThreads threads) {
        mkl_rt.cblas_sgemm(
                mkl_rt.CblasRowMajor,
                f.transposedA ? mkl_rt.CblasTrans : mkl_rt.CblasNoTrans,
                f.transposedB ? mkl_rt.CblasTrans : mkl_rt.CblasNoTrans,
                f.m,
                f.n,
                f.k,
                1,
                x.a,
                f.transposedA ? f.m : f.k,
                x.b,
                f.transposedB ? f.k : f.n,
                0,
                x.c,
                f.n);
    }

    @Benchmark
    public void openBlas(Factors f, Copies x, OpenBlasThreads threads) {
        openblas_nolapack.cblas_sgemm(
                openblas_nolapack.CblasRowMajor,
                f.transposedA ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
                f.transposedB ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
                f.m,
                f.n,
                f.k,
                1,
                x.a,
                f.transposedA ? f.m : f.k,
                x.b,
                f.transposedB ? f.k : f.n,
                0,
                x.c,
                f.n);
    }

    @Benchmark
    public void netlib(JavaProduct x) {
        x.netlib();
    }

    @Benchmark
    public void ejml(JavaProduct x) {
        x.ejml();
    }

    @Benchmark
    public void ojAlgo(JavaProduct x) {
        x.ojAlgo();
    }

    /** Sets the threads of MKL; a state of its own, so that a fork loads only the library that it measures. */
    @State(Scope.Benchmark)
    public static class MklThreads {
        @Setup
        public void set(Factors factors) {
            mkl_rt.MKL_Set_Num_Threads(factors.threads);
        }
    }

    /** Sets the threads of OpenBLAS, and prints which of its kernels it has chosen. */
    @State(Scope.Benchmark)
    public static class OpenBlasThreads {
        @Setup
        @SuppressWarnings("restricted")
        public void set(Factors factors) throws Throwable {
            openblas_nolapack.blas_set_num_threads(factors.threads);
            MethodHandle name = Linker.nativeLinker()
                    .downcallHandle(
                            SymbolLookup.loaderLookup().findOrThrow("openblas_get_corename"),
                            FunctionDescriptor.of(ValueLayout.ADDRESS));
            System.out.println("OpenBLAS kernel: "
                    + ((MemorySegment) name.invokeExact()).reinterpret(64).getString(0));
        }
    }
}
