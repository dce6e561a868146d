package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the rules whose steps are scaled by norms. */
final class NormRows {
    static final List<Row> ROWS = List.of(
            row(
                    Lamb.class,
                    NormOracles::lamb,
                    new Lamb().withLearningRate(0.02).withWeightDecay(0).withAlwaysAdapt(true),
                    List.of(
                            new Valid(
                                    new Lamb(new Constant(1e-3), 0.9, 0.999, 1e-6, 0.01, false, false, true, true),
                                    40,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Lamb(new Constant(0.01), 0.8, 0.99, 0, 0, true, true, false, false),
                                    40,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Lamb(new Constant(0.01), 0.5, 0.9, 1e-3, 0, false, false, true, true),
                                    40,
                                    "exp_avg",
                                    "exp_avg_sq")),
                    Stream.of(
                            rates(new Lamb()::withLearningRate),
                            averages("beta1", x -> new Lamb().withBetas(x, 0.9)),
                            averages("beta2", x -> new Lamb().withBetas(0.9, x)),
                            notNegative("epsilon", new Lamb()::withEpsilon),
                            decays(0.1, new Lamb().withLearningRate(0.1)::withWeightDecay)),
                    goldens(
                            "golden2/lamb",
                            "golden2/lamb_always_adapt",
                            "golden2/lamb_bias_excluded",
                            "golden2/lamb_clip",
                            "golden2/lamb_no_ratio",
                            "golden2/lamb_trust_clip_no_bias_correction",
                            "golden2/lamb_zero_bias"),
                    List.of(new Hand(
                            new Lamb(0.01),
                            .4960422481,
                            -.2460520638,
                            .4907260722,
                            -.2445034428,
                            .4864295419,
                            -.2410976788))),
            row(
                    Lars.class,
                    NormOracles::lars,
                    new Lars().withLearningRate(5).withWeightDecay(0).withAlwaysAdapt(true),
                    List.of(
                            new Valid(
                                    new Lars(new Constant(1), 0.9, 0, false, 5e-4, 1e-3, 1e-8, false, false),
                                    24,
                                    "momentum_buffer"),
                            new Valid(
                                    new Lars(new Constant(0.05), 0.8, 0.3, false, 0, 0.02, 0, true, true),
                                    24,
                                    "momentum_buffer"),
                            new Valid(
                                    new Lars(new Constant(0.01), 0.8, 0, true, 0, 0.01, 0.1, false, false),
                                    24,
                                    "momentum_buffer"),
                            new Valid(new Lars(new Constant(0.1), 0, 0, false, 0.1, 0.1, 0.01, false, true), 16)),
                    Stream.of(
                            rates(new Lars()::withLearningRate),
                            averages("momentum", new Lars()::withMomentum),
                            notNegative("trust", new Lars()::withTrust),
                            notNegative("epsilon", new Lars()::withEpsilon),
                            decays(0.1, new Lars().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(
                                    new Bad(() -> new Lars().withDampening(1.5), "dampening must be in [0, 1]: 1.5"),
                                    new Bad(
                                            () -> new Lars().withDampening(Double.NaN),
                                            "dampening must be in [0, 1]: NaN"),
                                    new Bad(
                                            () -> new Lars().withMomentum(0).withNesterov(true),
                                            "momentum must be above 0 with nesterov: 0.0"),
                                    new Bad(
                                            () -> new Lars().withDampening(0.2).withNesterov(true),
                                            "dampening must be 0 with nesterov: 0.2"))),
                    goldens(
                            "golden2/lars",
                            "golden2/lars_always_adapt",
                            "golden2/lars_bias_excluded",
                            "golden2/lars_nesterov",
                            "golden2/lars_trust_clip",
                            "golden2/lars_zero_bias"),
                    List.of(new Hand(
                            new Lars().withWeightDecay(0.01).withEpsilon(0),
                            .4998595437,
                            -.2494615842,
                            .4992677730,
                            -.2492783594,
                            .4992645186,
                            -.2491066904))));

    private NormRows() {}
}
