package dev.lanewise.optim;

import static java.lang.Math.abs;
import static java.lang.Math.fma;
import static java.lang.Math.max;
import static java.lang.Math.min;
import static java.lang.Math.signum;
import static java.lang.StrictMath.pow;

/**
 * The rules of PyTorch in float32, operation by operation as its {@code _single_tensor} functions on a processor with fma do them:
 * {@code add} and {@code lerp} with a factor end in one fma, and so does {@code addcmul}, and every scalar is a
 * double that is rounded once.
 */
final class PyTorchFloats {
    private PyTorchFloats() {}

    /** A rule with its state. */
    interface Rule {
        /** One step, in place. */
        void step(float[] p, float[] g, double rate);
    }

    /** The next value of one parameter, given its gradient, the learning rate, the step from 1, and its state. */
    private interface Element {
        float next(float p, float g, double rate, int t, float[] state);
    }

    /** {@return the rule of PyTorch that one of the library's is, or null if there is none} */
    static Rule of(UpdateRule rule) {
        Element element = switch (rule) {
            case Sgd r -> sgd(r);
            case Rprop r -> rprop(r);
            case RmsProp r -> rmsProp(r);
            case Adam r -> adam(r);
            case AdamW r -> adamW(r);
            case Adagrad r -> adagrad(r);
            case Adadelta r -> adadelta(r);
            case Adamax r -> adamax(r);
            case NAdam r -> nAdam(r);
            case RAdam r -> rAdam(r);
            default -> null;
        };
        return element == null ? null : new Elements(element);
    }

    private static final class Elements implements Rule {
        private final Element element;
        private float[][] state;
        private int t;

        Elements(Element element) {
            this.element = element;
        }

        @Override
        public void step(float[] p, float[] g, double rate) {
            t++;
            if (state == null) {
                state = new float[p.length][3];
            }
            for (int i = 0; i < p.length; i++) {
                p[i] = element.next(p[i], g[i], rate, t, state[i]);
            }
        }
    }

    private static float add(float x, float other, double alpha) {
        return fma(other, (float) alpha, x);
    }

    private static float lerp(float x, float end, double weight) {
        float w = (float) weight;
        return abs(w) < 0.5f ? fma(w, end - x, x) : fma(w - 1, end - x, end);
    }

    private static float addcmul(float x, float a, float b, double value) {
        return fma((float) value * a, b, x);
    }

    private static float addcdiv(float x, float a, float b, double value) {
        return x + (float) value * a / b;
    }

    private static float sqrt(float x) {
        return (float) Math.sqrt(x);
    }

    private static float decayed(float g, float p, double weightDecay) {
        return weightDecay == 0 ? g : add(g, p, weightDecay);
    }

