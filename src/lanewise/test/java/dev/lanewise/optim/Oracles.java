package dev.lanewise.optim;

import static java.lang.Math.abs;
import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.lang.Math.pow;
import static java.lang.Math.signum;
import static java.lang.Math.sqrt;

/** The rules once more, in double, from the papers, the slides and PyTorch's documentation; nothing is folded or flushed. */
final class Oracles {
    private Oracles() {}

    /** A rule with its state. */
    interface Oracle {
        /** One step, in place. */
        void step(double[] p, double[] g, double rate);
    }

    /** The next value of one parameter, given its gradient, the learning rate, the step from 1, and its state. */
    private interface Element {
        double next(double p, double g, double rate, int t, double[] state);
    }

    private static Oracle elements(Element element) {
        return new Oracle() {
            private double[][] state;
            private int t;

            @Override
            public void step(double[] p, double[] g, double rate) {
                t++;
                if (state == null) {
                    state = new double[p.length][3];
                }
                for (int i = 0; i < p.length; i++) {
                    p[i] = element.next(p[i], g[i], rate, t, state[i]);
                }
            }
        };
    }

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

    static Oracle adam(Adam r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            return p - rate * adamStep(g, t, s, r.beta1(), r.beta2(), r.epsilon(), r.amsgrad());
        });
    }

    static Oracle adamW(AdamW r) {
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

    static Oracle lion(Lion r) {
        return elements((p, g, rate, t, s) -> {
            double update = signum(r.beta1() * s[0] + (1 - r.beta1()) * g);
            s[0] = r.beta2() * s[0] + (1 - r.beta2()) * g;
            return p - rate * (update + r.weightDecay() * p);
        });
    }

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

    static Oracle adamax(Adamax r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
            s[0] = r.beta1() * s[0] + (1 - r.beta1()) * g;
            s[1] = max(r.beta2() * s[1], abs(g) + r.epsilon());
            return p - rate / (1 - pow(r.beta1(), t)) * quotient(s[0], s[1]);
        });
    }

    static Oracle nAdam(NAdam r) {
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
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
        return elements((p, gradient, rate, t, s) -> {
            double g = gradient + r.weightDecay() * p;
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

    /** 0 / 0 is 0: a gradient that was always 0 moves nothing, with ε = 0 too. */
    private static double quotient(double a, double b) {
        return a == 0 ? 0 : a / b;
    }
}
