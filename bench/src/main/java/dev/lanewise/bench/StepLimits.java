package dev.lanewise.bench;

import dev.lanewise.optim.AdEMAMix;
import dev.lanewise.optim.AdaBelief;
import dev.lanewise.optim.Adadelta;
import dev.lanewise.optim.Adagrad;
import dev.lanewise.optim.Adam;
import dev.lanewise.optim.AdamV0;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Adamax;
import dev.lanewise.optim.Adan;
import dev.lanewise.optim.Adopt;
import dev.lanewise.optim.Asgd;
import dev.lanewise.optim.Ftrl;
import dev.lanewise.optim.Lamb;
import dev.lanewise.optim.Lars;
import dev.lanewise.optim.Lion;
import dev.lanewise.optim.NAdam;
import dev.lanewise.optim.NormalizedSgd;
import dev.lanewise.optim.NovoGrad;
import dev.lanewise.optim.Prodigy;
import dev.lanewise.optim.RAdam;
import dev.lanewise.optim.RmsProp;
import dev.lanewise.optim.Rprop;
import dev.lanewise.optim.ScheduleFreeAdamW;
import dev.lanewise.optim.ScheduleFreeSgd;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.Signum;
import dev.lanewise.optim.SparseAdam;
import dev.lanewise.optim.UpdateRule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The two lower limits of a step's time: its memory traffic, which is measured for each step, and the time of its roots and
 * divisions in the divider, which {@link DividerBenchmark} measures for an element. The greater one counts.
 */
final class StepLimits {
    static final Column DIVIDER = Column.of("divider", "divider");
    static final Column LIMIT = Column.of("limit", "limit");

    /** The parameter of a limit's row with the name of the one that counts. */
    static final String WHICH = "limit";

    /** The fewest elements of a step that is split between threads. */
    private static final int SPLIT = 1 << 16;

    private StepLimits() {}

    /** {@return the column of the divider's work for an element of a rule; empty for rules without roots and divisions} */
    static Optional<Column> work(UpdateRule rule) {
        return switch (rule) {
            case AdamW r -> Optional.of(DividerBenchmark.BOTH);
            case Adam r -> Optional.of(DividerBenchmark.BOTH);
            case AdamV0 r -> Optional.of(DividerBenchmark.BOTH);
            case NAdam r -> Optional.of(DividerBenchmark.BOTH);
            case RAdam r -> Optional.of(DividerBenchmark.BOTH);
            case RmsProp r -> Optional.of(DividerBenchmark.BOTH);
            case Adagrad r -> Optional.of(DividerBenchmark.BOTH);
            case Adadelta r -> Optional.of(DividerBenchmark.BOTH);
            case SparseAdam r -> Optional.of(DividerBenchmark.BOTH);
            case Ftrl r -> Optional.of(DividerBenchmark.BOTH);
            case AdaBelief r -> Optional.of(DividerBenchmark.BOTH);
            case AdEMAMix r -> Optional.of(DividerBenchmark.BOTH);
            case Adan r -> Optional.of(DividerBenchmark.BOTH);
            case Adopt r -> Optional.of(DividerBenchmark.BOTH);
            case Adamax r -> Optional.of(DividerBenchmark.QUOTIENT);
            case Sgd r -> Optional.empty();
            case NormalizedSgd r -> Optional.empty();
            case Lion r -> Optional.empty();
            case Rprop r -> Optional.empty();
            case Lamb r -> Optional.of(DividerBenchmark.BOTH);
            case Lars r -> Optional.empty();
            case Prodigy r -> Optional.of(DividerBenchmark.BOTH);
            case ScheduleFreeSgd r -> Optional.empty();
            case Asgd r -> Optional.empty();
            case Signum r -> Optional.empty();
            case NovoGrad r -> Optional.empty();
            case ScheduleFreeAdamW r -> Optional.of(DividerBenchmark.BOTH);
            default ->
                throw new IllegalStateException(rule.getClass().getSimpleName()
                        + " needs the number of its roots and divisions in StepLimits.work");
        };
    }

    /** {@return how often a step does that work: once in each of its passes} */
    private static int times(UpdateRule rule) {
        return rule instanceof Lamb || rule instanceof AdamW adamW && adamW.updateClipping() ? 2 : 1;
    }

    /** {@return the root that a rule takes of each element besides that work, in the unit of the divider's benchmark; 0 for none} */
    private static double secondRoot(Results results, UpdateRule rule) {
        return rule instanceof Ftrl
                ? divider(results, DividerBenchmark.ROOT).map(Results.Row::best).orElse(0.0)
                : 0;
    }

    private static Optional<Results.Row> divider(Results results, Column work) {
        return results.of(DividerBenchmark.class.getSimpleName()).stream()
                .filter(row -> row.method().equals(work.value()))
                .findFirst();
    }

    /** {@return for each row of memory traffic, the row of the divider's time if there is any, and that of the limit} */
    static List<Results.Row> of(Results results) {
        List<Results.Row> rows = new ArrayList<>();
        for (Results.Row memory : results.of(UpdateBenchmark.class.getSimpleName())) {
            if (memory.method().equals(Column.MEMORY.value())) {
                Optional<Column> work = work(BenchRules.of(memory.get("rule")));
                Optional<Results.Row> divider = work.flatMap(column -> divider(results, column, memory));
                divider.ifPresent(rows::add);
                if (divider.isPresent() && divider.get().best() > memory.best()) {
                    rows.add(limit(divider.get(), "divider"));
                } else {
                    rows.add(limit(memory, work.isEmpty() || divider.isPresent() ? "memory" : "memory alone"));
                }
            }
        }
        return rows;
    }

    private static Optional<Results.Row> divider(Results results, Column work, Results.Row memory) {
        UpdateRule rule = BenchRules.of(memory.get("rule"));
        int times = times(rule);
        double root = secondRoot(results, rule);
        int threads = memory.n() < SPLIT ? 1 : Integer.parseInt(memory.get("threads"));
        return divider(results, work)
                .map(one -> new Results.Row(
                        memory.benchmark(),
                        DIVIDER.value(),
                        memory.parameters(),
                        memory.unit(),
                        one.forks().stream()
                                .map(fork -> Arrays.stream(fork)
                                        .map(time -> (times * time + root) / one.n() * memory.n() / threads)
                                        .toArray())
                                .toList(),
                        one.doubts()));
    }

    private static Results.Row limit(Results.Row row, String which) {
        Map<String, String> parameters = new TreeMap<>(row.parameters());
        parameters.put(WHICH, which);
        return new Results.Row(row.benchmark(), LIMIT.value(), parameters, row.unit(), row.forks(), row.doubts());
    }
}
