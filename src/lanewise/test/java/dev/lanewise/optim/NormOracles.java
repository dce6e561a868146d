package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.lang.Math.pow;
import static java.lang.Math.signum;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules, and of options of rules, that need a sum over all parameters of a group. */
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

    /** AdamW with optimi's clipping of updates, timm's caution, and Chen et al.'s cautious decay. */
    static Oracle adamW(AdamW r) {
        return new Oracle() {
            private double[] m, v, x;
            private int t;

            @Override
            public void step(double[] p, double[] g, double rate) {
                m = m == null ? new double[p.length] : m;
                v = v == null ? new double[p.length] : v;
                x = x == null ? new double[p.length] : x;
                t++;
                double mean = 1 - pow(r.beta1(), t), square = 1 - pow(r.beta2(), t), squares = 0;
                double[] root = new double[p.length];
                boolean[] agrees = new boolean[p.length];
                for (int i = 0; i < p.length; i++) {
                    m[i] = r.beta1() * m[i] + (1 - r.beta1()) * g[i];
                    v[i] = r.beta2() * v[i] + (1 - r.beta2()) * g[i] * g[i];
                    x[i] = r.amsgrad() ? max(x[i], v[i]) : v[i];
                    root[i] = sqrt(x[i] / square);
                    squares += pow(quotient(g[i], max(root[i], r.epsilon())), 2);
                    agrees[i] = r.caution() == Caution.NONE || m[i] * g[i] > 0;
                }
                double clipped = r.updateClipping() ? rate / max(1, sqrt(squares / p.length)) : rate;
                double factor = r.caution() == Caution.RESCALED ? factor(agrees) : 1;
                for (int i = 0; i < p.length; i++) {
                    double step = agrees[i] ? quotient(factor * m[i] / mean, root[i] + r.epsilon()) : 0;
                    boolean decays = !r.cautiousDecay() || step * p[i] >= 0;
                    p[i] = (decays ? 1 - clipped * r.weightDecay() : 1) * p[i] - clipped * step;
                }
            }
        };
    }

    /** Lion with timm's caution and Chen et al.'s cautious decay. */
    static Oracle lion(Lion r) {
        return new Oracle() {
            private double[] m;

            @Override
            public void step(double[] p, double[] g, double rate) {
                m = m == null ? new double[p.length] : m;
                double[] sign = new double[p.length];
                boolean[] agrees = new boolean[p.length];
                for (int i = 0; i < p.length; i++) {
                    sign[i] = signum(r.beta1() * m[i] + (1 - r.beta1()) * g[i]);
                    m[i] = r.beta2() * m[i] + (1 - r.beta2()) * g[i];
                    agrees[i] = r.caution() == Caution.NONE || sign[i] * g[i] > 0;
                }
                double factor = r.caution() == Caution.RESCALED ? factor(agrees) : 1;
                for (int i = 0; i < p.length; i++) {
                    double step = agrees[i] ? factor * sign[i] : 0;
                    boolean decays = !r.cautiousDecay() || step * p[i] >= 0;
                    p[i] = (decays ? 1 - rate * r.weightDecay() : 1) * p[i] - rate * step;
                }
            }
        };
    }

    private static double factor(boolean[] agrees) {
        int count = 0;
        for (boolean one : agrees) {
            count += one ? 1 : 0;
        }
        return 1 / max(count / (double) agrees.length, 1e-3);
    }

    static double norm(double[] x) {
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        return sqrt(squares);
    }
}
