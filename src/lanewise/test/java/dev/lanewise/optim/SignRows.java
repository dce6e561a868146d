package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the rules that step by a sign. */
final class SignRows {
    static final List<Row> ROWS = List.of(
            row(
                    Lion.class,
                    SignOracles::lion,
                    new Lion().withLearningRate(0.01),
                    List.of(
                            new Valid(new Lion(new Constant(1e-4), 0.9, 0.99, 0), 20, "exp_avg"),
                            new Valid(new Lion(new Constant(0.003), 0.5, 0.6, 0.1), 20, "exp_avg"),
                            new Valid(new Lion().withCaution(Caution.MASKED), 20, "exp_avg"),
                            new Valid(
                                    new Lion(new Constant(0.003), 0.8, 0.9, 0.1, Caution.RESCALED, true),
                                    28,
                                    "exp_avg")),
                    Stream.of(
                            rates(new Lion()::withLearningRate),
                            averages("beta1", x -> new Lion().withBetas(x, 0.9)),
                            averages("beta2", x -> new Lion().withBetas(0.9, x)),
                            decays(0.1, new Lion().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(new Bad(
                                    () -> new Lion().withCaution(null),
                                    "caution must be NONE, MASKED or RESCALED: null"))),
                    goldens("golden/lion", "golden2/c_lion_mean"),
                    List.of(
                            new Hand(new Lion().withCaution(Caution.RESCALED), .4999, -.2499, .4998, -.25, .5, -.25),
                            new Hand(
                                    new Lion().withWeightDecay(0.1),
                                    .4998950000,
                                    -.2498975000,
                                    .4997900010,
                                    -.2499950010,
                                    .4998850031,
                                    -.2498925011))),
            row(
                    Signum.class,
                    SignOracles::ofSignum,
                    new Signum().withLearningRate(0.01),
                    List.of(
                            new Valid(new Signum(new Constant(1e-3), 0.9, 0), 20, "exp_avg"),
                            new Valid(new Signum(new Constant(0.003), 0.5, 0.1), 20, "exp_avg"),
                            new Valid(new Signum(new Constant(0.003), 0, 0), 12),
                            new Valid(new Signum(new Constant(0.003), 0, 0.1), 12)),
                    Stream.of(
                            rates(new Signum()::withLearningRate),
                            averages("momentum", new Signum()::withMomentum),
                            decays(0.1, new Signum().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden2/signum", "golden2/signum_wd", "golden2/signsgd"),
                    List.of(new Hand(new Signum(), .499, -.249, .498, -.248, .497, -.247))));

    private SignRows() {}
}
