package dev.lanewise.optim;

import static dev.lanewise.optim.Oracles.quotient;
import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.lang.Math.pow;
import static java.lang.Math.sqrt;

import dev.lanewise.optim.Oracles.Oracle;

/** The formulas of the rules whose parameters to evaluate are an average. */
final class AverageOracles {
    private AverageOracles() {}

    static Oracle scheduleFreeSgd(ScheduleFreeSgd r) {
        return new ScheduleFree(
                r.momentum(), r.weightDecay(), r.warmup(), r.stepPower(), r.ratePower(), (g, t, s) -> g) {
            @Override
            double rectification(int t) {
                return 1;
            }
        };
    }

    static Oracle scheduleFreeAdamW(ScheduleFreeAdamW r) {
        return new ScheduleFree(r.beta1(), r.weightDecay(), r.warmup(), r.stepPower(), r.ratePower(), (g, t, s) -> {
            s[1] = r.beta2() * s[1] + (1 - r.beta2()) * g * g;
            s[2] = r.innerMomentum() * s[2] + (1 - r.innerMomentum()) * g;
            double mean = s[2] / (1 - pow(r.innerMomentum(), t));
            return quotient(mean, sqrt(s[1] / (1 - pow(r.beta2(), t))) + r.epsilon());
        }) {
            @Override
            double rectification(int t) {
                double limit = 2 / (1 - r.beta2()) - 1;
                double length = limit - 2 * t * pow(r.beta2(), t) / (1 - pow(r.beta2(), t));
                if (!r.rectify()) {
                    return 1;
                }
                return length <= 4
                        ? 0
                        : sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
            }
        };
    }

    /** The average is not read by the steps, and is tested elsewhere. */
    static Oracle asgd(Asgd r) {
        return new Oracle() {
            private double eta;
            private int t;

            @Override
            public void step(double[] p, double[] g, double rate) {
                t++;
                eta = t == 1 ? rate : eta;
                for (int i = 0; i < p.length; i++) {
                    p[i] = p[i] * (1 - r.lambda() * eta) - eta * (g[i] + r.weightDecay() * p[i]);
                }
                eta = rate / pow(1 + r.lambda() * rate * t, r.power());
            }
        };
    }

    /** What a step moves an element by, for a learning rate of 1. */
    private interface Direction {
        double of(double g, int t, double[] state);
    }

    /** As in the paper, from x and z, which are the state; the parameters are y. */
    private abstract static class ScheduleFree implements Oracle {
        private final double beta, decay, stepPower, ratePower;
        private final long warmup;
        private final Direction direction;
        private double[][] state;
        private double[] x;
        private double most, sum;
        private int t;

        ScheduleFree(double beta, double decay, long warmup, double stepPower, double ratePower, Direction direction) {
            this.beta = beta;
            this.decay = decay;
            this.warmup = warmup;
            this.stepPower = stepPower;
            this.ratePower = ratePower;
            this.direction = direction;
        }

        abstract double rectification(int t);

        @Override
        public void step(double[] p, double[] g, double rate) {
            t++;
            if (state == null) {
                state = new double[p.length][3];
                x = p.clone();
                for (int i = 0; i < p.length; i++) {
                    state[i][0] = p[i];
                }
            }
            double warm = rate * (warmup == 0 ? 1 : min(1, (double) t / warmup)) * rectification(t);
            most = max(most, warm);
            double weight = pow(t, stepPower) * pow(most, ratePower);
            sum += weight;
            for (int i = 0; i < p.length; i++) {
                double[] s = state[i];
                s[0] -= warm * (direction.of(g[i], t, s) + decay * p[i]);
                x[i] += sum == 0 ? 0 : weight / sum * (s[0] - x[i]);
                p[i] = beta * x[i] + (1 - beta) * s[0];
            }
        }
    }
}
