package dev.lanewise.mnist.lab;

import java.util.List;
import java.util.Locale;

/** What the measurement says of a claim. */
public enum Verdict {
    /** It is so. */
    CONFIRMED,

    /** It is not so. */
    REFUTED,

    /** It is so in part, or the measurement does not tell. */
    MIXED;

    /** A claim that is either, or in between. NaN makes both false, and the answer mixed. */
    public static Verdict of(boolean confirmed, boolean refuted) {
        return confirmed && !refuted ? CONFIRMED : refuted && !confirmed ? REFUTED : MIXED;
    }

    /** The rule of {@link #together} in words. */
    public static final String TOGETHER =
            "A section is confirmed if more than half of its claims are and none is refuted, refuted"
                    + " if more than half are and none is confirmed, and otherwise mixed.";

    /** Of claims together: what most of them are, if none is the opposite. */
    public static Verdict together(List<Verdict> answers) {
        long confirmed = answers.stream().filter(CONFIRMED::equals).count();
        long refuted = answers.stream().filter(REFUTED::equals).count();
        return of(2 * confirmed > answers.size() && refuted == 0, 2 * refuted > answers.size() && confirmed == 0);
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
