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
    void tilesOfBothHeightsAreWarmedAndAPartialPanel() {
        GemmPlan plan = plan(warmUp.x, warmUp.row, warmUp.y);
        assertFalse(plan.hasFewRows());
        assertFalse(plan.isNarrow());
        plan.transposeIfNarrow();
        assertFalse(plan.transposed);
        assertFalse(plan.hasZeros());
        plan.divide(false);
        assertEquals(1, plan.blocks);
        assertEquals(Panels.MR, plan.mr);
        assertEquals(Panels.MR_SPARSE, plan.rows % plan.mr);
        assertTrue(plan.panelsB > 1);
        assertTrue(plan.columns % plan.nr > 0);
    }

    @Test
    void theNarrowTileIsWarmed() {
        assertEquals(
                Panels.NR > Panels.NR_NARROW,
                plan(warmUp.x, warmUp.classRow, warmUp.logits).isNarrow());
    }

    @Test
    void sumsOfSeveralBlocksAreWarmed() {
        GemmPlan plan = plan(warmUp.longRows, warmUp.longColumns, warmUp.longProduct);
        assertFalse(plan.hasFewRows());
        assertFalse(plan.hasZeros());
        plan.divide(false);
        assertEquals(2, plan.blocks);
    }

    /** If vectors are short, so are the panels, and the products with the classes are not transposed. */
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
