package dev.lanewise.fit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Arrays;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ShuffleTest {
    private static int[] order(int count, long seed, int epoch) {
        int[] order = new int[count];
        Batches.shuffle(order, seed, epoch);
        return order;
    }

    @Property
    void isAPermutation(@ForAll @IntRange(max = 300) int count, @ForAll long seed, @ForAll int epoch) {
        int[] order = order(count, seed, epoch);
        Arrays.sort(order);
        assertArrayEquals(IntStream.range(0, count).toArray(), order);
    }

    @Test
    void dependsOnSeedAndEpoch() {
        assertFalse(Arrays.equals(order(100, 1, 1), order(100, 1, 2)));
        assertFalse(Arrays.equals(order(100, 1, 1), order(100, 2, 1)));
        assertFalse(Arrays.equals(order(100, 1, 2), order(100, 2, 1)));
    }

    /** Another order would give other weights for the same seed. The expected value comes from an independent program. */
    @Test
    void staysAsItIs() {
        assertEquals("[7, 8, 1, 0, 4, 2, 9, 6, 5, 3]", Arrays.toString(order(10, 1, 1)));
    }

    /** Each of 4 rows is expected at each of 4 positions 10,000 times; 5 standard deviations are 433. */
    @Test
    void isUniform() {
        int[][] counts = new int[4][4];
        for (int epoch = 0; epoch < 40_000; epoch++) {
            int[] order = order(4, 7, epoch);
            for (int place = 0; place < 4; place++) {
                counts[order[place]][place]++;
            }
        }
        for (int[] row : counts) {
            for (int count : row) {
                assertEquals(10_000, count, 433, Arrays.deepToString(counts));
            }
        }
    }
}
