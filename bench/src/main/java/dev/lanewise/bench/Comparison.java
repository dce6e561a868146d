package dev.lanewise.bench;

import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Compares two runs: which rows got slower or faster. */
final class Comparison {
    /**
     * A row that both runs have.
     *
     * @param before in the first run
     * @param after in the second
     * @param ratio how much longer it takes
     */
    record Change(Results.Row before, Results.Row after, ForkVariance.Ratio ratio) {
        /** {@return whether one of the times is in doubt, so that the ratio shows nothing} */
        boolean doubtful() {
            return before.doubtful() || after.doubtful();
        }

        private String doubts() {
            Set<Doubt> doubts = EnumSet.noneOf(Doubt.class);
            doubts.addAll(before.doubts());
            doubts.addAll(after.doubts());
            return Doubt.reasons(doubts);
        }
    }

    private final Results a;
    private final Results b;
    private final double tolerance;
    private final ForkVariance spread;
    private final List<Change> changes = new ArrayList<>();
    private final List<Results.Row> onlyA = new ArrayList<>();
    private final List<Results.Row> onlyB = new ArrayList<>();

    /**
     * Compares the rows that both runs have.
     *
     * @param tolerance a change of the time by no more than this part is not worth a mark
     * @throws UsageException if there is no row that both have
     */
    Comparison(Results a, Results b, double tolerance, double confidence) {
        this.a = a;
        this.b = b;
        this.tolerance = tolerance;
        List<Results.Row> all = new ArrayList<>(a.rows());
        all.addAll(b.rows());
        spread = ForkVariance.of(all, confidence);
        Map<String, Results.Row> rows = new LinkedHashMap<>();
        a.rows().forEach(row -> rows.put(row.key(), row));
        for (Results.Row after : b.rows()) {
            Results.Row before = rows.remove(after.key());
            if (before == null) {
                onlyB.add(after);
            } else if (!before.unit().equals(after.unit())) {
                throw new UsageException(after.key() + " is in " + before.unit() + " in " + a.folder() + ", but in "
                        + after.unit() + " in " + b.folder());
            } else {
                changes.add(new Change(before, after, spread.ratio(after, before)));
            }
        }
        onlyA.addAll(rows.values());
        if (changes.isEmpty()) {
            throw new UsageException(a.folder() + " and " + b.folder() + " have no row in common");
        }
        changes.sort(Comparator.comparingDouble((Change change) -> -change.ratio.value()));
    }

    List<Change> changes() {
        return changes;
    }

    List<Results.Row> onlyA() {
        return onlyA;
    }

    List<Results.Row> onlyB() {
        return onlyB;
    }

    boolean slower(Change change) {
        return !change.doubtful() && change.ratio.low() > 1 && change.ratio.value() > 1 + tolerance;
    }

    boolean faster(Change change) {
        return !change.doubtful() && change.ratio.high() < 1 && change.ratio.value() < 1 / (1 + tolerance);
    }

    boolean anySlower() {
        return changes.stream().anyMatch(this::slower);
    }

    String text() {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "Times of %s (B) over those of %s (A), the slowest first; in brackets the interval of %s %%"
                        + " confidence.%n",
                b.name(),
                a.name(),
                percent(spread.confidence())));
        text.append(
                spread.freedom() == 0
                        ? "No row has several forks, so the intervals cover only the iterations and are too narrow.\n"
                        : String.format(
                                Locale.ROOT,
                                "Intervals are Welch's where both have three forks or more; otherwise they use the"
                                        + " spread between forks of the rows that have several: %.1f %%.%n",
                                100 * Math.sqrt(spread.variance())));
        text.append(String.format(
                Locale.ROOT, "Marked: outside of the interval, and by more than %s %%.%n", percent(tolerance)));
        differences(text);
        text.append('\n');
        for (Change change : changes) {
            text.append(String.format(
                    Locale.ROOT,
                    "%-6s  %5.2f [%.2f, %.2f]  %s  (%s → %s %s)%s%n",
                    change.doubtful() ? "doubt" : slower(change) ? "SLOWER" : faster(change) ? "faster" : "",
                    change.ratio.value(),
                    change.ratio.low(),
                    change.ratio.high(),
                    label(change.after),
                    Tables.figure(change.before.median()),
                    Tables.figure(change.after.median()),
                    change.after.unit(),
                    change.doubtful() ? ": " + change.doubts() : ""));
        }
        only(text, a, onlyA);
        only(text, b, onlyB);
        long doubtful = changes.stream().filter(Change::doubtful).count();
        text.append(String.format(
                "%nOf %d common rows %d are slower, %d faster%s.%n",
                changes.size(),
                changes.stream().filter(this::slower).count(),
                changes.stream().filter(this::faster).count(),
                doubtful == 0 ? "" : "; " + doubtful + " are in doubt and cannot be compared"));
        return text.toString();
    }

    private static String percent(double part) {
        return new DecimalFormat("0.###", DecimalFormatSymbols.getInstance(Locale.ROOT)).format(100 * part);
    }

    /** Appends what differs between the two machines, as another possible cause. */
    private void differences(StringBuilder text) {
        for (Results results : List.of(a, b)) {
            if (results.environment().isMissingNode()) {
                text.append(results.name()).append(" has no environment.json, so its machine is unknown.\n");
                return;
            }
        }
        for (String fact :
                List.of("cpu", "cores", "caches", "memory", "os", "jdk", "jvmFlags", "vectorBits", "peerVariables")) {
            if (!a.environment().path(fact).equals(b.environment().path(fact))) {
                text.append("Different ")
                        .append(fact)
                        .append(": A ")
                        .append(a.environment().path(fact))
                        .append(", B ")
                        .append(b.environment().path(fact))
                        .append('\n');
            }
        }
    }

    private static void only(StringBuilder text, Results results, List<Results.Row> rows) {
        if (!rows.isEmpty()) {
            text.append("\nOnly in ").append(results.name()).append(":\n");
            rows.forEach(row -> text.append("  ").append(label(row)).append('\n'));
        }
    }

    static String label(Results.Row row) {
        return row.benchmark().replace("Benchmark", "") + "." + row.method() + " "
                + row.parameters().entrySet().stream()
                        .map(entry -> entry.getKey() + "=" + entry.getValue())
                        .reduce((x, y) -> x + ", " + y)
                        .orElse("");
    }
}
