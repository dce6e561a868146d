package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.positive;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the lecture's rules before {@link Adam}. */
final class LectureRows {
    private static final double NAN = Double.NaN, INFINITY = Double.POSITIVE_INFINITY;

    static final List<Row> ROWS = List.of(
            row(
                    Sgd.class,
                    LectureOracles::sgd,
                    new Sgd(new Constant(1e-3), 0.9, 0, false, 0),
                    List.of(
                            new Valid(new Sgd(new Constant(1e-3), 0, 0, false, 0), 12),
                            new Valid(new Sgd(new Constant(0.05), 0, 0, false, 0.1), 12),
                            new Valid(new Sgd().withMomentum(0.9), 20, "momentum_buffer"),
                            new Valid(new Sgd(new Constant(0.05), 0.9, 0.4, false, 0.01), 20, "momentum_buffer"),
                            new Valid(new Sgd(new Constant(0.03), 0.8, 0, true, 0.02), 20, "momentum_buffer")),
                    Stream.of(
                            rates(new Sgd()::withLearningRate),
                            averages("momentum", new Sgd()::withMomentum),
                            decays(0.1, new Sgd().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(
                                    new Bad(() -> new Sgd().withDampening(1.5), "dampening must be in [0, 1]: 1.5"),
                                    new Bad(() -> new Sgd().withDampening(-0.1), "dampening must be in [0, 1]: -0.1"),
                                    new Bad(() -> new Sgd().withDampening(NAN), "dampening must be in [0, 1]: NaN"),
                                    new Bad(
                                            () -> new Sgd().withNesterov(true),
                                            "momentum must be above 0 with nesterov: 0.0"),
                                    new Bad(
                                            () -> new Sgd(new Constant(0.1), 0.9, 0.2, true, 0),
                                            "dampening must be 0 with nesterov: 0.2"))),
                    goldens(
                            "golden/sgd",
                            "golden/sgd_momentum",
                            "golden/sgd_dampening",
                            "golden/sgd_nesterov_wd",
                            "golden2/agc_sgd",
                            "golden2/agc_sgd_wide"),
                    List.of(
                            new Hand(new Sgd(new Constant(0.1), 0, 0, false, 0), .49, -.21, .46, -.23, .48, -.23),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0, false, 0),
                                    .49,
                                    -.21,
                                    .451,
                                    -.194,
                                    .4359,
                                    -.1796),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0, true, 0),
                                    .481,
                                    -.174,
                                    .4159,
                                    -.1796,
                                    .42231,
                                    -.16664),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0.1, false, 0),
                                    .49,
                                    -.21,
                                    .454,
                                    -.192,
                                    .4396,
                                    -.1758),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0, false, 0.01),
                                    .4895,
                                    -.20975,
                                    .4495605,
                                    -.19331525,
                                    .4331653895,
                                    -.1783306597))),
            row(
                    NormalizedSgd.class,
                    LectureOracles::normalizedSgd,
                    new NormalizedSgd().withMomentum(0.5),
                    List.of(
                            new Valid(
                                    new NormalizedSgd(new Constant(1e-2), 0.9, 0, NormScope.GROUP),
                                    24,
                                    "momentum_buffer"),
                            new Valid(
                                    new NormalizedSgd(new Constant(0.05), 0, 1e-3, NormScope.ALL),
                                    24,
                                    "momentum_buffer")),
                    Stream.of(
                            rates(new NormalizedSgd()::withLearningRate),
                            averages("momentum", new NormalizedSgd()::withMomentum),
                            notNegative("epsilon", new NormalizedSgd()::withEpsilon),
                            Stream.of(
                                    new Bad(
                                            () -> new NormalizedSgd().withNormScope(NormScope.NONE),
                                            "normScope must be GROUP or ALL: NONE"),
                                    new Bad(
                                            () -> new NormalizedSgd().withNormScope(null),
                                            "normScope must be GROUP or ALL: null"))),
                    goldens("golden/lecture_rprop"),
                    List.of(new Hand(
                            new NormalizedSgd(new Constant(0.1), 0.9, 0, NormScope.GROUP),
                            .4757464375,
                            -.1529857500,
                            .3707132018,
                            -.1211429446,
                            .3761832897,
                            -.0924844197))),
            row(
                    Rprop.class,
                    LectureOracles::rprop,
                    new Rprop(),
                    List.of(
                            new Valid(new Rprop(1e-2, new Constant(1), 0.5, 1.2, 1e-6, 50), 28, "prev", "step_size"),
                            new Valid(new Rprop(0.1, new Constant(1), 0.3, 2, 0.01, 0.15), 28, "prev", "step_size")),
                    Stream.of(
                            rates(new Rprop()::withLearningRate),
                            positive("initialStep", new Rprop()::withInitialStep),
                            positive("minStep", new Rprop()::withMinStep),
                            Stream.of(
                                    new Bad(() -> new Rprop().withEtaMinus(0), "etaMinus must be in (0, 1): 0.0"),
                                    new Bad(() -> new Rprop().withEtaMinus(1), "etaMinus must be in (0, 1): 1.0"),
                                    new Bad(() -> new Rprop().withEtaMinus(NAN), "etaMinus must be in (0, 1): NaN"),
                                    new Bad(
                                            () -> new Rprop().withEtaPlus(1),
                                            "etaPlus must be finite and above 1: 1.0"),
                                    new Bad(
                                            () -> new Rprop().withEtaPlus(INFINITY),
                                            "etaPlus must be finite and above 1: Infinity"),
                                    new Bad(
                                            () -> new Rprop().withEtaPlus(NAN),
                                            "etaPlus must be finite and above 1: NaN"),
                                    new Bad(
                                            () -> new Rprop().withMaxStep(1e-7),
                                            "maxStep must be finite and not below minStep, 1.0E-6: 1.0E-7"),
                                    new Bad(
                                            () -> new Rprop().withMaxStep(INFINITY),
                                            "maxStep must be finite and not below minStep, 1.0E-6: Infinity"),
                                    new Bad(
                                            () -> new Rprop().withMaxStep(NAN),
                                            "maxStep must be finite and not below minStep, 1.0E-6: NaN"))),
                    goldens("golden/rprop_classic"),
                    List.of(new Hand(new Rprop(), .49, -.24, .478, -.24, .478, -.24))),
            row(
                    RmsProp.class,
                    LectureOracles::rmsProp,
                    new RmsProp(),
                    List.of(
                            new Valid(new RmsProp(new Constant(1e-2), 0.99, 1e-8, 0, false, 0), 20, "square_avg"),
                            new Valid(new RmsProp().withEpsilon(0), 20, "square_avg"),
                            new Valid(
                                    new RmsProp(new Constant(0.01), 0.9, 1e-6, 0, true, 0),
                                    28,
                                    "square_avg",
                                    "grad_avg"),
                            new Valid(
                                    new RmsProp(new Constant(0.01), 0.95, 1e-6, 0.9, false, 0.01),
                                    28,
                                    "square_avg",
                                    "momentum_buffer"),
                            new Valid(
                                    new RmsProp(new Constant(0.01), 0.9, 1e-6, 0.5, true, 0.1),
                                    36,
                                    "square_avg",
                                    "momentum_buffer",
                                    "grad_avg")),
                    Stream.of(
                            rates(new RmsProp()::withLearningRate),
                            averages("alpha", new RmsProp()::withAlpha),
                            averages("momentum", new RmsProp()::withMomentum),
                            notNegative("epsilon", new RmsProp()::withEpsilon),
                            decays(0.1, new RmsProp().withLearningRate(0.1)::withWeightDecay)),
                    goldens(
                            "golden/rmsprop",
                            "golden/rmsprop_centered",
                            "golden/rmsprop_momentum",
                            "golden/lecture_rmsprop"),
                    List.of(
                            new Hand(
                                    new RmsProp(),
                                    .4000001000,
                                    -.1500000250,
                                    .3050843305,
                                    -.1949013404,
                                    .3587476078,
                                    -.1949013404),
                            new Hand(
                                    new RmsProp().withMomentum(0.9),
                                    .4000001000,
                                    -.1500000250,
                                    .2150844205,
                                    -.1049013629,
                                    .1023235863,
                                    -.0643125671),
                            new Hand(
                                    new RmsProp().withCentered(true),
                                    .3994963195,
                                    -.1494962437,
                                    .3038150987,
                                    -.1944410934,
                                    .3575519880,
                                    -.1944410934),
                            new Hand(
                                    new RmsProp().withEpsilon(1e-3),
                                    .4090909091,
                                    -.1524390244,
                                    .3170860155,
                                    -.1963544202,
                                    .3693470575,
                                    -.1963544202),
                            new Hand(
                                    new RmsProp(new Constant(0.01), 0.9, 0, 0.9, false, 0),
                                    .4683772234,
                                    -.2183772234,
                                    .4097655900,
                                    -.2046609201,
                                    .3746173168,
                                    -.1923162471))),
            row(
                    AdamV0.class,
                    LectureOracles::adamV0,
                    new AdamV0(new Constant(1e-3), 0.9, 0.999, 1e-8),
                    List.of(
                            new Valid(
                                    new AdamV0(new Constant(1e-4), 0.9, 0.999, 1e-8),
                                    28,
                                    "momentum_buffer",
                                    "exp_avg_sq"),
                            new Valid(
                                    new AdamV0(new Constant(0.01), 0.5, 0.9, 0), 28, "momentum_buffer", "exp_avg_sq")),
                    Stream.of(
                            rates(new AdamV0()::withLearningRate),
                            averages("momentum", new AdamV0()::withMomentum),
                            averages("beta2", new AdamV0()::withBeta2),
                            notNegative("epsilon", new AdamV0()::withEpsilon)),
                    goldens("golden/lecture_adam_v0"),
                    List.of(new Hand(
                            new AdamV0(new Constant(0.001), 0.9, 0.999, 0),
                            .4683772234,
                            -.2183772234,
                            .4293752733,
                            -.2070589867,
                            .4166084279,
                            -.1968674766))));

    private LectureRows() {}
}
