package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.Workers;
import dev.lanewise.distributed.Replicas;
import dev.lanewise.internal.SumTree;
import dev.lanewise.testing.Floats;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

    /** One pass over the rows of a subtree has the bits of a pass for each replica, whose gradients are added up. */
    @ParameterizedTest
    @CsvSource({"8, 0, 8, 64", "8, 4, 6, 50", "5, 0, 5, 31", "6, 4, 6, 6", "4, 2, 3, 9"})
    void aSubtreeHasTheBitsOfItsReplicas(int count, int from, int end, int batch) {
        float[] x = Floats.random(batch * 40, 5);
        int[] labels = new Random(6).ints(batch, 0, 3).toArray();
        Replicas replicas = new Replicas(count, 0, 1);
        for (int threads = 1; threads <= 2; threads++) {
            try (Workers workers = Workers.of(threads)) {
                Mlp one = new Mlp(40, 70, 33, 3), all = new Mlp(workers, 40, 70, 33, 3);
                one.initialize(1);
                all.initialize(1);
                Targets targets = Targets.classes(labels);
                float[][] gradients = new float[end - from][];
                double[] expected = new double[count], losses = new double[count];
                for (int i = from; i < end; i++) {
                    int row = replicas.row(batch, i), rows = replicas.row(batch, i + 1) - row;
                    expected[i] = one.forwardBackward(x, 40 * row, targets, row, rows, batch);
                    gradients[i - from] = one.gradients().toArray();
                }
                int row = replicas.row(batch, from);
                all.forwardBackward(x, 40 * row, targets, row, replicas, from, end, batch, batch, losses);
                assertArrayEquals(expected, losses);
                assertArrayEquals(sum(gradients), all.gradients().toArray());
            }
        }
    }

    private static float[] sum(float[][] gradients) {
        SumTree tree = new SumTree((left, right) -> {
            for (int i = 0; i < gradients[left].length; i++) {
                gradients[left][i] += gradients[right][i];
            }
        });
        for (int i = 0; i < gradients.length; i++) {
            tree.push(i, 1, i);
        }
        return gradients[tree.fold()];
    }

    @Test
    void replicasThatAreNoSubtreeAreRefused() {
        Mlp mlp = new Mlp(2, 3);
        Replicas replicas = new Replicas(8, 0, 1);
        float[] x = new float[16];
        Targets targets = Targets.classes(new int[8]);
        for (int[] range : new int[][] {{1, 3}, {0, 3}, {2, 6}, {4, 4}}) {
            var e = assertThrows(
                    IllegalArgumentException.class,
                    () -> mlp.forwardBackward(x, 0, targets, 0, replicas, range[0], range[1], 8, 8, new double[8]));
            assertEquals(
                    "from and end must be those of a whole subtree of " + replicas + ": " + range[0] + " and "
                            + range[1],
                    e.getMessage());
        }
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> mlp.forwardBackward(x, 0, targets, 0, replicas, 8, 9, 8, 8, new double[9]));
        assertThrows(
                IndexOutOfBoundsException.class,
                () -> mlp.forwardBackward(x, 0, targets, 0, replicas, 4, 8, 8, 8, new double[7]));
        var few = assertThrows(
                IllegalArgumentException.class,
                () -> mlp.forwardBackward(x, 0, targets, 0, replicas, 0, 8, 7, 8, new double[8]));
        assertEquals("batch must be at least 8: 7", few.getMessage());
    }
}
