package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.min;
import static java.lang.Math.pow;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules that need a norm over all parameters of a group. */
final class NormOracles {
    private NormOracles() {}

    /** timm's Lamb. */
    static Oracle lamb(Lamb r) {
        return new Oracle() {
            private double[] m, v;
            private int t;

            @Override
            public void step(double[] p, double[] g, double rate) {
                m = m == null ? new double[p.length] : m;
                v = v == null ? new double[p.length] : v;
                t++;
                double mean = r.biasCorrection() ? 1 - pow(r.beta1(), t) : 1;
                double square = r.biasCorrection() ? 1 - pow(r.beta2(), t) : 1;
                double[] direction = new double[p.length];
                for (int i = 0; i < p.length; i++) {
                    m[i] = r.beta1() * m[i] + (r.gradientAveraging() ? 1 - r.beta1() : 1) * g[i];
                    v[i] = r.beta2() * v[i] + (1 - r.beta2()) * g[i] * g[i];
                    double adam = quotient(m[i] / mean, sqrt(v[i] / square) + r.epsilon());
                    direction[i] = adam + r.weightDecay() * p[i];
                }
                double ratio = 1;
                if (r.weightDecay() != 0 || r.alwaysAdapt()) {
                    ratio = norm(p) > 0 && norm(direction) > 0 ? norm(p) / norm(direction) : 1;
                }
                for (int i = 0; i < p.length; i++) {
                    p[i] -= rate * (r.trustClip() ? min(ratio, 1) : ratio) * direction[i];
                }
            }
        };
    }

    /** timm's Lars. */
    static Oracle lars(Lars r) {
        return new Oracle() {
            private double[] b;

            @Override
            public void step(double[] p, double[] g, double rate) {
                double ratio = 1;
                if (r.weightDecay() != 0 || r.alwaysAdapt()) {
                    double divisor = norm(g) + r.weightDecay() * norm(p) + r.epsilon();
                    ratio = norm(p) > 0 && norm(g) > 0 ? r.trust() * norm(p) / divisor : 1;
                    ratio = r.trustClip() ? min(ratio / rate, 1) : ratio;
                }
                boolean first = b == null;
                b = first ? new double[p.length] : b;
                for (int i = 0; i < p.length; i++) {
                    double u = ratio * (g[i] + r.weightDecay() * p[i]);
                    b[i] = first ? u : r.momentum() * b[i] + (1 - r.dampening()) * u;
                    double s = r.momentum() == 0 ? u : r.nesterov() ? u + r.momentum() * b[i] : b[i];
                    p[i] -= rate * s;
                }
            }
        };
    }

    static double norm(double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        return sqrt(squares);
    }
}
