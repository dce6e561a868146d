package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Golden;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the rules for embedding tables and sparse models; {@link RowOptimizerTest} has what they do to rows. */
final class SparseRows {
    static final List<Row> ROWS = List.of(
            row(
                    SparseAdam.class,
                    SparseOracles::sparseAdam,
                    new SparseAdam().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new SparseAdam(new Constant(1e-3), 0.9, 0.999, 1e-8), 28, "exp_avg", "exp_avg_sq"),
                            new Valid(new SparseAdam(new Constant(0.01), 0.8, 0.99, 0), 28, "exp_avg", "exp_avg_sq")),
                    Stream.of(
                            rates(new SparseAdam()::withLearningRate),
                            averages("beta1", x -> new SparseAdam().withBetas(x, 0.9)),
                            averages("beta2", x -> new SparseAdam().withBetas(0.9, x)),
                            notNegative("epsilon", new SparseAdam()::withEpsilon)),
                    goldens(),
                    List.of(
                            new Hand(
                                    new SparseAdam(),
                                    .4990000032,
                                    -.2490000008,
                                    .4980822230,
                                    -.2487336639,
                                    .4978243194,
                                    -.2485277848),
                            new Hand(
                                    new SparseAdam().withEpsilon(1e-3),
                                    .4992402531,
                                    -.2490732648,
                                    .4984059104,
                                    -.2488245235,
                                    .4981681121,
                                    -.2486322521),
                            new Hand(
                                    new SparseAdam(new Constant(0.01), 0.8, 0.99, 1e-6),
                                    .4900009999,
                                    -.2400002500,
                                    .4805790423,
                                    -.2378889269,
                                    .4786081418,
                                    -.2363590069))),
            new Row(
                    Ftrl.class,
                    List.of(
                            new Valid(
                                    new Ftrl(new Constant(1e-3), -0.5, 0.1, 0, 0, 0, 0, true),
                                    28,
                                    "accumulator",
                                    "linear"),
                            new Valid(
                                    new Ftrl(new Constant(0.1), -0.5, 0, 0.01, 0.02, 0.03, 1, false),
                                    28,
                                    "accumulator",
                                    "linear"),
                            new Valid(
                                    new Ftrl(new Constant(0.1), -0.7, 0.1, 0.01, 0.02, 0.03, 0, false),
                                    28,
                                    "accumulator",
                                    "linear"),
                            new Valid(
                                    new Ftrl(new Constant(0.1), -0.3, 0.1, 0, 0, 0, 0, true),
                                    28,
                                    "accumulator",
                                    "linear")),
                    Stream.of(
                                    rates(new Ftrl()::withLearningRate),
                                    Stream.of(
                                            new Bad(
                                                    () -> new Ftrl().withLearningRatePower(0.5),
                                                    "learningRatePower must be in [-1, 0]: 0.5"),
                                            new Bad(
                                                    () -> new Ftrl().withLearningRatePower(-1.1),
                                                    "learningRatePower must be in [-1, 0]: -1.1"),
                                            new Bad(
                                                    () -> new Ftrl().withLearningRatePower(Double.NaN),
                                                    "learningRatePower must be in [-1, 0]: NaN")),
                                    notNegative("initialAccumulator", new Ftrl()::withInitialAccumulator),
                                    notNegative("l1", new Ftrl()::withL1),
                                    notNegative("l2", new Ftrl()::withL2),
                                    notNegative("l2Shrinkage", new Ftrl()::withL2Shrinkage),
                                    notNegative("beta", new Ftrl()::withBeta))
                            .flatMap(each -> each)
                            .toList(),
                    rule -> SparseOracles.ftrl((Ftrl) rule),
                    new Ftrl().withLearningRate(0.5),
                    Stream.of("ftrl", "ftrl_zero_start", "ftrl_l1_l2", "ftrl_power_shrinkage")
                            .map(file -> new Golden("golden2/" + file, new Ftrl().withFromParameters(false)))
                            .toList(),
                    List.of(
                            new Hand(
                                    new Ftrl(0.1),
                                    .4698488655,
                                    -.1715535459,
                                    .4027668262,
                                    -.2080683831,
                                    .4435916553,
                                    -.2080683831),
                            new Hand(
                                    new Ftrl(new Constant(0.1), -0.5, 0.1, 0.05, 0.02, 0.3, 1, true),
                                    .4663088537,
                                    -.2103673144,
                                    .4263570979,
                                    -.2151220054,
                                    .4226209485,
                                    -.2068039460),
                            new Hand(
                                    new Ftrl(new Constant(0.1), -0.7, 0.1, 0.05, 0.02, 0.3, 1, true),
                                    .4630327035,
                                    -.2069422256,
                                    .4195264919,
                                    -.2122286704,
                                    .4157578104,
                                    -.2033519767),
                            new Hand(
                                    new Ftrl(0.1).withFromParameters(false),
                                    -.0068824291,
                                    -.0165101277,
                                    -.0739644684,
                                    -.0530249649,
                                    -.0331396394,
                                    -.0530249649),
                            new Hand(
                                    new Ftrl(0.1).withFromParameters(false).withL1(0.05),
                                    0,
                                    -.0067043210,
                                    -.0610058455,
                                    -.0432191581,
                                    -.0201810164,
                                    -.0432191581),
                            new Hand(
                                    new Ftrl(new Constant(0.1), -0.5, 0.1, 0.01, 0.02, 0.3, 1, false),
                                    -.0234210693,
                                    .0036868000,
                                    -.0431250853,
                                    -.0080557683,
                                    -.0280052405,
                                    -.0077442782),
                            new Hand(
                                    new Ftrl(new Constant(0.1), -0.7, 0.1, 0.01, 0.02, 0.3, 1, false),
                                    -.0263840022,
                                    .0046735007,
                                    -.0477801996,
                                    -.0080697979,
                                    -.0311165161,
                                    -.0077322699))));

    private SparseRows() {}
}
