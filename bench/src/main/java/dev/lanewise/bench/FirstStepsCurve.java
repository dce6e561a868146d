package dev.lanewise.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The times of the first steps of fresh JVMs in one setting. Steps are taken together in buckets whose first steps are about
 * equally far apart on a logarithmic scale, ten to a decade.
 *
 * @param library {@code this} build, or the {@code other} that it is compared with
 * @param work the name of what is measured; null in files of runs that measured updates alone
 * @param elements by how much times are divided: the elements of an update, 1 for a training step or a prediction
 * @param cores the cores of the JVM
 * @param setting how the JVM was started
 * @param warmUp the nanoseconds of the warm-up before the first step: the median of the forks; 0 without one
 * @param first for each bucket, the number of its first step, from 1
 * @param median for each bucket, the nanoseconds of a step: the median of the forks' medians
 * @param greatest for each bucket, the nanoseconds of its slowest step: the median of the forks' maxima
 * @param firstStep the nanoseconds of the first step: the median of the forks
 * @param firstThousand the nanoseconds of the first 1,000 steps together: the median of the forks
 * @param all the nanoseconds of all steps together: the median of the forks
 */
record FirstStepsCurve(
        String library,
        String work,
        int elements,
        String cores,
        String setting,
        double warmUp,
        int[] first,
        double[] median,
        double[] greatest,
        double firstStep,
        double firstThousand,
        double all) {
    private static final int TO_A_DECADE = 10;

    FirstStepsCurve {
        work = work == null ? FirstStepsWork.update(elements).name() : work;
    }

    /**
     * What one JVM measured.
     *
     * @param warmUp the nanoseconds of the warm-up; 0 without one
     * @param nanos those of each step
     */
    record Fork(long warmUp, long[] nanos) {}

    /** Sums up some forks. */
    static FirstStepsCurve of(String library, FirstStepsWork work, String cores, String setting, List<Fork> all) {
        List<long[]> forks = all.stream().map(Fork::nanos).toList();
        int[] first = buckets(forks.getFirst().length);
        double[] median = new double[first.length], greatest = new double[first.length];
        for (int i = 0; i < first.length; i++) {
            int from = first[i] - 1, to = i + 1 < first.length ? first[i + 1] - 1 : forks.getFirst().length;
            median[i] = median(forks.stream().map(fork -> Results.median(part(fork, from, to))));
            greatest[i] = median(forks.stream()
                    .map(fork -> Arrays.stream(fork, from, to).max().orElseThrow()));
        }
        return new FirstStepsCurve(
                library,
                work.name(),
                work.elements(),
                cores,
                setting,
                median(all.stream().map(Fork::warmUp)),
                first,
                median,
                greatest,
                median(forks.stream().map(fork -> fork[0])),
                median(forks.stream().map(fork -> sum(fork, 1_000))),
                median(forks.stream().map(fork -> sum(fork, fork.length))));
    }

    private static double[] part(long[] nanos, int from, int to) {
        return Arrays.stream(nanos, from, to).asDoubleStream().toArray();
    }

    private static long sum(long[] nanos, int count) {
        return Arrays.stream(nanos, 0, Math.min(count, nanos.length)).sum();
    }

    private static double median(java.util.stream.Stream<? extends Number> values) {
        return Results.median(values.mapToDouble(Number::doubleValue).toArray());
    }

    /** {@return the numbers of the buckets' first steps, from 1} */
    static int[] buckets(int steps) {
        List<Integer> first = new ArrayList<>();
        for (int i = 0; ; i++) {
            int step = (int) Math.round(Math.pow(10, (double) i / TO_A_DECADE));
            if (step > steps) {
                return first.stream().mapToInt(Integer::intValue).toArray();
            }
            if (first.isEmpty() || step > first.getLast()) {
                first.add(step);
            }
        }
    }

    /** {@return the bucket in which a step takes longest compared with one of another curve} */
    int worst(FirstStepsCurve other) {
        int worst = 0;
        for (int i = 1; i < median.length; i++) {
            if (median[i] / other.median[i] > median[worst] / other.median[worst]) {
                worst = i;
            }
        }
        return worst;
    }

    /** {@return the nanoseconds of the slowest step but the first} */
    double slowestLater() {
        return Arrays.stream(greatest, 1, greatest.length).max().orElse(0);
    }

    /** {@return the unit of {@link #perElement}} */
    String unit() {
        return elements == 1 ? "ns per step" : Unit.NANOS_PER_ELEMENT.name();
    }

    /** {@return the nanoseconds of an element, or of a training step or a prediction, in each bucket} */
    double[] perElement() {
        return Arrays.stream(median).map(nanos -> nanos / elements).toArray();
    }

    /** {@return the nanoseconds of an element, or of a training step or a prediction, in the slowest step of each bucket} */
    double[] greatestPerElement() {
        return Arrays.stream(greatest).map(nanos -> nanos / elements).toArray();
    }
}
