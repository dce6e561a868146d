package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.elements;
import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.lang.Math.signum;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the lecture's rules before {@link Adam}. */
final class LectureOracles {
    private LectureOracles() {}

    static Oracle sgd(Sgd r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            if (r.momentum() == 0) {
                return p - rate * g;
            }
            s[0] = t == 1 ? g : r.momentum() * s[0] + (1 - r.dampening()) * g;
            return p - rate * (r.nesterov() ? g + r.momentum() * s[0] : s[0]);
        });
    }

    static Oracle normalizedSgd(NormalizedSgd r) {
        return new Oracle() {
            private double[] b;

            @Override
            public void step(double[] p, double[] g, double rate) {
                b = b == null ? new double[p.length] : b;
                double squares = 0;
                for (double x : g) {
                    squares += x * x;
                }
                double norm = sqrt(squares);
                for (int i = 0; i < p.length; i++) {
                    b[i] = r.momentum() * b[i] + (norm > r.epsilon() ? g[i] / norm : 0);
                    p[i] -= rate * b[i];
                }
            }
        };
    }

    static Oracle rprop(Rprop r) {
        return elements((p, g, rate, t, s) -> {
            double step = t == 1 ? r.initialStep() : s[1];
            double turn = signum(g) * signum(s[0]);
            step *= turn > 0 ? r.etaPlus() : turn < 0 ? r.etaMinus() : 1;
            step = min(max(step, r.minStep()), r.maxStep());
            s[0] = turn < 0 ? 0 : g;
            s[1] = step;
            return p - step * rate * signum(s[0]);
        });
    }

    static Oracle rmsProp(RmsProp r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            s[0] += (1 - r.alpha()) * (g * g - s[0]);
            s[1] += (1 - r.alpha()) * (g - s[1]);
            double variance = r.centered() ? max(s[0] - s[1] * s[1], 0) : s[0];
            double scaled = quotient(g, sqrt(variance) + r.epsilon());
            s[2] = r.momentum() * s[2] + scaled;
            return p - rate * s[2];
        });
    }

    static Oracle adamV0(AdamV0 r) {
        return elements((p, g, rate, t, s) -> {
            s[0] = r.momentum() * s[0] + g;
            s[1] += (1 - r.beta2()) * (g * g - s[1]);
            return p - rate * quotient(s[0], sqrt(s[1]) + r.epsilon());
        });
    }
}
