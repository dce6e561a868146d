package dev.lanewise.bench;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Reasons why the time of a row is not that of compiled code that runs undisturbed. A row without an undisturbed fork is measured
 * once more with a longer warm-up; what remains in doubt is marked.
 */
enum Doubt {
    /**
     * C2 had code of the library or of the benchmark to compile at the ends of half of a fork's iterations or more. A method that
     * is compiled in passing is there at one end.
     */
    COMPILING("C2 had not compiled its code"),

    /** The first and the last iteration of a fork, or the fork's time and its fastest iteration, differ by more than half. */
    UNSTEADY("the iterations of a fork differ by more than half"),

    /** The medians of the forks differ by more than half. */
    FORKS("its forks differ by more than half");

    /** The sign beside figures of rows that are in doubt. */
    static final String MARK = " †";

    /** The explanation of the sign. */
    static final String LEGEND = "† marks what is in doubt: "
            + Arrays.stream(values()).map(doubt -> doubt.reason).collect(Collectors.joining(", or ")) + ".";

    /** The largest ratio of two times that agree. */
    private static final double MOST = 1.5;

    final String reason;

    Doubt(String reason) {
        this.reason = reason;
    }

    /**
     * Finds the doubts of a row.
     *
     * @param forks the times of each fork's iterations
     * @param compiling for each fork and iteration, how many methods C2 had to compile at its end; empty if not recorded
     */
    static Set<Doubt> of(List<double[]> forks, List<double[]> compiling) {
        Set<Doubt> doubts = EnumSet.noneOf(Doubt.class);
        if (compiling.stream()
                .anyMatch(fork ->
                        2 * Arrays.stream(fork).filter(count -> count > 0).count() >= fork.length)) {
            doubts.add(COMPILING);
        }
        if (forks.stream().anyMatch(Doubt::unsteady)) {
            doubts.add(UNSTEADY);
        }
        if (differ(forks.stream().mapToDouble(Results::median).toArray())) {
            doubts.add(FORKS);
        }
        return doubts;
    }

    private static boolean unsteady(double[] times) {
        double fastest = Arrays.stream(times).min().orElseThrow();
        // Intervals use the mean logarithm of a fork, tables its median.
        double mean = Math.exp(Arrays.stream(times).map(Math::log).average().orElseThrow());
        return differ(times[0], times[times.length - 1])
                || differ(mean, fastest)
                || differ(Results.median(times), fastest);
    }

    private static boolean differ(double... times) {
        return Arrays.stream(times).max().orElseThrow()
                > MOST * Arrays.stream(times).min().orElseThrow();
    }

    /** {@return the reasons in words} */
    static String reasons(Set<Doubt> doubts) {
        return doubts.stream().map(doubt -> doubt.reason).collect(Collectors.joining(", "));
    }

    /** {@return the sign if any of the rows is in doubt, else ""} */
    static String mark(Results.Row... rows) {
        return Arrays.stream(rows).anyMatch(Results.Row::doubtful) ? MARK : "";
    }
}
