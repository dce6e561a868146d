package dev.lanewise.mnist.lab;

/**
 * A claim of the lecture, and what the measurement decides about it.
 *
 * @param slide the title of the slide; empty for a claim that is on none
 * @param statement the slide's words in quotation marks, or the claim in other words
 * @param rule what confirms or refutes the claim; the page states it before it shows the measurement
 * @param verdict the verdict by that rule
 * @param evidence the numbers that decided, in one line
 */
public record Claim(String slide, String statement, String rule, Verdict verdict, String evidence) {
    /**
     * A claim that one of two is better than the other, by its accuracy on the test images.
     *
     * @param slide the title of the slide
     * @param statement the slide's words
     * @param one the name of the first
     * @param better the accuracy of the first with each seed
     * @param other the name of the second
     * @param worse the accuracy of the second with each seed
     */
    public static Claim better(
            String slide, String statement, String one, SeedStatistics better, String other, SeedStatistics worse) {
        SeedStatistics difference = better.minus(worse);
        return new Claim(
                slide,
                statement,
                "By test accuracy. Confirmed if " + one + " is decidedly above " + other
                        + "; refuted if decidedly below; mixed if the two are decidedly within 0.1 points.",
                Verdict.above(difference, Verdict.MARGIN, -Verdict.MARGIN),
                one + " " + Format.percent(better) + ", " + other + " " + Format.percent(worse) + ": "
                        + Format.points(difference) + ".");
    }

    /** {@return the same claim on another slide} */
    public Claim on(String otherSlide, String otherStatement, String otherRule) {
        return new Claim(otherSlide, otherStatement, otherRule, verdict, evidence);
    }
}