    private static Element sgd(Sgd r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay());
            if (r.momentum() != 0) {
                s[0] = t == 1 ? g : add(s[0] * (float) r.momentum(), g, 1 - r.dampening());
                g = r.nesterov() ? add(g, s[0], r.momentum()) : s[0];
            }
            return add(p, g, -rate);
        };
    }

    private static Element rprop(Rprop r) {
        return (p, g, rate, t, s) -> {
            float step = t == 1 ? (float) r.initialStep() : s[1];
            float turn = signum(g * s[0]);
            step *= turn > 0 ? (float) r.etaPlus() : turn < 0 ? (float) r.etaMinus() : 1;
            step = min(max(step, (float) r.minStep()), (float) r.maxStep());
            s[0] = turn < 0 ? 0 : g;
            s[1] = step;
            return addcmul(p, signum(s[0]), step, -rate);
        };
    }

    private static Element rmsProp(RmsProp r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay());
            s[0] = addcmul(s[0] * (float) r.alpha(), g, g, 1 - r.alpha());
            float square = s[0];
            if (r.centered()) {
                s[1] = lerp(s[1], g, 1 - r.alpha());
                // PyTorch has NaN where rounding makes it negative; the library has 0.
                square = max(addcmul(square, s[1], s[1], -1), 0);
            }
            float average = sqrt(square) + (float) r.epsilon();
            if (r.momentum() == 0) {
                return addcdiv(p, g, average, -rate);
            }
            s[2] = addcdiv(s[2] * (float) r.momentum(), g, average, 1);
            return add(p, s[2], -rate);
        };
    }

    private static Element adam(Adam r) {
        return (p, g, rate, t, s) ->
                adamStep(p, decayed(g, p, r.weightDecay()), rate, t, s, r.beta1(), r.beta2(), r.epsilon(), r.amsgrad());
    }

    private static Element adamW(AdamW r) {
        return (p, g, rate, t, s) -> adamStep(
                p * (float) (1 - rate * r.weightDecay()),
                g,
                rate,
                t,
                s,
                r.beta1(),
                r.beta2(),
                r.epsilon(),
                r.amsgrad());
    }

    private static float adamStep(
            float p, float g, double rate, int t, float[] s, double beta1, double beta2, double eps, boolean amsgrad) {
        s[0] = lerp(s[0], g, 1 - beta1);
        s[1] = addcmul(s[1] * (float) beta2, g, g, 1 - beta2);
        s[2] = max(s[2], s[1]);
        float root = sqrt(amsgrad ? s[2] : s[1]) / (float) Math.sqrt(1 - pow(beta2, t));
        return addcdiv(p, s[0], root + (float) eps, -rate / (1 - pow(beta1, t)));
    }

    private static Element adagrad(Adagrad r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay());
            s[0] = addcmul(t == 1 ? (float) r.initialSum() : s[0], g, g, 1);
            double decayed = rate / (1 + (t - 1) * r.learningRateDecay());
            return addcdiv(p, g, sqrt(s[0]) + (float) r.epsilon(), -decayed);
        };
    }

    private static Element adadelta(Adadelta r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay()), eps = (float) r.epsilon();
            s[0] = addcmul(s[0] * (float) r.rho(), g, g, 1 - r.rho());
            float delta = sqrt(s[1] + eps) / sqrt(s[0] + eps) * g;
            s[1] = addcmul(s[1] * (float) r.rho(), delta, delta, 1 - r.rho());
            return add(p, delta, -rate);
        };
    }

    private static Element adamax(Adamax r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay());
            s[0] = lerp(s[0], g, 1 - r.beta1());
            s[1] = max(s[1] * (float) r.beta2(), abs(g) + (float) r.epsilon());
            return addcdiv(p, s[0], s[1], -rate / (1 - pow(r.beta1(), t)));
        };
    }

    private static Element nAdam(NAdam r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay());
            double mu = mu(r, t), next = mu(r, t + 1);
            // A tensor of float32.
            s[2] = (t == 1 ? 1 : s[2]) * (float) mu;
            s[0] = lerp(s[0], g, 1 - r.beta1());
            s[1] = addcmul(s[1] * (float) r.beta2(), g, g, 1 - r.beta2());
            float denominator = sqrt(s[1] / (float) (1 - pow(r.beta2(), t))) + (float) r.epsilon();
            float half = addcdiv(p, g, denominator, -rate * (1 - mu) / (1 - s[2]));
            return addcdiv(half, s[0], denominator, -rate * next / (1 - s[2] * next));
        };
    }

    private static double mu(NAdam r, int t) {
        return r.beta1() * (1 - 0.5 * pow(0.96, t * r.momentumDecay()));
    }

    private static Element rAdam(RAdam r) {
        return (p, gradient, rate, t, s) -> {
            float g = decayed(gradient, p, r.weightDecay());
            s[0] = lerp(s[0], g, 1 - r.beta1());
            s[1] = addcmul(s[1] * (float) r.beta2(), g, g, 1 - r.beta2());
            float corrected = s[0] / (float) (1 - pow(r.beta1(), t));
            double power = pow(r.beta2(), t), limit = 2 / (1 - r.beta2()) - 1;
            double length = limit - 2 * t * power / (1 - power);
            if (length <= 5) {
                return p - corrected * (float) rate;
            }
            double rectifier = Math.sqrt((length - 4) * (length - 2) * limit / ((limit - 4) * (limit - 2) * length));
            float adaptive = (float) Math.sqrt(1 - power) / (sqrt(s[1]) + (float) r.epsilon());
            return p - corrected * (float) rate * adaptive * (float) rectifier;
        };
    }
}
