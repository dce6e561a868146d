package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.math.BigDecimal;
import java.math.MathContext;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PowerTest {
    @Test
    void wholePowersAreWhatTheyAre() {
        assertEquals(1, Power.of(0, 0));
        assertEquals(0, Power.of(0, 5));
        assertEquals(0.9, Power.of(0.9, 1));
        assertEquals(1024, Power.of(2, 10));
        assertEquals(0, Power.of(0.999, Long.MAX_VALUE));
    }

    @Test
    void powersThatAreNotWhole() {
        assertEquals(Power.of(3.0, 4L), Power.of(3.0, 4.0), "multiplied");
        assertEquals(Math.sqrt(7), Power.of(7.0, 0.5), 1e-15);
        assertEquals(Math.pow(0.01, 2.5), Power.of(0.01, 2.5), 1e-19);
        assertEquals(0, Power.of(0.0, 0.5));
        assertEquals(1, Power.of(0.0, 0.0));
        assertEquals(0, Power.of(0.5, 1e300));
    }

    /** The error of a power grows with its exponent, half an ulp a multiplication at the most. */
    @Property
    void isAsExactAsMultiplicationAllows(
            @ForAll @DoubleRange(min = 0.5, max = 1) double base, @ForAll @IntRange(min = 1, max = 900) int exponent) {
        double exact = new BigDecimal(base).pow(exponent, new MathContext(40)).doubleValue();
        assertEquals(exact, Power.of(base, exponent), exact * exponent * 0x1p-53);
    }

    @Test
    void theBiasCorrectionOfTheFirstSteps() {
        assertEquals(0, Power.biasCorrection(0.9, 0));
        assertEquals(1 - 0.9, Power.biasCorrection(0.9, 1));
        assertEquals(1, Power.biasCorrection(0, 1));
        assertEquals(1, Power.biasCorrection(0.9, Long.MAX_VALUE));
    }

    /** The steps end where the power is far less than half an ulp of 1. */
    @Property(tries = 10_000)
    void theBiasCorrectionHasTheBitsOfTheDifference(
            @ForAll @DoubleRange(min = 0, max = 20) double halvings,
            @ForAll @DoubleRange(min = 0, max = 80) double scale) {
        double decay = 1 - Math.pow(2, -halvings);
        long steps = (long) (scale / (1 - decay));
        assertEquals(1 - Power.of(decay, steps), Power.biasCorrection(decay, steps));
    }
}
