package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;
import java.util.Arrays;
import java.util.Map;

/** Functions to minimize, in double, and as objectives of {@link Lbfgs} whose gradient is rounded to float. */
final class Functions {
    private Functions() {}

    /** A function of doubles with its gradient. */
    interface Function {
        double at(double[] x, double[] gradient);

        default Lbfgs.Objective objective() {
            return (parameters, gradient) -> {
                double[] x = new double[(int) parameters.length()], g = new double[x.length];
                for (int i = 0; i < x.length; i++) {
                    x[i] = parameters.get(i);
                }
                double loss = at(x, g);
                for (int i = 0; i < x.length; i++) {
                    gradient.set(i, (float) g[i]);
                }
                return loss;
            };
        }
    }

    /** Σ 100·(x[i+1] − x[i]²)² + (1 − x[i])², whose minimum is at 1. */
    static double rosenbrock(double[] x, double[] gradient) {
        double sum = 0;
        Arrays.fill(gradient, 0);
        for (int i = 0; i + 1 < x.length; i++) {
            double r = x[i + 1] - x[i] * x[i], s = 1 - x[i];
            sum += 100 * r * r + s * s;
            gradient[i] += -400 * x[i] * r - 2 * s;
            gradient[i + 1] += 200 * r;
        }
        return sum;
    }

    /** ½·xᵀ·A·x − bᵀ·x. */
    static Function quadratic(double[][] a, double[] b) {
        return (x, gradient) -> {
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                double ax = 0;
                for (int j = 0; j < x.length; j++) {
                    ax += a[i][j] * x[j];
                }
                sum += 0.5 * x[i] * ax - b[i] * x[i];
                gradient[i] = ax - b[i];
            }
            return sum;
        };
    }

    /** The objective of a golden file. */
    static Function of(Map<String, Object> objective) {
        return objective.containsKey("A")
                ? quadratic(
                        GoldenTrajectory.numberRows(objective.get("A")), GoldenTrajectory.numbers(objective.get("b")))
                : Functions::rosenbrock;
    }

    /**
     * Σ ½·wᵢ·(xᵢ − 1)² + ¼·vᵢ·xᵢ⁴, computed in float without an allocation, for many parameters.
     *
     * @param curvature w, from which v follows
     */
    static Lbfgs.Objective separable(float[] curvature) {
        float[] x = new float[curvature.length], g = new float[x.length];
        return (parameters, gradient) -> {
            parameters.copyTo(0, x, 0, x.length);
            double sum = 0;
            for (int i = 0; i < x.length; i++) {
                float d = x[i] - 1, q = x[i] * x[i] * x[i] / 8;
                g[i] = curvature[i] * d + q;
                sum += 0.5 * curvature[i] * d * d + 0.25 * q * x[i];
            }
            gradient.copyFrom(g, 0, 0, g.length);
            return sum;
        };
    }

    static FloatSpan start(double[] start) {
        return FloatSpan.of(GoldenTrajectory.floats(start));
    }
}
