package dev.lanewise.optim;

/**
 * The rules once more, in double, from the papers, the slides and the documentation of their sources; nothing is folded or flushed.
 * Each family of rules has a class of its own, beside its rows of the {@link RuleTable}; this one has what they share.
 */
final class Oracles {
    /** How many numbers an element's state has at most. */
    private static final int STATE = 4;

    private Oracles() {}

    /** A rule with its state. */
    interface Oracle {
        /** One step, in place. */
        void step(double[] p, double[] g, double rate);

        /** The rule for parameters with a shape, where it needs one. */
        default Oracle of(MatrixShape shape) {
            return this;
        }
    }

    /** The next value of one parameter, given its gradient, the learning rate, the step from 1, and its state. */
    interface Element {
        double next(double p, double g, double rate, int t, double[] state);
    }

    static Oracle elements(Element element) {
        return new Oracle() {
            private double[][] state;
            private int t;

            @Override
            public void step(double[] p, double[] g, double rate) {
                t++;
                if (state == null) {
                    state = new double[p.length][STATE];
                }
                for (int i = 0; i < p.length; i++) {
                    p[i] = element.next(p[i], g[i], rate, t, state[i]);
                }
            }
        };
    }

    /** 0 / 0 is 0: a gradient that was always 0 moves nothing, with ε = 0 too. */
    static double quotient(double a, double b) {
        return a == 0 ? 0 : a / b;
    }
}
