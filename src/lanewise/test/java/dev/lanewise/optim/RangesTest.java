package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.Workers;
import org.junit.jupiter.api.Test;

class RangesTest {
    @Test
    void rangesHaveAtLeastThirtyTwoKiElementsAndAreAsManyAsThreads() {
        // The executor is never called.
        Workers three = Workers.on(helper -> {}, 3);
        assertEquals(1, Ranges.of(three, 0, false));
        assertEquals(1, Ranges.of(three, (1 << 16) - 1, false));
        assertEquals(2, Ranges.of(three, 1 << 16, false));
        assertEquals(3, Ranges.of(three, 1L << 40, false));
        assertEquals(1, Ranges.of(three, 1 << 30, true));
        assertEquals(1, Ranges.of(Workers.caller(), 1 << 30, false));
    }
}
