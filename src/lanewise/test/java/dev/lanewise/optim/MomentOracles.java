package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.elements;
import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.abs;
import static java.lang.Math.exp;
import static java.lang.Math.log;
import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.lang.Math.pow;
import static java.lang.Math.signum;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules with other moments than {@link Adam}'s. */
final class MomentOracles {
    private MomentOracles() {}

    static Oracle adaBelief(AdaBelief r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + (r.decoupledWeightDecay() ? 0 : r.weightDecay() * p);
            double kept = r.decoupledWeightDecay() ? p - rate * r.weightDecay() * p : p;
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = r.beta2() * s[1] + (1 - r.beta2()) * pow(g - s[0], 2) + r.epsilon();
            s[2] = max(s[2], s[1]);
            double corrected = s[0] / (1 - pow(r.beta1(), t)), correction = 1 - pow(r.beta2(), t);
            double variance = r.amsgrad() ? s[2] : s[1];
            if (!r.rectify()) {
                return kept - rate * quotient(corrected, sqrt(variance / correction) + r.epsilon());
            }
            double limit = 2 / (1 - r.beta2()) - 1, length = limit - 2 * t * pow(r.beta2(), t) / correction;
            if (length < 5) {
                return kept - rate * corrected;
            }
            double rectifier =
                    sqrt(correction * (length - 4) / (limit - 4) * (length - 2) / length * limit / (limit - 2));
            return kept - rate * rectifier * quotient(corrected, sqrt(variance) + r.epsilon());
        });
    }

    static Oracle adEMAMix(AdEMAMix r) {
        return elements((p, g, rate, t, s) -> {
            double alpha = r.alphaWarmup() > 0 ? min(1, t / (double) r.alphaWarmup()) * r.alpha() : r.alpha();
            double beta3 = r.beta3();
            if (t < r.beta3Warmup()) {
                // Linear in the half-life, with the authors' 1e-8.
                double part = t / (double) r.beta3Warmup();
                double from = log(0.5) / log(r.beta1() + 1e-8), to = log(0.5) / log(r.beta3() + 1e-8);
                beta3 = exp(log(0.5) / (from + part * (to - from)));
            }
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = beta3 * s[1] + (1 - beta3) * g;
            s[2] = r.beta2() * s[2] + (1 - r.beta2()) * g * g;
            double update = s[0] / (1 - pow(r.beta1(), t)) + alpha * s[1];
            double divisor = sqrt(s[2] / (1 - pow(r.beta2(), t))) + r.epsilon();
            return p - rate * (quotient(update, divisor) + r.weightDecay() * p);
        });
    }

    static Oracle adan(Adan r) {
        return elements((p, g, rate, t, s) -> {
            double difference = t == 1 ? 0 : g - s[3], decay = rate * r.weightDecay();
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = r.beta2() * s[1] + (1 - r.beta2()) * difference;
            s[2] = r.beta3() * s[2] + (1 - r.beta3()) * pow(g + r.beta2() * difference, 2);
            s[3] = g;
            double update = s[0] / (1 - pow(r.beta1(), t)) + r.beta2() * s[1] / (1 - pow(r.beta2(), t));
            double step = rate * quotient(update, sqrt(s[2] / (1 - pow(r.beta3(), t))) + r.epsilon());
            return r.proximalDecay() ? (p - step) / (1 + decay) : p * (1 - decay) - step;
        });
    }

    static Oracle adopt(Adopt r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + (r.decoupledWeightDecay() ? 0 : r.weightDecay() * p);
            if (t == 1) {
                s[1] = g * g;
                return p;
            }
            double quotient = quotient(g, max(sqrt(s[1]), r.epsilon())), clip = r.clipExponent();
            double clipped =
                    signum(quotient) * min(abs(quotient), clip == Double.POSITIVE_INFINITY ? clip : pow(t - 1, clip));
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * clipped;
            s[1] = r.beta2() * s[1] + (1 - r.beta2()) * g * g;
            return p - rate * (s[0] + (r.decoupledWeightDecay() ? r.weightDecay() * p : 0));
        });
    }
}
