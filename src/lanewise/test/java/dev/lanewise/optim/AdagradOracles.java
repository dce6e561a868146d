package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.elements;
import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules that add up squares. */
final class AdagradOracles {
    private AdagradOracles() {}

    static Oracle adagrad(Adagrad r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            s[0] = (t == 1 ? r.initialSum() : s[0]) + g * g;
            return p - rate / (1 + (t - 1) * r.learningRateDecay()) * quotient(g, sqrt(s[0]) + r.epsilon());
        });
    }

    static Oracle adadelta(Adadelta r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            s[0] = r.rho() * s[0] + (1 - r.rho()) * g * g;
            double step = sqrt(s[1] + r.epsilon()) / sqrt(s[0] + r.epsilon()) * g;
            s[1] = r.rho() * s[1] + (1 - r.rho()) * step * step;
            return p - rate * step;
        });
    }
}
