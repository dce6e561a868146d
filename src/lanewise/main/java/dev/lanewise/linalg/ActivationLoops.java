package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.ActivationKernel;
import dev.lanewise.internal.kernel.DerivativeKernel;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Readiness;

/** Applies an {@link Activation} or its derivative to contiguous floats: by a kernel, or by the scalar definition until it is compiled. */
final class ActivationLoops {
    private static final ActivationLoops TANH =
            new ActivationLoops("Tanh", ActivationKernel::tanh, ActivationLoops::tanh);
    private static final ActivationLoops GELU =
            new ActivationLoops("Gelu", ActivationKernel::gelu, ActivationLoops::gelu);
    private static final ActivationLoops SILU =
            new ActivationLoops("Silu", ActivationKernel::silu, ActivationLoops::silu);
    private static final ActivationLoops TANH_DERIVATIVE =
            new ActivationLoops("Tanh derivative", DerivativeKernel::tanh, ActivationLoops::multiplyTanh);
    private static final ActivationLoops GELU_DERIVATIVE =
            new ActivationLoops("Gelu derivative", DerivativeKernel::gelu, ActivationLoops::multiplyGelu);
    private static final ActivationLoops SILU_DERIVATIVE =
            new ActivationLoops("Silu derivative", DerivativeKernel::silu, ActivationLoops::multiplySilu);

    /** A loop from the floats of one array to those of another: the kernel on whole vectors, or the definition on any number. */
    private interface Loop {
        void run(float[] x, int x0, float[] y, int y0, int count);
    }

    private final Readiness readiness;
    private final Loop kernel, definition;

    private ActivationLoops(String name, Loop kernel, Loop definition) {
        this.kernel = kernel;
        this.definition = definition;
        this.readiness = new Readiness(name, vectors -> {
            int count = vectors * Kernels.lanes();
            kernel.run(new float[count], 0, new float[count], 0, count);
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
            case TANH -> TANH.run(x, x0, y, y0, count);
            case GELU -> GELU.run(x, x0, y, y0, count);
            case SILU -> SILU.run(x, x0, y, y0, count);
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
            case TANH -> TANH_DERIVATIVE.run(kept, k0, g, g0, count);
            case GELU -> GELU_DERIVATIVE.run(kept, k0, g, g0, count);
            case SILU -> SILU_DERIVATIVE.run(kept, k0, g, g0, count);
        }
    }

    private void run(float[] x, int x0, float[] y, int y0, int count) {
        if (readiness.isReady()) {
            int vectors = count - count % Kernels.lanes();
            kernel.run(x, x0, y, y0, vectors);
            definition.run(x, x0 + vectors, y, y0 + vectors, count - vectors);
        } else if (count > 0) {
            long start = readiness.start();
            definition.run(x, x0, y, y0, count);
            readiness.end(start, count);
        }
    }

    // Each definition has a loop of its own, so that C2 compiles it for its function alone.

    private static void tanh(float[] x, int x0, float[] y, int y0, int count) {
        for (int i = 0; i < count; i++) {
            y[y0 + i] = Activation.tanh(x[x0 + i]);
        }
    }

    private static void gelu(float[] x, int x0, float[] y, int y0, int count) {
        for (int i = 0; i < count; i++) {
            y[y0 + i] = Activation.gelu(x[x0 + i]);
        }
    }

    private static void silu(float[] x, int x0, float[] y, int y0, int count) {
        for (int i = 0; i < count; i++) {
            y[y0 + i] = Activation.silu(x[x0 + i]);
        }
    }

    private static void multiplyTanh(float[] kept, int k0, float[] g, int g0, int count) {
        for (int i = 0; i < count; i++) {
            g[g0 + i] *= Activation.tanhDerivative(kept[k0 + i]);
        }
    }

    private static void multiplyGelu(float[] kept, int k0, float[] g, int g0, int count) {
        for (int i = 0; i < count; i++) {
            g[g0 + i] *= Activation.geluDerivative(kept[k0 + i]);
        }
    }

    private static void multiplySilu(float[] kept, int k0, float[] g, int g0, int count) {
        for (int i = 0; i < count; i++) {
            g[g0 + i] *= Activation.siluDerivative(kept[k0 + i]);
        }
    }
}
