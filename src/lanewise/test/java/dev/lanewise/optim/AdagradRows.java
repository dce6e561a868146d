package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.positive;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the rules that add up squares. */
final class AdagradRows {
    static final List<Row> ROWS = List.of(
            row(
                    Adagrad.class,
                    AdagradOracles::adagrad,
                    new Adagrad().withLearningRate(0.5),
                    List.of(
                            new Valid(new Adagrad(new Constant(1e-2), 0, 0, 0, 1e-10), 20, "sum"),
                            new Valid(new Adagrad(new Constant(0.05), 0.01, 0.1, 0.5, 0), 20, "sum")),
                    Stream.of(
                            rates(new Adagrad()::withLearningRate),
                            notNegative("learningRateDecay", new Adagrad()::withLearningRateDecay),
                            notNegative("initialSum", new Adagrad()::withInitialSum),
                            notNegative("epsilon", new Adagrad()::withEpsilon),
                            decays(0.1, new Adagrad().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden/adagrad", "golden2/adagrad_initial_accumulator"),
                    List.of()),
            row(
                    Adadelta.class,
                    AdagradOracles::adadelta,
                    new Adadelta(),
                    List.of(
                            new Valid(new Adadelta(new Constant(1), 0.9, 1e-6, 0), 28, "square_avg", "acc_delta"),
                            new Valid(new Adadelta(new Constant(0.5), 0.95, 1e-4, 0.1), 28, "square_avg", "acc_delta")),
                    Stream.of(
                            rates(new Adadelta()::withLearningRate),
                            averages("rho", new Adadelta()::withRho),
                            positive("epsilon", new Adadelta()::withEpsilon),
                            decays(0.1, new Adadelta().withLearningRate(0.1)::withWeightDecay)),
                    goldens("golden/adadelta"),
                    List.of()));

    private AdagradRows() {}
}
