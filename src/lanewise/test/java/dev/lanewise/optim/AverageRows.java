package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.atMost;
import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.between;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;
import static dev.lanewise.optim.Rows.steps;

import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the rules whose parameters to evaluate are an average. */
final class AverageRows {
    static final List<Row> ROWS = List.of(
            row(
                    Asgd.class,
                    AverageOracles::asgd,
                    new Asgd(1e-3),
                    List.of(
                            new Valid(new Asgd(new Constant(0.01), 1e-4, 0.75, 1_000_000, 0), 20, "ax"),
                            new Valid(new Asgd(new Constant(0.05), 0, 1.5, 3, 0), 20, "ax"),
                            new Valid(new Asgd(new Constant(0.1), 0.1, 0.5, 0, 0.1), 20, "ax")),
                    Stream.of(
                            rates(new Asgd()::withLearningRate),
                            notNegative("lambda", new Asgd()::withLambda),
                            atMost(16, "power", new Asgd()::withPower),
                            steps("t0", new Asgd()::withT0),
                            decays(0.1, new Asgd(0.1)::withWeightDecay)),
                    goldens("golden2/asgd", "golden2/asgd_averaging"),
                    List.of(
                            new Hand(
                                    new Asgd(),
                                    .4989995000,
                                    -.2459997500,
                                    .4959990033,
                                    -.2479995025,
                                    .4979985043,
                                    -.2479992545),
                            new Hand(
                                    new Asgd(0.1).withLambda(0.1).withT0(1),
                                    .4850000000,
                                    -.2075000000,
                                    .4504091087,
                                    -.2252917281,
                                    .4656765735,
                                    -.2230720239))),
            row(
                    ScheduleFreeSgd.class,
                    AverageOracles::scheduleFreeSgd,
                    // The power forgets the first iterates, which are far from the minimum.
                    new ScheduleFreeSgd(1e-3).withStepPower(4),
                    List.of(
                            new Valid(new ScheduleFreeSgd(new Constant(1), 0.9, 0, 0, 0, 2), 20, "z"),
                            new Valid(new ScheduleFreeSgd(new Constant(0.01), 0.95, 0.1, 7, 1.5, 0.5), 20, "z")),
                    Stream.of(
                            rates(new ScheduleFreeSgd()::withLearningRate),
                            between("momentum", new ScheduleFreeSgd()::withMomentum),
                            steps("warmup", new ScheduleFreeSgd()::withWarmup),
                            atMost(16, "stepPower", new ScheduleFreeSgd()::withStepPower),
                            atMost(4, "ratePower", new ScheduleFreeSgd()::withRatePower),
                            decays(0.1, new ScheduleFreeSgd(0.1)::withWeightDecay)),
                    goldens("golden2/schedule_free_sgd", "golden2/schedule_free_sgd_warmup_wd"),
                    List.of(new Hand(new ScheduleFreeSgd(), .4, .15, .235, .04, .27, .01))),
            row(
                    ScheduleFreeAdamW.class,
                    AverageOracles::scheduleFreeAdamW,
                    new ScheduleFreeAdamW(0.02).withStepPower(4),
                    List.of(
                            new Valid(
                                    new ScheduleFreeAdamW(new Constant(2.5e-3), 0.9, 0.999, 1e-8, 0, 0, 0, 2, 0, false),
                                    28,
                                    "z",
                                    "exp_avg_sq"),
                            new Valid(
                                    new ScheduleFreeAdamW(new Constant(0.01), 0.95, 0.9, 0, 0.1, 5, 1, 1, 0, false),
                                    28,
                                    "z",
                                    "exp_avg_sq"),
                            new Valid(
                                    new ScheduleFreeAdamW(
                                            new Constant(0.01), 0.8, 0.99, 1e-8, 0, 3, 0.5, 2.5, 0.9, false),
                                    36,
                                    "z",
                                    "exp_avg_sq",
                                    "exp_avg")),
                    Stream.of(
                            rates(new ScheduleFreeAdamW()::withLearningRate),
                            between("beta1", x -> new ScheduleFreeAdamW().withBetas(x, 0.9)),
                            averages("beta2", x -> new ScheduleFreeAdamW().withBetas(0.9, x)),
                            averages("innerMomentum", new ScheduleFreeAdamW()::withInnerMomentum),
                            notNegative("epsilon", new ScheduleFreeAdamW()::withEpsilon),
                            steps("warmup", new ScheduleFreeAdamW()::withWarmup),
                            atMost(16, "stepPower", new ScheduleFreeAdamW()::withStepPower),
                            atMost(4, "ratePower", new ScheduleFreeAdamW()::withRatePower),
                            decays(0.1, new ScheduleFreeAdamW(0.1)::withWeightDecay)),
                    goldens(
                            "golden2/schedule_free_adamw",
                            "golden2/schedule_free_adamw_inner_momentum",
                            "golden2/schedule_free_adamw_polynomial",
                            "golden2/schedule_free_adamw_warmup_wd",
                            "golden2/schedule_free_radam"),
                    List.of(
                            new Hand(
                                    new ScheduleFreeAdamW(),
                                    .4975000002,
                                    -.2475000001,
                                    .4956556133,
                                    -.2483697569,
                                    .4960783195,
                                    -.2486069633),
                            // At a constant rate the weights of the third step would be those of 1 / t.
                            new Hand(
                                    new ScheduleFreeAdamW().withWeightDecay(0.1).withWarmup(2),
                                    .4986875001,
                                    -.2487187500,
                                    .4958354559,
                                    -.2499644911,
                                    .4966523794,
                                    -.2500547813))));

    private AverageRows() {}
}
