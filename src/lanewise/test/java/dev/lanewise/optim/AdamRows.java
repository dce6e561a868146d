package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;
import static dev.lanewise.optim.Rows.withGoldens;

import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of {@link Adam} and the rules that vary it. */
final class AdamRows {
    static final List<Row> ROWS = List.of(
            row(
                    Adam.class,
                    AdamOracles::adam,
                    new Adam().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new Adam(new Constant(1e-3), 0.9, 0.999, 1e-8, 0, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Adam(new Constant(0.01), 0.8, 0.99, 0, 0.1, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Adam(new Constant(0.01), 0.9, 0.9, 1e-8, 0.1, true),
                                    36,
                                    "exp_avg",
                                    "exp_avg_sq",
                                    "max_exp_avg_sq")),
                    Stream.of(
                            rates(new Adam()::withLearningRate),
                            averages("beta1", x -> new Adam().withBetas(x, 0.9)),
                            averages("beta2", x -> new Adam().withBetas(0.9, x)),
                            notNegative("epsilon", new Adam()::withEpsilon),
                            decays(0.1, new Adam().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden/adam", "golden/adam_l2", "golden/amsgrad"),
                    List.of(
                            new Hand(
                                    new Adam(),
                                    .4990000001,
                                    -.2490000000,
                                    .4980822190,
                                    -.2487336630,
                                    .4978243152,
                                    -.2485277837),
                            new Hand(
                                    new Adam().withEpsilon(1e-3),
                                    .4990099010,
                                    -.2490024938,
                                    .4980962052,
                                    -.2487369964,
                                    .4978394897,
                                    -.2485319117),
                            new Hand(
                                    new Adam().withWeightDecay(0.01),
                                    .4990000001,
                                    -.2490000000,
                                    .4980783345,
                                    -.2487264661,
                                    .4977993934,
                                    -.2485114799),
                            new Hand(
                                    new Adam().withBetas(0.9, 0.9).withAmsgrad(true),
                                    .4990000001,
                                    -.2490000000,
                                    .4981007713,
                                    -.2487293960,
                                    .4978454841,
                                    -.2485254717))),
            withGoldens(
                    row(
                            AdamW.class,
                            AdamOracles::adamW,
                            new AdamW().withLearningRate(0.02).withWeightDecay(0),
                            List.of(
                                    new Valid(
                                            new AdamW(new Constant(1e-3), 0.9, 0.999, 1e-8, 0.01, false),
                                            28,
                                            "exp_avg",
                                            "exp_avg_sq"),
                                    new Valid(
                                            new AdamW(new Constant(0.01), 0.5, 0.9, 0, 0, false),
                                            28,
                                            "exp_avg",
                                            "exp_avg_sq"),
                                    new Valid(
                                            new AdamW(new Constant(0.01), 0.7, 0.9, 1e-8, 0.05, true),
                                            36,
                                            "exp_avg",
                                            "exp_avg_sq",
                                            "max_exp_avg_sq"),
                                    new Valid(
                                            new AdamW()
                                                    .withLearningRate(0.01)
                                                    .withBetas(0.9, 0.99)
                                                    .withUpdateClipping(true),
                                            36,
                                            "exp_avg",
                                            "exp_avg_sq"),
                                    new Valid(
                                            new AdamW().withWeightDecay(0).withCaution(Caution.MASKED),
                                            28,
                                            "exp_avg",
                                            "exp_avg_sq"),
                                    new Valid(
                                            new AdamW(
                                                    new Constant(0.01),
                                                    0.8,
                                                    0.9,
                                                    0,
                                                    0.1,
                                                    false,
                                                    false,
                                                    Caution.RESCALED,
                                                    true),
                                            36,
                                            "exp_avg",
                                            "exp_avg_sq"),
                                    new Valid(
                                            new AdamW(
                                                    new Constant(0.01),
                                                    0.8,
                                                    0.9,
                                                    1e-6,
                                                    0.1,
                                                    true,
                                                    true,
                                                    Caution.RESCALED,
                                                    true),
                                            52,
                                            "exp_avg",
                                            "exp_avg_sq",
                                            "max_exp_avg_sq")),
                            Stream.of(
                                    rates(new AdamW()::withLearningRate),
                                    averages("beta1", x -> new AdamW().withBetas(x, 0.9)),
                                    averages("beta2", x -> new AdamW().withBetas(0.9, x)),
                                    notNegative("epsilon", new AdamW()::withEpsilon),
                                    decays(0.1, new AdamW().withLearningRate(0.1)::withWeightDecay),
                                    Stream.of(new Bad(
                                            () -> new AdamW().withCaution(null),
                                            "caution must be NONE, MASKED or RESCALED: null"))),
                            goldens(
                                    "golden/adamw",
                                    "golden/adamw_amsgrad_maximize",
                                    "golden2/c_adamw_torch_form",
                                    "golden2/c_adamw_torch_form_two"),
                            List.of(
                                    new Hand(
                                            new AdamW(),
                                            .4989950001,
                                            -.2489975000,
                                            .4980722291,
                                            -.2487286730,
                                            .4978093446,
                                            -.2485203064),
                                    new Hand(
                                            new AdamW(new Constant(0.01), 0.9, 0.99, 1e-6, 0, false)
                                                    .withUpdateClipping(true),
                                            .4900001000,
                                            -.2400000250,
                                            .4812532978,
                                            -.2374536805,
                                            .4786767483,
                                            -.2353874032),
                                    new Hand(
                                            new AdamW().withWeightDecay(0).withCaution(Caution.RESCALED),
                                            .4990000001,
                                            -.2490000000,
                                            .4971644379,
                                            -.2490000000,
                                            .4971644379,
                                            -.2490000000))),
                    new AdamW().withUpdateClipping(true),
                    "golden2/stable_adamw",
                    "golden2/stable_adamw_two"),
            row(
                    Adamax.class,
                    AdamOracles::adamax,
                    new Adamax().withLearningRate(0.02),
                    List.of(
                            new Valid(new Adamax(new Constant(2e-3), 0.9, 0.999, 1e-8, 0), 28, "exp_avg", "exp_inf"),
                            new Valid(new Adamax(new Constant(0.01), 0.8, 0.9, 0, 0), 28, "exp_avg", "exp_inf"),
                            new Valid(new Adamax(new Constant(0.01), 0.8, 0.9, 1e-3, 0.1), 28, "exp_avg", "exp_inf")),
                    Stream.of(
                            rates(new Adamax()::withLearningRate),
                            averages("beta1", x -> new Adamax().withBetas(x, 0.9)),
                            averages("beta2", x -> new Adamax().withBetas(0.9, x)),
                            notNegative("epsilon", new Adamax()::withEpsilon),
                            decays(0.1, new Adamax().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden/adamax"),
                    List.of()),
            row(
                    NAdam.class,
                    AdamOracles::nAdam,
                    new NAdam().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new NAdam(new Constant(2e-3), 0.9, 0.999, 1e-8, 0, 4e-3, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new NAdam(new Constant(0.01), 0.8, 0.9, 0, 0.1, 0.1, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new NAdam(new Constant(0.01), 0.8, 0.9, 1e-8, 0.1, 0.1, true),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq")),
                    Stream.of(
                            rates(new NAdam()::withLearningRate),
                            averages("beta1", x -> new NAdam().withBetas(x, 0.9)),
                            averages("beta2", x -> new NAdam().withBetas(0.9, x)),
                            notNegative("epsilon", new NAdam()::withEpsilon),
                            notNegative("momentumDecay", new NAdam()::withMomentumDecay),
                            decays(0.1, new NAdam().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden/nadam", "golden2/nadam_l2", "golden2/nadam_decoupled"),
                    List.of()),
            row(
                    RAdam.class,
                    AdamOracles::rAdam,
                    // Its first steps are as large as the gradient, which is 232 where Rosenbrock begins.
                    new RAdam().withLearningRate(5e-4),
                    List.of(
                            new Valid(
                                    new RAdam(new Constant(1e-3), 0.9, 0.999, 1e-8, 0, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new RAdam(new Constant(0.01), 0.8, 0.9, 0, 0.1, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new RAdam(new Constant(0.01), 0.8, 0.9, 1e-8, 0.1, true),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq")),
                    Stream.of(
                            rates(new RAdam()::withLearningRate),
                            averages("beta1", x -> new RAdam().withBetas(x, 0.9)),
                            averages("beta2", x -> new RAdam().withBetas(0.9, x)),
                            notNegative("epsilon", new RAdam()::withEpsilon),
                            decays(0.1, new RAdam().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden/radam", "golden2/radam_l2", "golden2/radam_decoupled"),
                    List.of()));

    private AdamRows() {}
}
