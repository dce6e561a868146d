package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.ActivationKernel;
import dev.lanewise.internal.kernel.DerivativeKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Readiness;

/** Applies an {@link Activation} or its derivative to contiguous floats: by a kernel, or by the scalar definition until it is compiled. */
final class ActivationLoops {
    private static final Readiness TANH = readiness("Tanh", ActivationKernel::tanh);
    private static final Readiness GELU = readiness("Gelu", ActivationKernel::gelu);
    private static final Readiness SILU = readiness("Silu", ActivationKernel::silu);
    private static final Readiness TANH_DERIVATIVE = readiness("Tanh derivative", DerivativeKernel::tanh);
    private static final Readiness GELU_DERIVATIVE = readiness("Gelu derivative", DerivativeKernel::gelu);
    private static final Readiness SILU_DERIVATIVE = readiness("Silu derivative", DerivativeKernel::silu);

    /** A loop of a kernel. */
    private interface Loop {
        void run(float[] x, int x0, float[] y, int y0, int count);
    }

    private ActivationLoops() {}

    private static Readiness readiness(String name, Loop loop) {
        return new Readiness(name, vectors -> {
            int count = vectors * Kernels.lanes();
            loop.run(new float[count], 0, new float[count], 0, count);
            return count;
        });
    }

    /** Computes y = f(x); y may be x itself. */
    static void apply(Activation activation, float[] x, int x0, float[] y, int y0, int count) {
        switch (activation) {
            case NONE -> System.arraycopy(x, x0, y, y0, count);
            case RELU -> {
                for (int i = 0; i < count; i++) {
                    y[y0 + i] = Math.max(x[x0 + i], 0);
                }
            }
            case TANH -> tanh(x, x0, y, y0, count);
            case GELU -> gelu(x, x0, y, y0, count);
            case SILU -> silu(x, x0, y, y0, count);
        }
    }

    /** Multiplies the gradients g by f′, which follows from what the activation {@linkplain Activation#needsArgument needs}. */
    static void multiply(Activation activation, float[] kept, int k0, float[] g, int g0, int count) {
        switch (activation) {
            case NONE -> {}
            case RELU -> {
                for (int i = 0; i < count; i++) {
                    g[g0 + i] = kept[k0 + i] > 0 ? g[g0 + i] : 0;
                }
            }
            case TANH -> multiplyTanh(kept, k0, g, g0, count);
            case GELU -> multiplyGelu(kept, k0, g, g0, count);
            case SILU -> multiplySilu(kept, k0, g, g0, count);
        }
    }

    private static void tanh(float[] x, int x0, float[] y, int y0, int count) {
        if (TANH.isReady()) {
            int vectors = count - count % Kernels.lanes();
            ActivationKernel.tanh(x, x0, y, y0, vectors);
            tanhEach(x, x0, y, y0, vectors, count);
        } else if (count > 0) {
            long start = TANH.start();
            tanhEach(x, x0, y, y0, 0, count);
            TANH.end(start, count);
        }
    }

    private static void tanhEach(float[] x, int x0, float[] y, int y0, int from, int to) {
        for (int i = from; i < to; i++) {
            y[y0 + i] = Activation.tanh(x[x0 + i]);
        }
    }

    private static void multiplyTanh(float[] kept, int k0, float[] g, int g0, int count) {
        if (TANH_DERIVATIVE.isReady()) {
            int vectors = count - count % Kernels.lanes();
            DerivativeKernel.tanh(kept, k0, g, g0, vectors);
            multiplyTanhEach(kept, k0, g, g0, vectors, count);
        } else if (count > 0) {
            long start = TANH_DERIVATIVE.start();
            multiplyTanhEach(kept, k0, g, g0, 0, count);
            TANH_DERIVATIVE.end(start, count);
        }
    }

    private static void multiplyTanhEach(float[] kept, int k0, float[] g, int g0, int from, int to) {
        for (int i = from; i < to; i++) {
            g[g0 + i] *= Activation.tanhDerivative(kept[k0 + i]);
        }
    }

    private static void gelu(float[] x, int x0, float[] y, int y0, int count) {
        if (GELU.isReady()) {
            int vectors = count - count % Kernels.lanes();
            ActivationKernel.gelu(x, x0, y, y0, vectors);
            geluEach(x, x0, y, y0, vectors, count);
        } else if (count > 0) {
            long start = GELU.start();
            geluEach(x, x0, y, y0, 0, count);
            GELU.end(start, count);
        }
    }

    private static void geluEach(float[] x, int x0, float[] y, int y0, int from, int to) {
        for (int i = from; i < to; i++) {
            y[y0 + i] = Activation.gelu(x[x0 + i]);
        }
    }

    private static void multiplyGelu(float[] kept, int k0, float[] g, int g0, int count) {
        if (GELU_DERIVATIVE.isReady()) {
            int vectors = count - count % Kernels.lanes();
            DerivativeKernel.gelu(kept, k0, g, g0, vectors);
            multiplyGeluEach(kept, k0, g, g0, vectors, count);
        } else if (count > 0) {
            long start = GELU_DERIVATIVE.start();
            multiplyGeluEach(kept, k0, g, g0, 0, count);
            GELU_DERIVATIVE.end(start, count);
        }
    }

    private static void multiplyGeluEach(float[] kept, int k0, float[] g, int g0, int from, int to) {
        for (int i = from; i < to; i++) {
            g[g0 + i] *= Activation.geluDerivative(kept[k0 + i]);
        }
    }

    private static void silu(float[] x, int x0, float[] y, int y0, int count) {
        if (SILU.isReady()) {
            int vectors = count - count % Kernels.lanes();
            ActivationKernel.silu(x, x0, y, y0, vectors);
            siluEach(x, x0, y, y0, vectors, count);
        } else if (count > 0) {
            long start = SILU.start();
            siluEach(x, x0, y, y0, 0, count);
            SILU.end(start, count);
        }
    }

    private static void siluEach(float[] x, int x0, float[] y, int y0, int from, int to) {
        for (int i = from; i < to; i++) {
            y[y0 + i] = Activation.silu(x[x0 + i]);
        }
    }

    private static void multiplySilu(float[] kept, int k0, float[] g, int g0, int count) {
        if (SILU_DERIVATIVE.isReady()) {
            int vectors = count - count % Kernels.lanes();
            DerivativeKernel.silu(kept, k0, g, g0, vectors);
            multiplySiluEach(kept, k0, g, g0, vectors, count);
        } else if (count > 0) {
            long start = SILU_DERIVATIVE.start();
            multiplySiluEach(kept, k0, g, g0, 0, count);
            SILU_DERIVATIVE.end(start, count);
        }
    }

    private static void multiplySiluEach(float[] kept, int k0, float[] g, int g0, int from, int to) {
        for (int i = from; i < to; i++) {
            g[g0 + i] *= Activation.siluDerivative(kept[k0 + i]);
        }
    }
}
