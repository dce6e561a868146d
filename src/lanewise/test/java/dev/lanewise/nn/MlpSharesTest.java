package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.testing.Floats;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MlpSharesTest {
    /** The halves have the scale of the whole, and the sum of their gradients differs from it by the rounding of the sums alone. */
    @Test
    void sharesOfABatchAddUpToItsMean() {
        Mlp whole = new Mlp(6, 5, 3), share = new Mlp(6, 5, 3);
        whole.initialize(1);
        share.initialize(1);
        float[] x = Floats.random(12 * 6, 5);
        int[] labels = new Random(6).ints(12, 0, 3).toArray();
        double mean = whole.forwardBackward(x, 0, labels, 0, 12);
        assertEquals(mean, share.forwardBackward(x, 0, labels, 0, 12, 12));
        assertArrayEquals(whole.gradients().toArray(), share.gradients().toArray());
        double loss = share.forwardBackward(x, 0, labels, 0, 5, 12);
        float[] sum = share.gradients().toArray();
        loss += share.forwardBackward(x, 5 * 6, labels, 5, 7, 12);
        assertEquals(mean, loss, 1e-12);
        for (int i = 0; i < sum.length; i++) {
            assertEquals(whole.gradients().get(i), sum[i] + share.gradients().get(i), 1e-7);
        }
        var few = assertThrows(IllegalArgumentException.class, () -> share.forwardBackward(x, 0, labels, 0, 5, 4));
        assertEquals("globalBatch must be at least 5: 4", few.getMessage());
    }
}
