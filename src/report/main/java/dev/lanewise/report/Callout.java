package dev.lanewise.report;

/**
 * A sentence that stands out, such as a verdict.
 *
 * @param kind the kind, which has a color
 * @param label the word in front of the sentence, such as {@code confirmed}
 * @param text the sentence, as in {@link Text}
 */
public record Callout(Kind kind, String label, String text) implements Block {
    /** The kind of a callout, which selects its color; the label repeats it in words. */
    public enum Kind {
        /** A good result, such as a claim that is confirmed. */
        GOOD,
        /** A bad result, such as a claim that is refuted, or a warning. */
        BAD,
        /** A result that is neither good nor bad. */
        NEUTRAL
    }
}
