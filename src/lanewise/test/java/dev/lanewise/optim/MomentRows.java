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

/** The rows of the rules with other moments than {@link Adam}'s. */
final class MomentRows {
    private static final double NAN = Double.NaN, INFINITY = Double.POSITIVE_INFINITY;

    static final List<Row> ROWS = List.of(
            row(
                    AdaBelief.class,
                    MomentOracles::adaBelief,
                    new AdaBelief(new Constant(0.02), 0.9, 0.999, 1e-8, 0, true, false, false),
                    List.of(
                            new Valid(
                                    new AdaBelief(new Constant(1e-3), 0.9, 0.999, 1e-16, 0, true, true, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_var"),
                            new Valid(
                                    new AdaBelief(new Constant(0.01), 0.8, 0.9, 1e-8, 0.1, true, false, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_var"),
                            new Valid(
                                    new AdaBelief(new Constant(0.01), 0.8, 0.9, 0, 0.1, false, true, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_var"),
                            new Valid(
                                    new AdaBelief(new Constant(0.01), 0.9, 0.9, 1e-8, 0.1, false, false, true),
                                    36,
                                    "exp_avg",
                                    "exp_avg_var",
                                    "max_exp_avg_var"),
                            new Valid(
                                    new AdaBelief(new Constant(0.001), 0.9, 0.99, 1e-8, 0, true, true, true),
                                    36,
                                    "exp_avg",
                                    "exp_avg_var",
                                    "max_exp_avg_var")),
                    Stream.of(
                            rates(new AdaBelief()::withLearningRate),
                            averages("beta1", x -> new AdaBelief().withBetas(x, 0.9)),
                            averages("beta2", x -> new AdaBelief().withBetas(0.9, x)),
                            notNegative("epsilon", new AdaBelief()::withEpsilon),
                            decays(0.1, new AdaBelief().withLearningRate(0.1)::withWeightDecay)),
                    goldens(
                            "golden2/adabelief",
                            "golden2/adabelief_rectify",
                            "golden2/adabelief_wd",
                            "golden2/adabelief_amsgrad",
                            "golden2/adabelief_l2"),
                    List.of(
                            new Hand(
                                    new AdaBelief().withRectify(false),
                                    .4988888889,
                                    -.2488888889,
                                    .4978376458,
                                    -.2486051881,
                                    .4975619361,
                                    -.2483860157),
                            new Hand(
                                    new AdaBelief().withRectify(false).withEpsilon(1e-8),
                                    .4988895742,
                                    -.2488889318,
                                    .4978384690,
                                    -.2486052471,
                                    .4975627931,
                                    -.2483860933))),
            row(
                    AdEMAMix.class,
                    MomentOracles::adEMAMix,
                    new AdEMAMix().withLearningRate(0.01).withBetas(0.9, 0.999, 0.99),
                    List.of(
                            new Valid(
                                    new AdEMAMix(new Constant(1e-3), 0.9, 0.999, 0.9999, 2, 0, 0, 1e-8, 0),
                                    36,
                                    "exp_avg_fast",
                                    "exp_avg_slow",
                                    "exp_avg_sq"),
                            new Valid(
                                    new AdEMAMix(new Constant(0.01), 0, 0.9, 0.99, 5, 40, 0, 0, 0.1),
                                    36,
                                    "exp_avg_fast",
                                    "exp_avg_slow",
                                    "exp_avg_sq"),
                            new Valid(
                                    new AdEMAMix(new Constant(0.01), 0.8, 0.9, 0.99, 5, 20, 30, 1e-6, 0),
                                    36,
                                    "exp_avg_fast",
                                    "exp_avg_slow",
                                    "exp_avg_sq")),
                    Stream.of(
                            rates(new AdEMAMix()::withLearningRate),
                            averages("beta1", x -> new AdEMAMix().withBetas(x, 0.9, 0.9)),
                            averages("beta2", x -> new AdEMAMix().withBetas(0.9, x, 0.9)),
                            averages("beta3", x -> new AdEMAMix().withBetas(0.9, 0.9, x)),
                            notNegative("alpha", new AdEMAMix()::withAlpha),
                            notNegative("epsilon", new AdEMAMix()::withEpsilon),
                            decays(0.1, new AdEMAMix().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(
                                    new Bad(
                                            () -> new AdEMAMix().withBeta3Warmup(-1),
                                            "beta3Warmup must be at least 0: -1"),
                                    new Bad(
                                            () -> new AdEMAMix().withAlphaWarmup(-1),
                                            "alphaWarmup must be at least 0: -1"))),
                    goldens("golden2/ademamix", "golden2/ademamix_warmup_wd"),
                    List.of(
                            new Hand(
                                    new AdEMAMix().withAlpha(5),
                                    .4989995001,
                                    -.2489995000,
                                    .4980808248,
                                    -.2487328468,
                                    .4978224583,
                                    -.2485265801),
                            new Hand(
                                    new AdEMAMix()
                                            .withAlpha(5)
                                            .withBetas(0.9, 0.999, 0.99)
                                            .withWeightDecay(0.1),
                                    .4989000001,
                                    -.2489250000,
                                    .4978431278,
                                    -.2486027755,
                                    .4974903085,
                                    -.2483344452))),
            row(
                    Adan.class,
                    MomentOracles::adan,
                    new Adan().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new Adan(new Constant(1e-3), 0.98, 0.92, 0.99, 1e-8, 0, true),
                                    44,
                                    "exp_avg",
                                    "exp_avg_diff",
                                    "exp_avg_sq",
                                    "neg_pre_grad"),
                            new Valid(
                                    new Adan(new Constant(0.01), 0.9, 0.8, 0.95, 0, 0.1, true),
                                    44,
                                    "exp_avg",
                                    "exp_avg_diff",
                                    "exp_avg_sq",
                                    "neg_pre_grad"),
                            new Valid(
                                    new Adan(new Constant(0.01), 0.9, 0, 0.9, 1e-6, 0.1, false),
                                    44,
                                    "exp_avg",
                                    "exp_avg_diff",
                                    "exp_avg_sq",
                                    "neg_pre_grad")),
                    Stream.of(
                            rates(new Adan()::withLearningRate),
                            averages("beta1", x -> new Adan().withBetas(x, 0.9, 0.9)),
                            averages("beta2", x -> new Adan().withBetas(0.9, x, 0.9)),
                            averages("beta3", x -> new Adan().withBetas(0.9, 0.9, x)),
                            notNegative("epsilon", new Adan()::withEpsilon),
                            decays(0.1, new Adan().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden2/adan", "golden2/adan_prox", "golden2/adan_no_prox"),
                    List.of(
                            new Hand(
                                    new Adan(),
                                    .4990000001,
                                    -.2490000000,
                                    .4981525380,
                                    -.2493159004,
                                    .4982372618,
                                    -.2494214746),
                            new Hand(
                                    new Adan().withWeightDecay(0.02),
                                    .4989900203,
                                    -.2489950201,
                                    .4981325956,
                                    -.2493059344,
                                    .4982073552,
                                    -.2494065205))),
            row(
                    Adopt.class,
                    MomentOracles::adopt,
                    new Adopt().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new Adopt(new Constant(1e-3), 0.9, 0.9999, 1e-6, 0, false, 0.25),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Adopt(new Constant(0.01), 0.8, 0.9, 0, 0.1, true, 0),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Adopt(new Constant(0.01), 0.8, 0.99, 0.1, 0.1, false, INFINITY),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq")),
                    Stream.of(
                            rates(new Adopt()::withLearningRate),
                            averages("beta1", x -> new Adopt().withBetas(x, 0.9)),
                            averages("beta2", x -> new Adopt().withBetas(0.9, x)),
                            notNegative("epsilon", new Adopt()::withEpsilon),
                            decays(0.1, new Adopt().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(
                                    new Bad(
                                            () -> new Adopt().withClipExponent(-0.1),
                                            "clipExponent must be not negative, or infinite: -0.1"),
                                    new Bad(
                                            () -> new Adopt().withClipExponent(NAN),
                                            "clipExponent must be not negative, or infinite: NaN"))),
                    goldens("golden2/adopt", "golden2/adopt_wd_decoupled", "golden2/adopt_l2", "golden2/adopt_no_clip"),
                    List.of(
                            new Hand(new Adopt(), .5, -.25, .4999000000, -.2500500000, .4999289207, -.2500950000),
                            new Hand(
                                    new Adopt().withClipExponent(INFINITY),
                                    .5,
                                    -.25,
                                    .4997000000,
                                    -.2500500000,
                                    .4996299200,
                                    -.2500950000))));

    private MomentRows() {}
}
