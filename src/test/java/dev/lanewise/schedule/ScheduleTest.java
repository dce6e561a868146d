package dev.lanewise.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    @Test
    void constantStays() {
        assertEquals(0.1, new Constant(0.1).at(0));
        assertEquals(0.1, new Constant(0.1).at(Long.MAX_VALUE));
    }

    @Test
    void warmupRisesFromTheFirstStepToThePeak() {
        Schedule schedule = new WarmupCosine(0.8, 4, 12);
        assertEquals(0.2, schedule.at(0), 1e-15);
        assertEquals(0.4, schedule.at(1), 1e-15);
        assertEquals(0.8, schedule.at(3), 1e-15);
    }

    @Test
    void cosineFallsFromThePeakToTheFloorAndStaysThere() {
        Schedule schedule = new WarmupCosine(0.8, 4, 12, 0.2);
        assertEquals(0.8, schedule.at(4), 1e-15);
        assertEquals(0.5, schedule.at(8), 1e-15);
        assertEquals(0.2 + 0.3 * (1 + Math.cos(Math.PI * 7 / 8)), schedule.at(11), 1e-15);
        assertEquals(0.2, schedule.at(12));
        assertEquals(0.2, schedule.at(Long.MAX_VALUE));
    }

    @Test
    void worksWithoutWarmupAndWithNothingElse() {
        assertEquals(1, new WarmupCosine(1, 0, 10).at(0));
        assertEquals(1, new WarmupCosine(1, 10, 10).at(9));
        assertEquals(0, new WarmupCosine(1, 10, 10).at(10));
        assertEquals(0, new WarmupCosine(1, 0, 0).at(0));
    }

    @Property
    void neverLeavesItsRange(
            @ForAll @LongRange(max = 1000) long warmup,
            @ForAll @LongRange(max = 1000) long rest,
            @ForAll @LongRange(max = 3000) long step) {
        double value = new WarmupCosine(0.3, warmup, warmup + rest, 0.001).at(step);
        double least = Math.min(0.001, 0.3 / Math.max(warmup, 1));
        assertEquals(value, Math.clamp(value, least, 0.3));
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("value must be finite and not negative: NaN", () -> new Constant(Double.NaN));
        assertMessage("peak must be finite and not negative: -1.0", () -> new WarmupCosine(-1, 0, 1));
        assertMessage("peak must be finite and not negative: Infinity", () -> new WarmupCosine(1 / 0.0, 0, 1));
        assertMessage("warmup must be at least 0: -1", () -> new WarmupCosine(1, -1, 1));
        assertMessage("total must be at least 5: 4", () -> new WarmupCosine(1, 5, 4));
        assertMessage("floor must not be above peak 1.0: 2.0", () -> new WarmupCosine(1, 5, 9, 2));
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
