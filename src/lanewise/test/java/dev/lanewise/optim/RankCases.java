package dev.lanewise.optim;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** The trainings that ranks share in the tests of another package: groups with any rules, and options that all of them accept. */
public final class RankCases {
    /**
     * A training.
     *
     * @param parameters the number of parameters
     * @param groups ranges of them
     * @param drawn the options, without a loss scale, which belongs to one optimizer
     */
    public record Case(long parameters, List<ParameterGroup> groups, StepOptions drawn) {
        /** {@return the options of one optimizer} */
        public StepOptions options() {
            return ShardTest.scaled(drawn);
        }
    }

    private record Range(int gap, int length, UpdateRule rule) {}

    private RankCases() {}

    /** {@return trainings with all rules, also those of matrices} */
    public static Arbitrary<Case> cases() {
        Arbitrary<Integer> lengths = Arbitraries.frequencyOf(
                Tuple.of(3, Arbitraries.integers().between(0, 30)),
                Tuple.of(2, Arbitraries.of(4095, 4096, 4097, 8192)),
                Tuple.of(1, Arbitraries.integers().between(1, 12_000)));
        Arbitrary<UpdateRule> rules =
                Arbitraries.of(Stream.concat(RuleTable.all(), Stream.of(new Muon(), new Adafactor()))
                        .toList());
        Arbitrary<Range> ranges = Combinators.combine(Arbitraries.of(0, 0, 7, 5000), lengths, rules)
                .as(Range::new);
        return Combinators.combine(ranges.list().ofMaxSize(4), ShardTest.stepOptions())
                .as(RankCases::of);
    }

    private static Case of(List<Range> ranges, StepOptions options) {
        List<ParameterGroup> groups = new ArrayList<>();
        UpdateRule sharing = null;
        long at = 0;
        for (Range range : ranges) {
            at += range.gap;
            UpdateRule rule = range.rule;
            if (Groups.sharesSums(rule.reductions())) {
                rule = sharing = sharing == null ? rule : sharing;
            }
            if (RuleTable.accepts(rule, options)) {
                ParameterGroup group = new ParameterGroup("g" + groups.size(), at, range.length / 8 * 8, rule);
                groups.add(
                        rule.needsMatrix() && group.length() > 8
                                ? group.withShape(MatrixShape.inputsByOutputs((int) group.length() / 8, 8))
                                : group.withRule(rule.needsMatrix() ? new AdamW() : rule));
            }
            at += range.length;
        }
        return new Case(at + 3, groups, options);
    }
}
