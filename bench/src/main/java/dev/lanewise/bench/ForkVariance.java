package dev.lanewise.bench;

import java.util.List;
import org.apache.commons.math3.distribution.TDistribution;

/**
 * The variance of repeated measurements, from which the confidence intervals of ratios are computed. All computations use
 * logarithms of times, whose differences are ratios.
 *
 * <p>The unit is the fork, because two JVMs differ by more than two iterations of one. Where both rows have three forks or
 * more, the interval is Welch's, of the forks' means. Otherwise the rows borrow the spread between forks of all rows
 * that have several; where no row has, only the iterations remain, and the interval is too narrow.
 *
 * @param variance of the forks' means around their row's, pooled over the rows with several forks
 * @param freedom its degrees of freedom; 0 if no row has several forks
 * @param confidence of the intervals, such as 0.95
 */
record ForkVariance(double variance, int freedom, double confidence) {
    private static final int ENOUGH = 3;

    /**
     * A ratio of two times.
     *
     * @param value the ratio
     * @param low the lower end of its interval
     * @param high the upper end
     */
    record Ratio(double value, double low, double high) {
        /** {@return whether 1 is outside of the interval} */
        boolean significant() {
            return low > 1 || high < 1;
        }
    }

    /** {@return the variance of all rows together, without those whose forks did not settle} */
    static ForkVariance of(List<Results.Row> rows, double confidence) {
        double squares = 0;
        int freedom = 0;
        for (Results.Row row : rows) {
            double[] means = means(row);
            boolean settled =
                    !row.doubts().contains(Doubt.COMPILING) && !row.doubts().contains(Doubt.UNSTEADY);
            if (settled && means.length > 1) {
                squares += variance(means) * (means.length - 1);
                freedom += means.length - 1;
            }
        }
        return new ForkVariance(freedom == 0 ? 0 : squares / freedom, freedom, confidence);
    }

    /** {@return the time of {@code over} divided by that of {@code under}} */
    Ratio ratio(Results.Row over, Results.Row under) {
        double[] a = means(over), b = means(under);
        double difference = mean(a) - mean(b);
        double square, degrees;
        if (a.length >= ENOUGH && b.length >= ENOUGH) {
            double va = variance(a) / a.length, vb = variance(b) / b.length;
            square = va + vb;
            // The degrees of freedom by Welch and Satterthwaite.
            degrees = square == 0 ? 1 : square * square / (va * va / (a.length - 1) + vb * vb / (b.length - 1));
        } else {
            double borrowed = variance * (1.0 / a.length + 1.0 / b.length);
            double within = within(over) + within(under);
            square = Math.max(borrowed, within);
            degrees =
                    borrowed >= within && freedom > 0 ? freedom : Math.max(1, iterations(over) + iterations(under) - 2);
        }
        double half =
                new TDistribution(null, degrees).inverseCumulativeProbability((1 + confidence) / 2) * Math.sqrt(square);
        return new Ratio(Math.exp(difference), Math.exp(difference - half), Math.exp(difference + half));
    }

    /** {@return the interval of a row's time, as two factors of it} */
    double[] around(Results.Row row) {
        double[] forks = means(row);
        double square = Math.max(
                forks.length >= ENOUGH ? variance(forks) / forks.length : variance / forks.length,
                forks.length >= ENOUGH ? 0 : within(row));
        int degrees = forks.length >= ENOUGH ? forks.length - 1 : freedom > 0 ? freedom : iterations(row) - 1;
        double half = new TDistribution(null, Math.max(1, degrees)).inverseCumulativeProbability((1 + confidence) / 2)
                * Math.sqrt(square);
        return new double[] {Math.exp(-half), Math.exp(half)};
    }

    /** {@return the mean logarithm of each fork} */
    private static double[] means(Results.Row row) {
        return row.forks().stream().mapToDouble(fork -> mean(logarithms(fork))).toArray();
    }

    /** {@return the variance of a row's mean, from its iterations alone} */
    private static double within(Results.Row row) {
        double sum = 0;
        for (double[] fork : row.forks()) {
            sum += fork.length == 1 ? 0 : variance(logarithms(fork)) / fork.length;
        }
        int forks = row.forks().size();
        return sum / (forks * forks);
    }

    private static int iterations(Results.Row row) {
        return row.forks().stream().mapToInt(fork -> fork.length).sum();
    }

    private static double[] logarithms(double[] times) {
        double[] logarithms = new double[times.length];
        for (int i = 0; i < times.length; i++) {
            logarithms[i] = Math.log(times[i]);
        }
        return logarithms;
    }

    private static double mean(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum / values.length;
    }

    private static double variance(double[] values) {
        double mean = mean(values);
        double sum = 0;
        for (double value : values) {
            sum += (value - mean) * (value - mean);
        }
        return sum / (values.length - 1);
    }
}
