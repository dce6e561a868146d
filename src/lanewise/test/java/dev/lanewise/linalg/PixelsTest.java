package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PixelsTest {
    @Test
    void dividesEachByteAsTheDivisionDoesAndTouchesNoOtherFloat() {
        byte[] x = new byte[300];
        for (int i = 0; i < x.length; i++) {
            x[i] = (byte) i;
        }
        for (int count = 0; count <= 256; count++) {
            for (float divisor : new float[] {255, 3}) {
                float[] expected = new float[270];
                Arrays.fill(expected, 7);
                float[] y = expected.clone();
                for (int i = 0; i < count; i++) {
                    expected[5 + i] = (3 + i) % 256 / divisor;
                }
                Pixels.toFloats(x, 3, divisor, y, 5, count);
                assertArrayEquals(expected, y);
            }
        }
    }

    @Test
    void rejectsWhatIsOutOfRange() {
        byte[] x = new byte[4];
        float[] y = new float[3];
        var count = assertThrows(IllegalArgumentException.class, () -> Pixels.toFloats(x, 0, 255, y, 0, -1));
        assertEquals("count must be at least 0: -1", count.getMessage());
        var pixels = assertThrows(IndexOutOfBoundsException.class, () -> Pixels.toFloats(x, 1, 255, y, 0, 4));
        assertEquals("x too short: need indices 1..4, length is 4", pixels.getMessage());
        var floats = assertThrows(IndexOutOfBoundsException.class, () -> Pixels.toFloats(x, 0, 255, y, 0, 4));
        assertEquals("y too short: need indices 0..3, length is 3", floats.getMessage());
        assertThrows(IndexOutOfBoundsException.class, () -> Pixels.toFloats(x, 0, 255, y, -1, 2));
        assertArrayEquals(new float[3], y);
    }
}
