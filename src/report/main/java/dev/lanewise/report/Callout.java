package dev.lanewise.report;

/**
 * A sentence that stands out, such as a verdict.
 *
 * @param kind which color it has
 * @param label the word in front of it, such as {@code confirmed}
 * @param text the sentence, as in {@link Text}
 */
public record Callout(Kind kind, String label, String text) implements Block {
    /** The color of a callout; the label says the same in words. */
    public enum Kind {
        /** As hoped: a claim that is confirmed. */
        GOOD,
        /** Not as hoped: a claim that is refuted, a warning. */
        BAD,
        /** Neither. */
        NEUTRAL
    }
}
