package dev.lanewise.optim;

import dev.lanewise.optim.Oracles.Oracle;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Every rule with what its tests need to know. A rule that is not here fails {@link RuleCatalogTest}. */
final class RuleTable {
    private RuleTable() {}

    /**
     * One rule.
     *
     * @param type its record
     * @param valid configurations; the first is the default, with the values that the documentation and PyTorch have, and
     *     together they have every option on
     * @param bad hyperparameters that are refused
     * @param oracle its formula in double
     * @param converging hyperparameters at which it has to converge
     * @param golden trajectories by PyTorch, by the rule's authors, or by the formulas in PyTorch
     * @param hand trajectories of three steps, calculated in double from the formula apart from any library
     */
    record Row(
            Class<? extends UpdateRule> type,
            List<Valid> valid,
            List<Bad> bad,
            Function<UpdateRule, Oracle> oracle,
            UpdateRule converging,
            List<Golden> golden,
            List<Hand> hand) {
        @Override
        public String toString() {
            return type.getSimpleName();
        }
    }

    /** A configuration, its memory traffic, and what its state is called. */
    record Valid(UpdateRule rule, int bytes, String... state) {
        @Override
        public String toString() {
            return rule.toString();
        }
    }

    record Bad(Supplier<UpdateRule> rule, String message) {}

    /**
     * A golden trajectory.
     *
     * @param file its file in the test resources without {@code .json}, such as {@code golden/adam}
     * @param defaults the rule whose hyperparameters are those that the file does not name
     */
    record Golden(String file, UpdateRule defaults) {
        @Override
        public String toString() {
            return file;
        }
    }

    /**
     * From (0.5, −0.25), with the gradients (0.1, −0.4), (0.3, 0.2), (−0.2, 0), the parameters after each step.
     */
    record Hand(UpdateRule rule, double... parameters) {}

    static final List<Row> ROWS = Stream.of(
                    LectureRows.ROWS,
                    AdamRows.ROWS,
                    SignRows.ROWS,
                    AdagradRows.ROWS,
                    SparseRows.ROWS,
                    NormRows.ROWS,
                    AverageRows.ROWS,
                    MatrixRows.ROWS,
                    MomentRows.ROWS,
                    LayerRows.ROWS,
                    RateFreeRows.ROWS)
            .flatMap(List::stream)
            .toList();

    /**
     * The rows of the rules that update any parameters, of any number; {@link MuonTest}, {@link NorMuonTest} and
     * {@link AdafactorTest} have those of matrices.
     */
    static final List<Row> FLAT = ROWS.stream()
            .filter(row -> !row.valid().getFirst().rule().needsMatrix())
            .toList();

    /** All configurations of the rules that update any parameters, for the tests that run each. */
    static Stream<UpdateRule> rules() {
        return all().filter(rule -> !rule.needsMatrix());
    }

    /** Returns whether a rule can run with some options. */
    static boolean accepts(UpdateRule rule, StepOptions options) {
        try {
            rule.checkOptions(options);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** All configurations of all rules; those of matrices run only in groups with a shape. */
    static Stream<UpdateRule> all() {
        return ROWS.stream().flatMap(row -> row.valid().stream()).map(Valid::rule);
    }

    static Row of(UpdateRule rule) {
        return ROWS.stream()
                .filter(row -> row.type() == rule.getClass())
                .findFirst()
                .orElseThrow();
    }
}
