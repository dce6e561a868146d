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

class ReductionsTest {
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
        Reductions.columnSums(Matrix.of(x, offset, rows, columns, stride), Matrix.of(sums, 4, 1, columns));
        assertArrayEquals(expected, sums);
    }

    @Test
    void rejectsWhatDoesNotFitBeforeAnythingIsWritten() {
        float[] array = {1, 2, 3, 4, 5, 6, 7, 8};
        Matrix x = Matrix.of(array, 0, 2, 3);
        rejects(x, Matrix.of(array, 6, 2, 1), "rows of sums must be 1 (one for all rows of x): 2");
        rejects(x, Matrix.of(array, 6, 1, 2), "columns of sums must be 3 (columns of x): 2");
        rejects(x, Matrix.of(array, 5, 1, 3), "sums must not overlap x: indices 5..7 and 0..5 of one array");
        assertArrayEquals(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, array);
    }

    private static void rejects(Matrix x, Matrix sums, String message) {
        var e = assertThrows(IllegalArgumentException.class, () -> Reductions.columnSums(x, sums));
        assertEquals(message, e.getMessage());
    }
}
