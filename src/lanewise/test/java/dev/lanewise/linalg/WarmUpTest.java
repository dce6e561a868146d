package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Each round of the warm-up must use every kind of tile, or training would begin with one that is not compiled. */
class WarmUpTest {
    private final WarmUp warmUp = new WarmUp();

    WarmUpTest() {
        warmUp.round();
    }

    private static GemmPlan plan(Matrix a, Matrix b, Matrix c) {
        GemmPlan plan = new GemmPlan(1);
        plan.prepare(a, false, b, false, Epilogue.NONE, c);
        return plan;
    }

    @Test
    void panelsOfBothHeightsAreWarmedAndAPartialOne() {
        GemmPlan plan = plan(warmUp.x, warmUp.row, warmUp.y);
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
        assertTrue(plan(warmUp.x, warmUp.classRow, warmUp.logits).isNarrow());
    }

    /** If vectors are narrow, so are the panels, and the products with the classes are not transposed. */
    @Test
    void theTransposedProductIsWarmed() {
        GemmPlan plan = new GemmPlan(1);
        plan.prepare(warmUp.xTransposed, true, warmUp.classRow, false, Epilogue.NONE, warmUp.logits);
        assertFalse(plan.hasFewRows());
        assertFalse(plan.isNarrow());
        plan.transposeIfNarrow();
        assertEquals(WarmUp.CLASSES < Panels.NR, plan.transposed);
    }

    @Test
    void theTileThatSkipsZerosIsWarmed() {
        GemmPlan plan = plan(warmUp.sparse, warmUp.wide, warmUp.product);
        assertFalse(plan.hasFewRows());
        assertFalse(plan.isNarrow());
        plan.transposeIfNarrow();
        assertFalse(plan.transposed);
        assertTrue(plan.hasZeros());
    }
}
