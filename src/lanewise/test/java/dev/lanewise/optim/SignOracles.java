package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.elements;
import static java.lang.Math.signum;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules that step by a sign. */
final class SignOracles {
    private SignOracles() {}

    static Oracle lion(Lion r) {
        if (r.caution() != Caution.NONE || r.cautiousDecay()) {
            return NormOracles.lion(r);
        }
        return elements((p, g, rate, t, s) -> {
            double update = signum(r.beta1() * s[0] + (1 - r.beta1()) * g);
            s[0] = r.beta2() * s[0] + (1 - r.beta2()) * g;
            return p - rate * (update + r.weightDecay() * p);
        });
    }

    static Oracle ofSignum(Signum r) {
        return elements((p, g, rate, t, s) -> {
            s[0] = r.momentum() * s[0] + (1 - r.momentum()) * g;
            return p - rate * (signum(s[0]) + r.weightDecay() * p);
        });
    }
}
