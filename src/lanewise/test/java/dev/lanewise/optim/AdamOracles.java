package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.elements;
import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.abs;
import static java.lang.Math.max;
import static java.lang.Math.pow;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of {@link Adam} and the rules that vary it. */
final class AdamOracles {
    private AdamOracles() {}

    static Oracle adam(Adam r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            return p - rate * adamStep(g, t, s, r.beta1(), r.beta2(), r.epsilon(), r.amsgrad());
        });
    }

    static Oracle adamW(AdamW r) {
        if (r.updateClipping() || r.caution() != Caution.NONE || r.cautiousDecay()) {
            return NormOracles.adamW(r);
        }
        return elements((p, g, rate, t, s) -> p
                - rate * r.weightDecay() * p
                - rate * adamStep(g, t, s, r.beta1(), r.beta2(), r.epsilon(), r.amsgrad()));
    }

    /** Kingma and Ba's Algorithm 1, with PyTorch's order of maximum and correction. */
    private static double adamStep(
            double g, int t, double[] s, double beta1, double beta2, double epsilon, boolean amsgrad) {
        s[0] = beta1 * s[0] + (1 - beta1) * g;
        s[1] = beta2 * s[1] + (1 - beta2) * g * g;
        s[2] = max(s[2], s[1]);
        double corrected = s[0] / (1 - pow(beta1, t));
        double square = (amsgrad ? s[2] : s[1]) / (1 - pow(beta2, t));
        return quotient(corrected, sqrt(square) + epsilon);
    }

    static Oracle adamax(Adamax r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = max(r.beta2() * s[1], abs(g) + r.epsilon());
            return p - rate / (1 - pow(r.beta1(), t)) * quotient(s[0], s[1]);
        });
    }

    static Oracle nAdam(NAdam r) {
        return elements((before, gradient, rate, t, s) -> {
            boolean decoupled = r.decoupledWeightDecay();
            double g = gradient + (decoupled ? 0 : r.weightDecay() * before);
            double p = before - (decoupled ? rate * r.weightDecay() * before : 0);
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = r.beta2() * s[1] + (1 - r.beta2()) * g * g;
            double product = 1, mu = 0;
            for (int i = 1; i <= t; i++) {
                mu = r.beta1() * (1 - 0.5 * pow(0.96, i * r.momentumDecay()));
                product *= mu;
            }
            double next = r.beta1() * (1 - 0.5 * pow(0.96, (t + 1) * r.momentumDecay()));
            double corrected = next * s[0] / (1 - product * next) + (1 - mu) * g / (1 - product);
            return p - rate * quotient(corrected, sqrt(s[1] / (1 - pow(r.beta2(), t))) + r.epsilon());
        });
    }

    static Oracle rAdam(RAdam r) {
        return elements((before, gradient, rate, t, s) -> {
            boolean decoupled = r.decoupledWeightDecay();
            double g = gradient + (decoupled ? 0 : r.weightDecay() * before);
            double p = before - (decoupled ? rate * r.weightDecay() * before : 0);
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = r.beta2() * s[1] + (1 - r.beta2()) * g * g;
            double corrected = s[0] / (1 - pow(r.beta1(), t)), limit = 2 / (1 - r.beta2()) - 1;
            double length = limit - 2 * t * pow(r.beta2(), t) / (1 - pow(r.beta2(), t));
            if (length <= 5) {
                return p - rate * corrected;
            }
            double rectifier = sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
            return p - rate * rectifier * quotient(corrected * sqrt(1 - pow(r.beta2(), t)), sqrt(s[1]) + r.epsilon());
        });
    }
}
