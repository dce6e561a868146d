package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ColumnsTest {
    @Property
    void sumsFromTheFirstRowToTheLast(
            @ForAll @IntRange(max = 70) int rows, @ForAll @IntRange(max = 70) int columns, @ForAll long seed) {
        Random random = new Random(seed);
        int offset = random.nextInt(5), stride = columns + random.nextInt(3);
        float[] x = new float[offset + rows * stride];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        float[] expected = new float[columns + 9];
        Arrays.fill(expected, 7);
        float[] sums = expected.clone();
        for (int j = 0; j < columns; j++) {
            expected[4 + j] = 0;
            for (int i = 0; i < rows; i++) {
                expected[4 + j] += x[offset + i * stride + j];
            }
        }
        Columns.sum(rows, columns, x, offset, stride, sums, 4);
        assertArrayEquals(expected, sums);
    }

    @Test
    void rejectsWhatIsOutOfRange() {
        float[] x = new float[6];
        var rows = assertThrows(IllegalArgumentException.class, () -> Columns.sum(-1, 3, x, 0, 3, x, 0));
        assertEquals("rows must be at least 0: -1", rows.getMessage());
        var stride = assertThrows(IllegalArgumentException.class, () -> Columns.sum(2, 3, x, 0, 2, x, 0));
        assertEquals("xStride must be at least the columns of x, 3: 2", stride.getMessage());
        var sums = assertThrows(IndexOutOfBoundsException.class, () -> Columns.sum(2, 3, x, 0, 3, new float[2], 0));
        assertEquals("sums needs the floats 0 to 2, but its array has a length of 2", sums.getMessage());
    }
}
