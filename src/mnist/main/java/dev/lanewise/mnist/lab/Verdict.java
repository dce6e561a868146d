package dev.lanewise.mnist.lab;

import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;

/** The decision of a measurement about a claim. */
public enum Verdict {
    /** The claim holds. */
    CONFIRMED,

    /** The claim does not hold. */
    REFUTED,

    /** The claim holds in part, or the measured value is certainly between the claim's two bounds. */
    MIXED,

    /** The seeds do not decide: another three could give another verdict. */
    UNDECIDED;

    /** The least difference of two accuracies that counts, however little the seeds scatter: 0.1 percentage points. */
    public static final double MARGIN = 0.001;

    /** The difference of two accuracies up to which one is as good as the other: 0.3 percentage points. */
    public static final double AS_GOOD = 0.003;

    /** The rule of {@link #above}, {@link #below} and {@link #within} in words. */
    public static final String RULE =
            "Every comparison is made seed by seed, between runs that begin with the same weights and see the images in"
                    + " the same order. A verdict is given only where the seeds decide it: the 90 % interval of the"
                    + " compared value over at least " + SeedStatistics.LEAST
                    + " seeds, by Student's t (of the logarithm where it is a ratio), lies wholly where the claim's"
                    + " own rule puts confirmed, refuted, or mixed between the two. Such a verdict is wrong at most"
                    + " one time in twenty. Where the interval reaches across a bound, the claim is undecided. An"
                    + " accuracy is decidedly above another where the interval of the difference lies wholly above 0.1"
                    + " percentage points. All rules were fixed before anything was measured.";

    /** The rule of {@link #together} in words. */
    public static final String TOGETHER =
            "A section is confirmed if more than half of its claims are and none is refuted, refuted if more than half"
                    + " are and none is confirmed, undecided if more than half are, and otherwise mixed.";

    /** The verdict on a fact that does not vary with the seed; mixed where both or neither of the conditions hold. */
    public static Verdict of(boolean confirmed, boolean refuted) {
        return confirmed && !refuted ? CONFIRMED : refuted && !confirmed ? REFUTED : MIXED;
    }

    /**
     * The verdict on a claim that a value is large.
     *
     * @param value the value with each seed
     * @param confirmed confirmed if the interval is at or above it
     * @param refuted refuted if the interval is at or below it; at most {@code confirmed}
     */
    public static Verdict above(SeedStatistics value, double confirmed, double refuted) {
        double low = value.low(), high = value.high();
        return low >= confirmed
                ? CONFIRMED
                : high <= refuted ? REFUTED : low > refuted && high < confirmed ? MIXED : UNDECIDED;
    }

    /**
     * The verdict on a claim that a value is small.
     *
     * @param value the value with each seed
     * @param confirmed confirmed if the interval is at or below it
     * @param refuted refuted if the interval is at or above it; at least {@code confirmed}
     */
    public static Verdict below(SeedStatistics value, double confirmed, double refuted) {
        double low = value.low(), high = value.high();
        return high <= confirmed
                ? CONFIRMED
                : low >= refuted ? REFUTED : low > confirmed && high < refuted ? MIXED : UNDECIDED;
    }

    /**
     * The verdict on a claim that a value is near another. It is refuted if no seed has a value.
     *
     * @param value the value with each seed; NaN for a seed that has none
     * @param low confirmed from here
     * @param high confirmed up to here
     * @param lowest refuted below
     * @param highest refuted above
     */
    public static Verdict within(SeedStatistics value, double low, double high, double lowest, double highest) {
        if (value.values().stream().allMatch(x -> Double.isNaN(x)) && value.count() >= SeedStatistics.LEAST) {
            return REFUTED;
        }
        double from = value.low(), to = value.high();
        if (from >= low && to <= high) {
            return CONFIRMED;
        }
        if (to < lowest || from > highest) {
            return REFUTED;
        }
        boolean between = to < low && from >= lowest || from > high && to <= highest;
        return between ? MIXED : UNDECIDED;
    }

    /**
     * The verdict on a claim that something is so with a run.
     *
     * @param seeds the results of the run
     * @param so the condition: confirmed if it holds with every seed, refuted if with none, else undecided
     */
    public static Verdict every(List<Result> seeds, Predicate<Result> so) {
        if (seeds.size() < SeedStatistics.LEAST) {
            return UNDECIDED;
        }
        long count = seeds.stream().filter(so).count();
        return count == seeds.size() ? CONFIRMED : count == 0 ? REFUTED : UNDECIDED;
    }

    /** The verdict on a claim that two things are so: mixed where one is decidedly so and the other decidedly not. */
    public static Verdict both(Verdict one, Verdict other) {
        return one == other ? one : one == UNDECIDED || other == UNDECIDED ? UNDECIDED : MIXED;
    }

    /** The opposite verdict. */
    public Verdict not() {
        return switch (this) {
            case CONFIRMED -> REFUTED;
            case REFUTED -> CONFIRMED;
            default -> this;
        };
    }

    /** The verdict on several claims together. */
    static Verdict together(List<Verdict> verdicts) {
        long confirmed = verdicts.stream().filter(CONFIRMED::equals).count();
        long refuted = verdicts.stream().filter(REFUTED::equals).count();
        long undecided = verdicts.stream().filter(UNDECIDED::equals).count();
        return 2 * undecided > verdicts.size()
                ? UNDECIDED
                : of(2 * confirmed > verdicts.size() && refuted == 0, 2 * refuted > verdicts.size() && confirmed == 0);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
