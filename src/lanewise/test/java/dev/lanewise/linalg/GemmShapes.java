package dev.lanewise.linalg;

import dev.lanewise.Workers;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.linalg.GemmTest.Case;
import dev.lanewise.linalg.GemmTest.Form;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Compares products of many shapes with the definition in a process of its own, with vectors of the width that its flags choose. */
final class GemmShapes {
    /** Sizes around the rows of tiles, the lanes of vectors and the columns of panels of all widths. */
    private static final int[] ROWS = {1, 2, 4, 7, 12, 13, 24, 31, 40},
            COLUMNS = {3, 8, 10, 16, 17, 32, 45, 70},
            INNER = {0, 3, 4, 8, 15, 16, 21, 130},
            WIDE = {255, 256, 300, 400, 600};

    private GemmShapes() {}

    public static void main(String[] arguments) {
        int cases = 0;
        try (Workers workers = Workers.of(2)) {
            Gemm one = new Gemm(), two = new Gemm(workers);
            for (Form form : List.of(Form.NN, Form.TN, Form.NT, Form.TN_BIAS, Form.NT_MASK)) {
                for (int rows : ROWS) {
                    for (int columns : COLUMNS) {
                        for (int inner : INNER) {
                            check(one, two, new Case(form, rows, columns, inner, ++cases), cases);
                        }
                    }
                }
                // Few rows take as many columns at a time as sixteen vectors have.
                for (int columns : WIDE) {
                    for (int rows = 1; rows <= 3; rows++) {
                        check(one, two, new Case(form, rows, columns, 5, ++cases), cases);
                    }
                }
            }
            for (int rows : ROWS) {
                for (int columns : COLUMNS) {
                    double zeros = cases % 2 == 0 ? 0 : 0.7;
                    float special = cases % 3 == 0 ? Float.POSITIVE_INFINITY : 1;
                    int[] cuts = {0, 9, 9, 40, 41};
                    GemmTreeTest.check(two, rows, columns, cuts, 4, zeros, special, new Random(++cases));
                }
            }
        }
        System.out.println(cases + " products with " + Kernels.lanes() + " lanes");
    }

    private static void check(Gemm one, Gemm two, Case first, long seed) {
        Case test = first;
        float[] expected = test.expected();
        boolean equal = Arrays.equals(expected, test.run(one))
                && Arrays.equals(expected, test.run(two))
                && Arrays.equals(expected, test.runPacked(one))
                && Arrays.equals(expected, test.runPacked(two));
        // All products underflow, and many sums are −0 before they are stored.
        expected = test.scaled(1e-30f).expected();
        equal &= Arrays.equals(expected, test.run(one)) && Arrays.equals(expected, test.runPacked(one));
        // Terms that are left out, unless 0 times an infinity is among them.
        test = new Case(test.form, test.rows, test.columns, test.inner, seed).withZeros(0.97, seed);
        expected = test.expected();
        equal &= Arrays.equals(expected, test.run(one)) && Arrays.equals(expected, test.runPacked(one));
        if (test.inner > 0) {
            test.withExtremes(seed);
            expected = test.expected();
            equal &= Arrays.equals(expected, test.run(two)) && Arrays.equals(expected, test.runPacked(one));
        }
        if (!equal) {
            throw new AssertionError(test.form + " " + test.rows + " x " + test.columns + " x " + test.inner);
        }
    }
}
