package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.elements;
import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.abs;
import static java.lang.Math.pow;
import static java.lang.Math.signum;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules for embedding tables and sparse models. */
final class SparseOracles {
    private SparseOracles() {}

    static Oracle sparseAdam(SparseAdam r) {
        return elements((p, g, rate, t, s) -> {
            s[0] += (1 - r.beta1()) * (g - s[0]);
            s[1] += (1 - r.beta2()) * (g * g - s[1]);
            double step = rate * sqrt(1 - pow(r.beta2(), t)) / (1 - pow(r.beta1(), t));
            return p - step * quotient(s[0], sqrt(s[1]) + r.epsilon());
        });
    }

    /** The linear term is the source's times the rate, so that the rate may be 0 and may change. */
    static Oracle ftrl(Ftrl r) {
        return elements((p, g, rate, t, s) -> {
            double before = t == 1 ? r.initialAccumulator() : s[0], power = -r.learningRatePower();
            s[0] = before + g * g;
            if (s[1] == 0 && r.fromParameters()) {
                s[1] = -p * (pow(before, power) + r.beta() + 2 * rate * r.l2());
            }
            s[1] += rate * (g + 2 * r.l2Shrinkage() * p) - (pow(s[0], power) - pow(before, power)) * p;
            double divisor = pow(s[0], power) + r.beta() + 2 * rate * r.l2();
            double excess = abs(s[1]) - rate * r.l1();
            return excess <= 0 ? 0 : -signum(s[1]) * excess / divisor;
        });
    }
}
