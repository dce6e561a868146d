package dev.lanewise.linalg;

/**
 * The scalar definitions of the micro-kernels: each sum of a tile begins at 0 or a partial sum, and adds its products in
 * ascending order of k by {@link Math#fma(float, float, float)}. Two rows × four columns of sums at a time keep the processor's
 * two units for fma busy, since each addition waits for the one before it.
 */
final class ScalarTiles {
    private ScalarTiles() {}

    /**
     * Multiplies rows of A by a panel of B.
     *
     * @param rows the number of rows, at least 1
     * @param columns the columns of the panel, a multiple of 4
     * @param k the number of terms of each sum
     * @param a the rows, from {@code a0} on, one every {@code aRow} floats, with an element every {@code aStep} floats
     * @param b the panel, from {@code b0} on, a row every {@code columns} floats
     * @param s the partial sums to which the products are added, from {@code s0} on, a row every {@code sStride} floats; null for 0
     * @param c receives the tile, from {@code c0} on, a row every {@code stride} floats
     */
    static void multiply(
            int rows,
            int columns,
            int k,
            float[] a,
            int a0,
            int aRow,
            int aStep,
            float[] b,
            int b0,
            float[] s,
            int s0,
            int sStride,
            float[] c,
            int c0,
            int stride) {
        for (int i = 0; i < rows; i += 2) {
            int next = Math.min(i + 1, rows - 1);
            for (int j = 0; j < columns; j += 4) {
                int first = a0 + i * aRow, second = a0 + next * aRow;
                int row = c0 + i * stride + j, nextRow = c0 + next * stride + j;
                for (int l = 0; l < 4; l++) {
                    c[row + l] = s == null ? 0 : s[s0 + i * sStride + j + l];
                    c[nextRow + l] = s == null ? 0 : s[s0 + next * sStride + j + l];
                }
                block(k, a, first, second, aStep, b, b0 + j, columns, c, row, nextRow);
            }
        }
    }

    private static void block(
            int k, float[] a, int a0, int a1, int aStep, float[] b, int b0, int bStep, float[] c, int c0, int c1) {
        float s00 = c[c0], s01 = c[c0 + 1], s02 = c[c0 + 2], s03 = c[c0 + 3];
        float s10 = c[c1], s11 = c[c1 + 1], s12 = c[c1 + 2], s13 = c[c1 + 3];
        for (int p = 0; p < k; p++) {
            float x = a[a0 + p * aStep], y = a[a1 + p * aStep];
            int i = b0 + p * bStep;
            s00 = Math.fma(x, b[i], s00);
            s01 = Math.fma(x, b[i + 1], s01);
            s02 = Math.fma(x, b[i + 2], s02);
            s03 = Math.fma(x, b[i + 3], s03);
            s10 = Math.fma(y, b[i], s10);
            s11 = Math.fma(y, b[i + 1], s11);
            s12 = Math.fma(y, b[i + 2], s12);
            s13 = Math.fma(y, b[i + 3], s13);
        }
        store(c, c0, s00, s01, s02, s03);
        store(c, c1, s10, s11, s12, s13);
    }

    /**
     * Multiplies a panel of A without zeros by the rows of B that belong to its elements.
     *
     * @param rows the rows of the panel, an even number
     * @param columns the columns of the panel of B, a multiple of 4
     * @param k the number of terms of each sum
     * @param at the index in the panel of B of the row of each element, from {@code at0} on
     */
    static void multiplyNonZero(
            int rows,
            int columns,
            int k,
            float[] a,
            int a0,
            float[] b,
            int b0,
            int[] at,
            int at0,
            float[] c,
            int c0,
            int stride) {
        for (int i = 0; i < rows; i += 2) {
            for (int j = 0; j < columns; j += 4) {
                int row = c0 + i * stride + j;
                blockNonZero(k, a, a0 + i, rows, b, b0 + j, at, at0, c, row, row + stride);
            }
        }
    }

    private static void blockNonZero(
            int k, float[] a, int a0, int aStep, float[] b, int b0, int[] at, int at0, float[] c, int c0, int c1) {
        float s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
        for (int p = 0; p < k; p++) {
            float x = a[a0 + p * aStep], y = a[a0 + 1 + p * aStep];
            int i = b0 + at[at0 + p];
            s00 = Math.fma(x, b[i], s00);
            s01 = Math.fma(x, b[i + 1], s01);
            s02 = Math.fma(x, b[i + 2], s02);
            s03 = Math.fma(x, b[i + 3], s03);
            s10 = Math.fma(y, b[i], s10);
            s11 = Math.fma(y, b[i + 1], s11);
            s12 = Math.fma(y, b[i + 2], s12);
            s13 = Math.fma(y, b[i + 3], s13);
        }
        store(c, c0, s00, s01, s02, s03);
        store(c, c1, s10, s11, s12, s13);
    }

    /** Stores four sums. Adding 0 makes −0 positive, as in the kernels. */
    private static void store(float[] c, int c0, float s0, float s1, float s2, float s3) {
        c[c0] = s0 + 0f;
        c[c0 + 1] = s1 + 0f;
        c[c0 + 2] = s2 + 0f;
        c[c0 + 3] = s3 + 0f;
    }

    /**
     * Multiplies a row of A by a matrix, a row of the matrix at a time.
     *
     * @param from the first column
     * @param to the end of the columns
     * @param k the number of terms of each sum
     * @param a the row, from {@code a0} on, an element every {@code step} floats
     * @param b the matrix, from {@code b0} on, a row every {@code stride} floats
     * @param c receives the product, from 0 on
     */
    static void multiplyRow(
            int from, int to, int k, float[] a, int a0, int step, float[] b, int b0, int stride, float[] c) {
        for (int j = from; j < to; j++) {
            c[j] = 0;
        }
        for (int p = 0; p < k; p++) {
            float x = a[a0 + p * step];
            int row = b0 + p * stride;
            for (int j = from; j < to; j++) {
                c[j] = Math.fma(x, b[row + j], c[j]);
            }
        }
        for (int j = from; j < to; j++) {
            c[j] += 0f;
        }
    }
}
