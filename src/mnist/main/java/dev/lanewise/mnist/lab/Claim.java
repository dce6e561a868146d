package dev.lanewise.mnist.lab;

/**
 * What the lecture says, and what was measured.
 *
 * @param slide the title of the slide
 * @param statement its words, in quotation marks, or the claim in ours
 * @param rule what makes it confirmed or refuted; stated before the measurement is shown
 * @param answer by that rule
 * @param evidence the numbers that decided, in a sentence
 */
public record Claim(String slide, String statement, String rule, Verdict answer, String evidence) {}
