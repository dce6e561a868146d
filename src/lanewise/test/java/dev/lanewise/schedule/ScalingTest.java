package dev.lanewise.schedule;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ScalingTest {
    /** In Goyal et al. 2017 a rate of 0.1 at batch size 256 becomes 3.2 at 8,192. */
    @Test
    void linear() {
        assertEquals(3.2, Scaling.linear(0.1, 256, 8192), 1e-15);
        assertEquals(0.1, Scaling.linear(0.1, 128, 128));
        assertEquals(0.025, Scaling.linear(0.1, 256, 64));
    }

    @Test
    void squareRoot() {
        assertEquals(0.004, Scaling.squareRoot(0.001, 128, 2048));
        assertEquals(0.1, Scaling.squareRoot(0.1, 128, 128));
        assertEquals(0.05, Scaling.squareRoot(0.1, 256, 64));
    }

    @Test
    void saysWhatIsWrong() {
        assertMessage("rate must be finite and not negative: -0.1", () -> Scaling.linear(-0.1, 1, 1));
        assertMessage("baseBatch must be at least 1: 0", () -> Scaling.linear(0.1, 0, 1));
        assertMessage("batch must be at least 1: 0", () -> Scaling.squareRoot(0.1, 1, 0));
    }

    private static void assertMessage(String message, Runnable action) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, action::run).getMessage());
    }
}
