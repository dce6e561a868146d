package dev.lanewise.mnist.lab;

import static dev.lanewise.mnist.lab.Verdict.CONFIRMED;
import static dev.lanewise.mnist.lab.Verdict.MIXED;
import static dev.lanewise.mnist.lab.Verdict.REFUTED;
import static dev.lanewise.mnist.lab.Verdict.UNDECIDED;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

/** A verdict is given only if the seeds decide it. */
class VerdictTest {
    /** The standard error of 1, 2 and 3 is 1 / √3, and Student's 95 % quantile with 2 degrees of freedom is 2.920. */
    @Test
    void intervalIsStudents() {
        SeedStatistics three = SeedStatistics.of(1, 2, 3);
        assertEquals(2, three.mean());
        assertEquals(1, three.deviation());
        assertEquals(2 - 2.920 / Math.sqrt(3), three.low(), 1e-12);
        assertEquals(2 + 2.920 / Math.sqrt(3), three.high(), 1e-12);
        SeedStatistics six = SeedStatistics.of(1, 2, 3, 1, 2, 3);
        assertEquals(2 + 2.015 * Math.sqrt(0.8 / 6), six.high(), 1e-12);
        SeedStatistics ratios = SeedStatistics.ratios(List.of(1.0, 10.0, 100.0));
        assertEquals(10, ratios.mean(), 1e-12);
        assertEquals(10 * Math.pow(10, 2.920 / Math.sqrt(3)), ratios.high(), 1e-9);
    }

    @Test
    void fewerThanThreeSeedsDecideNothing() {
        assertEquals(UNDECIDED, Verdict.above(SeedStatistics.of(9, 9), 1, 0));
        assertEquals(UNDECIDED, Verdict.below(SeedStatistics.of(-9), 0, 1));
        assertEquals(UNDECIDED, Verdict.within(SeedStatistics.of(1, 1), 0, 2, -1, 3));
        assertEquals(UNDECIDED, Verdict.within(SeedStatistics.of(Double.NaN), 0, 2, -1, 3));
        assertEquals(UNDECIDED, Verdict.every(List.of(), result -> true));
        assertFalse(SeedStatistics.of(0.9).decidedlyAbove(SeedStatistics.of(0.1)));
    }

    @Test
    void comparesWhatHasTheSameSeed() {
        SeedStatistics one = SeedStatistics.of(0.80, 0.90, 0.95);
        SeedStatistics other = SeedStatistics.of(0.79, 0.891, 0.94);
        assertTrue(one.decidedlyAbove(other));
        assertFalse(one.decidedlyAbove(SeedStatistics.of(0.94, 0.79, 0.891)));
        assertFalse(one.decidedlyAbove(one));
    }

    @Test
    void anAccuracyIsDecidedlyAboveOnlyByMoreThanTheSeedsScatterAndTheMargin() {
        assertTrue(SeedStatistics.of(0.98, 0.981, 0.982).decidedlyAbove(SeedStatistics.of(0.97, 0.971, 0.971)));
        assertFalse(SeedStatistics.of(0.97, 0.971, 0.971).decidedlyAbove(SeedStatistics.of(0.98, 0.981, 0.982)));
        assertFalse(SeedStatistics.of(0.97, 0.99, 0.98).decidedlyAbove(SeedStatistics.of(0.97, 0.96, 0.98)));
        SeedStatistics exact = SeedStatistics.of(0.98, 0.98, 0.98);
        assertFalse(SeedStatistics.of(0.9805, 0.9805, 0.9805).decidedlyAbove(exact));
        assertTrue(SeedStatistics.of(0.9815, 0.9815, 0.9815).decidedlyAbove(exact));
    }

    @Test
    void verdictIsGivenWhereTheWholeIntervalIs() {
        SeedStatistics two = SeedStatistics.of(1.9, 2, 2.1);
        assertEquals(CONFIRMED, Verdict.above(two, 1.8, 1));
        assertEquals(UNDECIDED, Verdict.above(two, 1.9, 1));
        assertEquals(MIXED, Verdict.above(two, 2.5, 1));
        assertEquals(UNDECIDED, Verdict.above(two, 2.5, 2));
        assertEquals(REFUTED, Verdict.above(two, 2.5, 2.2));
        assertEquals(CONFIRMED, Verdict.below(two, 2.2, 3));
        assertEquals(UNDECIDED, Verdict.below(two, 2.1, 3));
        assertEquals(MIXED, Verdict.below(two, 1.5, 3));
        assertEquals(REFUTED, Verdict.below(two, 1.5, 1.8));
        assertEquals(CONFIRMED, Verdict.within(two, 1.8, 2.2, 1, 3));
        assertEquals(UNDECIDED, Verdict.within(two, 2, 2.2, 1, 3));
        assertEquals(MIXED, Verdict.within(two, 2.5, 2.7, 1, 3));
        assertEquals(MIXED, Verdict.within(two, 1.2, 1.5, 1, 3));
        assertEquals(REFUTED, Verdict.within(two, 2.5, 2.7, 2.4, 3));
        assertEquals(REFUTED, Verdict.within(two, 0.5, 0.7, 0.4, 1));
    }

    /** A seed without a value leaves the others undecided, unless no seed has one or all have the same. */
    @Test
    void valuesThatAreNotFiniteDecideNothingAmongOthers() {
        double never = Double.POSITIVE_INFINITY;
        assertEquals(UNDECIDED, Verdict.above(SeedStatistics.of(5, never, 5), 1, 0));
        assertEquals(UNDECIDED, Verdict.above(SeedStatistics.of(5, Double.NaN, 5), 1, 0));
        assertEquals(UNDECIDED, Verdict.within(SeedStatistics.of(5, Double.NaN, 5), 1, 9, 0, 10));
        assertEquals(CONFIRMED, Verdict.above(SeedStatistics.of(never, never, never), 1, 0));
        assertEquals(REFUTED, Verdict.within(SeedStatistics.of(Double.NaN, Double.NaN, Double.NaN), 1, 9, 0, 10));
    }

    @Test
    void twoThingsTogether() {
        assertEquals(CONFIRMED, Verdict.both(CONFIRMED, CONFIRMED));
        assertEquals(REFUTED, Verdict.both(REFUTED, REFUTED));
        assertEquals(MIXED, Verdict.both(CONFIRMED, REFUTED));
        assertEquals(UNDECIDED, Verdict.both(CONFIRMED, UNDECIDED));
        assertEquals(UNDECIDED, Verdict.both(UNDECIDED, REFUTED));
    }

    @Test
    void sectionIsWhatMostOfItsClaimsAreIfNoneIsTheOpposite() {
        assertEquals(CONFIRMED, Verdict.together(List.of(CONFIRMED, CONFIRMED, MIXED)));
        assertEquals(MIXED, Verdict.together(List.of(CONFIRMED, MIXED)));
        assertEquals(MIXED, Verdict.together(List.of(CONFIRMED, CONFIRMED, CONFIRMED, REFUTED)));
        assertEquals(REFUTED, Verdict.together(List.of(REFUTED, REFUTED, MIXED)));
        assertEquals(MIXED, Verdict.together(List.of(REFUTED, MIXED, MIXED)));
        assertEquals(UNDECIDED, Verdict.together(List.of(CONFIRMED, UNDECIDED, UNDECIDED)));
        assertEquals(MIXED, Verdict.together(List.of(CONFIRMED, UNDECIDED)));
    }
}
