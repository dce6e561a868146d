package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.Oracles.Oracle;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The row of the rule whose second moment is a number for each layer, and its formula. */
final class LayerRows {
    static final List<Row> ROWS = List.of(row(
            NovoGrad.class,
            LayerRows::novoGrad,
            new NovoGrad().withLearningRate(0.01),
            List.of(
                    new Valid(new NovoGrad(new Constant(1e-3), 0.95, 0.98, 1e-8, 0, false, false), 24, "exp_avg"),
                    new Valid(new NovoGrad(new Constant(0.01), 0.9, 0.25, 0, 0, true, false), 24, "exp_avg"),
                    new Valid(new NovoGrad(new Constant(0.01), 0.5, 0.9, 1e-6, 0.1, false, true), 24, "exp_avg")),
            Stream.of(
                    rates(new NovoGrad()::withLearningRate),
                    averages("beta1", x -> new NovoGrad().withBetas(x, 0.9)),
                    averages("beta2", x -> new NovoGrad().withBetas(0.9, x)),
                    notNegative("epsilon", new NovoGrad()::withEpsilon),
                    decays(0.1, new NovoGrad().withLearningRate(0.1)::withWeightDecay)),
            goldens("golden2/novograd", "golden2/novograd_amsgrad", "golden2/novograd_wd_averaging"),
            // With a corrected bias of v the first step would be √(1 − β₂) of this one.
            List.of(new Hand(
                    new NovoGrad().withLearningRate(0.01),
                    .4975746438,
                    -.2402985752,
                    .4879773060,
                    -.2359443880,
                    .4837595593,
                    -.2318079101))));

    private LayerRows() {}

    private static Oracle novoGrad(NovoGrad r) {
        return new Oracle() {
            private double v, most;
            private double[] m;

            @Override
            public void step(double[] p, double[] g, double rate) {
                m = m == null ? new double[p.length] : m;
                double squares = 0;
                for (double x : g) {
                    squares += x * x;
                }
                v = v == 0 ? squares : r.beta2() * v + (1 - r.beta2()) * squares;
                most = r.amsgrad() ? Math.max(most, v) : v;
                for (int i = 0; i < p.length; i++) {
                    double u = Oracles.quotient(g[i], Math.sqrt(most) + r.epsilon()) + r.weightDecay() * p[i];
                    m[i] = r.beta1() * m[i] + (r.gradientAveraging() ? 1 - r.beta1() : 1) * u;
                    p[i] -= rate * m[i];
                }
            }
        };
    }
}
