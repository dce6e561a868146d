package dev.lanewise.mnist.data;

import dev.lanewise.fit.Data;
import dev.lanewise.linalg.Pixels;
import dev.lanewise.nn.Targets;
import java.util.Arrays;

/** Images to train on, the first ones of a data set. Their pixels, from 0 to 1, are decoded when a batch is gathered. */
record Images(DataSet set, int rows, Targets targets) implements Data {
    Images(DataSet set, int count) {
        this(set, count, Targets.classes(Arrays.copyOf(set.labels(), count)));
    }

    @Override
    public int inputs() {
        return set.pixels();
    }

    @Override
    public void gather(int[] order, int from, int count, float[] x, int xOffset) {
        int pixels = set.pixels();
        for (int i = 0; i < count; i++) {
            Pixels.toFloats(set.images(), order[from + i] * pixels, 255, x, xOffset + i * pixels, pixels);
        }
    }
}
