package dev.lanewise.fit;

import static dev.lanewise.fit.FitTest.BATCH;
import static dev.lanewise.fit.FitTest.INPUTS;
import static dev.lanewise.fit.FitTest.ROWS;
import static dev.lanewise.fit.FitTest.data;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.testing.Garbage;
import org.junit.jupiter.api.Test;

class BatchesTest {
    @Test
    void gathersTheRowsOfARankAtTheirPlaces() {
        Batches whole = new Batches(data(), BATCH, 1, Workers.caller()),
                part = new Batches(data(), BATCH, 1, Workers.caller());
        whole.gather(5);
        assertEquals(BATCH, part.gather(5, 10, 30));
        float[] expected = new float[BATCH * INPUTS];
        System.arraycopy(whole.x(), 10 * INPUTS, expected, 10 * INPUTS, 20 * INPUTS);
        assertArrayEquals(expected, part.x());
        assertArrayEquals(whole.targets().labels(), part.targets().labels());
        assertEquals(ROWS % BATCH, part.count(7));
        assertThrows(IndexOutOfBoundsException.class, () -> part.gather(7, 0, BATCH));
    }

    @Test
    void gatheringABatchAllocatesNothing() {
        Batches batches = new Batches(data(), BATCH, 1, Workers.caller());
        long[] step = {0};
        Garbage.assertNone(() -> batches.gather(step[0]++ % 8));
        assertEquals(8, batches.steps());
        assertEquals(ROWS, batches.rows());
        assertNotNull(batches.targets().labels());
    }
}
