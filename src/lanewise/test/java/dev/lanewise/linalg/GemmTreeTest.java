package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.testing.Floats;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A sum of products of parts has the bits of the products, added up in a tree. */
class GemmTreeTest {
    private static final float SENTINEL = -12345.5f;

    /** The sum in the tree's order, by its definition: the largest power of two of the parts, and the rest. */
    private static float[] sum(float[][] products, int from, int to) {
        if (to - from == 1) {
            return products[from].clone();
        }
        int half = Integer.highestOneBit(to - from - 1);
        float[] left = sum(products, from, from + half), right = sum(products, from + half, to);
        for (int i = 0; i < left.length; i++) {
            left[i] += right[i];
        }
        return left;
    }

    /** Compares a sum of products of parts with the tree, on matrices that begin and end within their arrays. */
    static void check(Gemm gemm, int m, int n, int[] cuts, int parts, double zeros, float special, Random random) {
        int k = cuts[parts], strideA = m + random.nextInt(3), strideB = n + random.nextInt(3);
        int strideC = n + random.nextInt(3);
        // The arrays end where the matrices do.
        float[] a = Floats.random(5 + (k == 0 ? 0 : (k - 1) * strideA + m), random);
        float[] b = Floats.random(5 + (k == 0 ? 0 : (k - 1) * strideB + n), random);
        for (int p = 0; p < k; p++) {
            for (int i = 0; i < m; i++) {
                a[5 + p * strideA + i] = i % 16 < 16 * zeros ? 0 : a[5 + p * strideA + i];
            }
        }
        if (k > 0 && n > 0) {
            b[5 + random.nextInt(k) * strideB + random.nextInt(n)] *= special;
        }
        float[][] products = new float[parts][m * n];
        Gemm plain = new Gemm();
        for (int part = 0; part < parts; part++) {
            int rows = cuts[part + 1] - cuts[part], from = rows == 0 ? 0 : cuts[part];
            plain.multiplyTransposedA(
                    Matrix.of(a, 5 + from * strideA, rows, m, strideA),
                    Matrix.of(b, 5 + from * strideB, rows, n, strideB),
                    Matrix.of(products[part], 0, m, n));
        }
        float[] expected = sum(products, 0, parts), c = new float[2 + m * strideC];
        Arrays.fill(c, SENTINEL);
        gemm.multiplyTransposedA(
                Matrix.of(a, 5, k, m, strideA),
                Matrix.of(b, 5, k, n, strideB),
                cuts,
                parts,
                Matrix.of(c, 2, m, n, strideC));
        for (int i = 0; i < m; i++) {
            assertArrayEquals(
                    Arrays.copyOfRange(expected, i * n, (i + 1) * n),
                    Arrays.copyOfRange(c, 2 + i * strideC, 2 + i * strideC + n));
            for (int j = 2 + i * strideC + n; j < 2 + (i + 1) * strideC; j++) {
                assertEquals(SENTINEL, c[j]);
            }
        }
    }

    @Property(tries = 150)
    void aSumOfPartsHasTheBitsOfTheTree(
            @ForAll @IntRange(min = 1, max = 90) int m,
            @ForAll @IntRange(min = 1, max = 90) int n,
            @ForAll @IntRange(min = 0, max = 100) int k,
            @ForAll @IntRange(min = 1, max = 20) int parts,
            @ForAll @IntRange(min = 1, max = 3) int threads,
            @ForAll @IntRange(min = 0, max = 4) int kind,
            @ForAll Random random) {
        int[] cuts = new int[parts + 1 + random.nextInt(2)];
        System.arraycopy(random.ints(parts - 1L, 0, k + 1).sorted().toArray(), 0, cuts, 1, parts - 1);
        cuts[parts] = k;
        try (Workers workers = Workers.of(threads)) {
            Gemm gemm = new Gemm(workers);
            // The memory of a product serves those after it.
            for (int i = 0; i < 2; i++) {
                check(gemm, m, n, cuts, parts, kind / 4.0, i == 1 ? Float.POSITIVE_INFINITY : 1, random);
            }
        }
    }

    /** Several slabs, several blocks in a part, and a part of one row. */
    @Test
    void largeProductsAreDivided() {
        Random random = new Random(3);
        try (Workers workers = Workers.of(2)) {
            for (double zeros : new double[] {0, 0.75}) {
                check(new Gemm(workers), 1500, 70, new int[] {0, 1, 300, 600, 601, 620}, 5, zeros, 1, random);
                check(new Gemm(), 1500, 70, new int[] {0, 1, 300, 600, 601, 620}, 5, zeros, 1, random);
            }
        }
    }

    /** A part without rows begins behind the last row, where there is no array any more if the stride is above the columns. */
    @Test
    void emptyPartsReadNothing() {
        Random random = new Random(4);
        for (int m : new int[] {1, 3, 16, 61}) {
            for (int n : new int[] {1, 4, 16, 61}) {
                for (int seed = 0; seed < 5; seed++) {
                    check(new Gemm(), m, n, new int[] {0, 0, 7, 7, 7}, 4, 0, 1, random);
                }
            }
        }
    }

    @Test
    void cutsThatDoNotDivideTheRowsAreRefused() {
        refused("first of cuts must be 0 (first row): 1", 2, 1, 3, 7);
        refused("last of cuts must be 7 (rows of a): 6", 2, 0, 3, 6);
        refused("next of cuts must be at least 5: 3", 3, 0, 5, 3, 7);
        refused("parts must be at least 1: 0", 0, 0, 7);
        refused("length of cuts must be at least 3: 2", 2, 0, 7);
    }

    private static void refused(String message, int parts, int... cuts) {
        Matrix a = Matrix.of(new float[14], 0, 7, 2), c = Matrix.of(new float[4], 0, 2, 2);
        var e = assertThrows(
                IllegalArgumentException.class, () -> new Gemm().multiplyTransposedA(a, a, cuts, parts, c));
        assertEquals(message, e.getMessage());
    }
}
