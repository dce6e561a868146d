package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The sizes of the warm-up must take every kind of tile, or training would meet one that is not compiled. */
class WarmUpTest {
    private static GemmPlan plan(int rows, int inner, int columns) {
        GemmPlan plan = new GemmPlan(1);
        plan.prepare(matrix(rows, inner), false, matrix(inner, columns), false, Epilogue.NONE, matrix(rows, columns));
        return plan;
    }

    private static Matrix matrix(int rows, int columns) {
        return Matrix.of(new float[rows * columns], 0, rows, columns);
    }

    @Test
    void panelsOfBothHeightsAreWarmedAndAPartialOne() {
        GemmPlan plan = plan(WarmUp.ROWS, 1, WarmUp.COLUMNS);
        assertFalse(plan.hasFewRows());
        assertFalse(plan.isNarrow());
        plan.transposeIfNarrow();
        assertFalse(plan.transposed);
        assertFalse(plan.hasZeros());
        plan.divide(false);
        assertTrue(plan.tallPanels > 0);
        assertTrue(plan.panelsA > plan.tallPanels);
        assertTrue(plan.panelsB > 1);
        assertTrue(plan.columns % plan.nr > 0);
    }

    @Test
    void theNarrowTileIsWarmed() {
        assertTrue(plan(WarmUp.ROWS, 1, WarmUp.CLASSES).isNarrow());
    }

    @Test
    void theTileThatSkipsZerosIsWarmed() {
        GemmPlan plan = plan(WarmUp.SPARSE_ROWS, WarmUp.SPARSE_INNER, WarmUp.SPARSE_COLUMNS);
        Arrays.fill(plan.a.array(), 0, 2, 1);
        assertFalse(plan.hasFewRows());
        assertFalse(plan.isNarrow());
        plan.transposeIfNarrow();
        assertFalse(plan.transposed);
        assertTrue(plan.hasZeros());
    }

    @Test
    void roundsFollowOneAnother() {
        WarmUp warmUp = new WarmUp();
        for (int i = 0; i < 3; i++) {
            warmUp.round();
        }
    }
}
