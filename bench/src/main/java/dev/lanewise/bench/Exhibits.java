package dev.lanewise.bench;

import java.util.List;

/** All benchmarks, in the order in which they are measured and shown. */
final class Exhibits {
    static final List<Exhibit> ALL = List.of(
            UpdateExhibit.EXHIBIT,
            DividerBenchmark.EXHIBIT,
            MlpBenchmark.EXHIBIT,
            MuonBenchmark.EXHIBIT,
            ReplicasBenchmark.EXHIBIT,
            EpochBenchmark.EXHIBIT,
            InferenceBenchmark.EXHIBIT,
            GemmExhibit.EXHIBIT,
            BusyCoreBenchmark.EXHIBIT,
            SoftmaxBenchmark.EXHIBIT,
            NormBenchmark.EXHIBIT,
            StorageBenchmark.EXHIBIT,
            PlainSegmentBenchmark.EXHIBIT,
            StateBenchmark.EXHIBIT,
            StatisticsBenchmark.EXHIBIT,
            DecayBenchmark.EXHIBIT,
            TailBenchmark.EXHIBIT,
            RowBenchmark.EXHIBIT);

    private Exhibits() {}

    /**
     * Finds the exhibit of a benchmark.
     *
     * @param name the simple name of its class
     * @throws IllegalStateException if it has none
     */
    static Exhibit of(String name) {
        return ALL.stream()
                .filter(exhibit -> exhibit.name().equals(name))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(name + " has no exhibit: describe it in a constant of type"
                        + " Exhibit in its class, and add the constant to Exhibits.ALL"));
    }
}
