package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.List;

/**
 * A row of ours beside a peer's.
 *
 * @param exhibit of their benchmark
 * @param unit in which their table shows them
 * @param label what was measured
 * @param library the peer
 * @param ours our row
 * @param theirs the peer's
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

    /** {@return our time over the peer's, of the best forks} */
    double best() {
        return ours.best() / theirs.best();
    }

    /** {@return our time over the peer's with its interval, of the means of all forks} */
    ForkVariance.Ratio ratio(ForkVariance variance) {
        return variance.ratio(ours, theirs);
    }
}
