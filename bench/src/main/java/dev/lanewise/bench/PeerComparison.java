package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A row of Lanewise beside the row of a peer that does the same.
 *
 * @param exhibit of their benchmark
 * @param unit in which their table shows them
 * @param label what was measured
 * @param library the peer
 * @param ours the row of Lanewise
 * @param theirs the row of the peer
 */
record PeerComparison(Exhibit exhibit, Unit unit, String label, Library library, Results.Row ours, Results.Row theirs) {
    /** {@return all comparisons of a run, in the order of the exhibits} */
    static List<PeerComparison> of(Results results) {
        List<PeerComparison> all = new ArrayList<>();
        for (Exhibit exhibit : Exhibits.ALL) {
            for (TableSpec table : exhibit.tables()) {
                for (TableSpec.Line line : table.lines(exhibit.rows(results))) {
                    for (TableSpec.Ratio ratio : table.ratios()) {
                        Library library = table.column(ratio.under()).library();
                        if (library != null && line.has(ratio)) {
                            all.add(new PeerComparison(
                                    exhibit,
                                    table.unit(),
                                    table.label(line),
                                    library,
                                    line.cells().get(ratio.over()),
                                    line.cells().get(ratio.under())));
                        }
                    }
                }
            }
        }
        return all;
    }

    /** {@return the time of Lanewise over the peer's, of the best forks} */
    double best() {
        return ours.best() / theirs.best();
    }

    /** {@return that ratio in words, with the sign of doubt if one of the rows is in doubt} */
    String text() {
        return Tables.ratio(best()) + Doubt.mark(ours, theirs);
    }

    boolean doubtful() {
        return ours.doubtful() || theirs.doubtful();
    }

    /** {@return the time of Lanewise over the peer's with its interval, of the means of all forks} */
    ForkVariance.Ratio ratio(ForkVariance variance) {
        return variance.ratio(ours, theirs);
    }
}
