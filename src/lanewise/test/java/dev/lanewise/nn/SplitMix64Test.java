package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SplitMix64Test {
    /** The JDK's generator has the same algorithm at present. */
    @Property
    void isTheSequenceOfTheJdk(@ForAll long seed) {
        SplitMix64 random = new SplitMix64(seed);
        SplittableRandom expected = new SplittableRandom(seed);
        for (int i = 0; i < 100; i++) {
            assertEquals(expected.nextLong(), random.nextLong());
        }
    }

    @Property
    void isBelowItsBound(@ForAll long seed, @ForAll @IntRange(min = 1) int bound) {
        SplitMix64 random = new SplitMix64(seed);
        for (int i = 0; i < 100; i++) {
            int number = random.nextInt(bound);
            assertTrue(number >= 0 && number < bound, () -> Integer.toString(number));
        }
    }

    @Test
    void theBoundIsChecked() {
        var e = assertThrows(IllegalArgumentException.class, () -> new SplitMix64(1).nextInt(0));
        assertEquals("bound must be at least 1: 0", e.getMessage());
    }
}
