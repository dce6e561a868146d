package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.positive;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.Oracles.Oracle;
import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The row of the rule that estimates its learning rate, and its formula. */
final class RateFreeRows {
    private static final double NONE = Double.POSITIVE_INFINITY;

    static final List<Row> ROWS = List.of(row(
            Prodigy.class,
            RateFreeRows::prodigy,
            new Prodigy(),
            List.of(
                    new Valid(
                            new Prodigy(new Constant(1), 0.9, 0.999, 0, 1e-8, 0, false, false, 1e-6, 1, NONE),
                            52,
                            "s",
                            "p0",
                            "exp_avg",
                            "exp_avg_sq"),
                    new Valid(
                            new Prodigy(new Constant(0.5), 0.8, 0.99, 0.9, 1e-8, 0.1, true, true, 1e-3, 2, 1.02),
                            52,
                            "s",
                            "p0",
                            "exp_avg",
                            "exp_avg_sq")),
            Stream.of(
                    rates(new Prodigy()::withLearningRate),
                    averages("beta1", x -> new Prodigy().withBetas(x, 0.9)),
                    averages("beta2", x -> new Prodigy().withBetas(0.9, x)),
                    averages("beta3", new Prodigy()::withBeta3),
                    notNegative("epsilon", new Prodigy()::withEpsilon),
                    positive("d0", new Prodigy()::withD0),
                    positive("factor", new Prodigy()::withFactor),
                    Stream.of(0.99, Double.NaN)
                            .map(x -> new Bad(() -> new Prodigy().withGrowth(x), "growth must be at least 1: " + x)),
                    decays(0.1, new Prodigy(0.1)::withWeightDecay)),
            goldens(
                    "golden2/prodigy",
                    "golden2/prodigy_bias_correction_wd",
                    "golden2/prodigy_capped_growth",
                    "golden2/prodigy_safeguard",
                    "golden2/prodigy_two"),
            List.of(
                    new Hand(
                            new Prodigy(),
                            .4999968377,
                            -.2499968377,
                            .4999929375,
                            -.2499957059,
                            .4999916609,
                            -.2499946868),
                    new Hand(
                            new Prodigy().withD0(0.01).withBiasCorrection(true),
                            .4900000316,
                            -.2400000079,
                            .4808222296,
                            -.2373366394,
                            .4782431937,
                            -.2352778478))));

    private RateFreeRows() {}

    private static Oracle prodigy(Prodigy r) {
        return new Oracle() {
            private final double beta3 = r.beta3() == 0 ? Math.sqrt(r.beta2()) : r.beta3();
            private double d = r.d0(), most = r.d0(), numerator;
            private double[] begin, s, m, v;
            private int k;

            @Override
            public void step(double[] p, double[] g, double rate) {
                int n = p.length;
                if (begin == null) {
                    begin = p.clone();
                    s = new double[n];
                    m = new double[n];
                    v = new double[n];
                }
                double corrected = !r.biasCorrection()
                        ? 1
                        : Math.sqrt(1 - Math.pow(r.beta2(), k + 1)) / (1 - Math.pow(r.beta1(), k + 1));
                double q = d * rate * corrected, product = 0, magnitudes = 0;
                for (int i = 0; i < n; i++) {
                    product += g[i] * (begin[i] - p[i]);
                    m[i] = r.beta1() * m[i] + (1 - r.beta1()) * d * g[i];
                    v[i] = r.beta2() * v[i] + (1 - r.beta2()) * d * d * g[i] * g[i];
                    s[i] = beta3 * s[i] + d / r.d0() * (r.safeguard() ? d : q) * g[i];
                    magnitudes += Math.abs(s[i]);
                }
                if (magnitudes == 0) {
                    return;
                }
                numerator = beta3 * numerator + d / r.d0() * q * product;
                double estimate = r.factor() * numerator / magnitudes;
                d = d == r.d0() ? Math.max(d, estimate) : d;
                most = Math.max(most, estimate);
                d = Math.min(most, d * r.growth());
                for (int i = 0; i < n; i++) {
                    double move = Oracles.quotient(m[i], Math.sqrt(v[i]) + d * r.epsilon());
                    p[i] -= q * (r.weightDecay() * p[i] + move);
                }
                k++;
            }
        };
    }
}
