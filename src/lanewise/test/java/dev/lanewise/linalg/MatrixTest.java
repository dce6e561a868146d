package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MatrixTest {
    private static void assertView(Matrix matrix, float[] array, int offset, int rows, int columns, int stride) {
        assertSame(array, matrix.array());
        assertEquals(offset, matrix.offset());
        assertEquals(rows, matrix.rows());
        assertEquals(columns, matrix.columns());
        assertEquals(stride, matrix.stride());
    }

    @Test
    void isPointedAtOneMatrixAfterAnother() {
        float[] x = new float[12], y = new float[5];
        Matrix matrix = Matrix.of(x, 2, 2, 3, 7);
        assertView(matrix, x, 2, 2, 3, 7);
        assertSame(matrix, matrix.set(y, 1, 4, 1));
        assertView(matrix, y, 1, 4, 1, 1);
        matrix.clear();
        assertView(matrix, new Matrix().array(), 0, 0, 0, 0);
    }

    @ParameterizedTest
    @CsvSource({"12, 0, 5, 9", "12, 3, 0, 9", "0, 3, 4, 4", "2, 2, 3, 7"})
    void mayEndWhereItsArrayDoes(int offset, int rows, int columns, int stride) {
        float[] x = new float[12];
        assertView(Matrix.of(x, offset, rows, columns, stride), x, offset, rows, columns, stride);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        0 | -1 | 3 | 3 | rows must be at least 0: -1
        0 | 2 | -3 | 3 | columns must be at least 0: -3
        0 | 2 | 3 | 2 | stride must be at least 3 (columns): 2
        """)
    void countsAndStrideAreChecked(int offset, int rows, int columns, int stride, String message) {
        rejects(IllegalArgumentException.class, offset, rows, columns, stride, message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        -1 | 2 | 2 | 2 | offset must be in [0, 4]: -1
        5 | 0 | 0 | 0 | offset must be in [0, 4]: 5
        1 | 2 | 2 | 2 | array too short: need indices 1..4, length is 4
        0 | 2 | 2 | 3 | array too short: need indices 0..4, length is 4
        0 | 2 | 2 | 2147483647 | array too short: need indices 0..2147483648, length is 4
        """)
    void theArrayIsChecked(int offset, int rows, int columns, int stride, String message) {
        rejects(IndexOutOfBoundsException.class, offset, rows, columns, stride, message);
    }

    private static void rejects(
            Class<? extends RuntimeException> type, int offset, int rows, int columns, int stride, String message) {
        float[] before = new float[6];
        Matrix matrix = Matrix.of(before, 1, 2, 2);
        var e = assertThrows(type, () -> matrix.set(new float[4], offset, rows, columns, stride));
        assertEquals(message, e.getMessage());
        assertView(matrix, before, 1, 2, 2, 2);
    }
}
