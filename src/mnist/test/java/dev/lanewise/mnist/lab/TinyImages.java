package dev.lanewise.mnist.lab;

import java.util.List;

/** Images of 6 pixels in three classes: the pair that is bright is the class, the rest is noise. */
record TinyImages(int size, int seed) implements Images {
    static final Scale SCALE = new Scale(
            "tiny", 60, 15, 2, 3, 2, 16, 1, 3, List.of(6, 5), 4, List.of(1, 2), List.of(8, 16), List.of(8, 16));

    static final TinyImages TRAINING = new TinyImages(90, 1), TEST = new TinyImages(30, 2);

    /** The order of the images is turned by the epoch and the seed. */
    static final Order ORDER = (order, seed, epoch) -> {
        for (int i = 0; i < order.length; i++) {
            order[i] = (int) ((7L * i + seed + epoch) % order.length);
        }
    };

    static Lab laboratory() {
        return new Lab(TRAINING, TEST, ORDER, SCALE, 1);
    }

    static Material material() {
        return Material.of(TRAINING, TEST, ORDER, SCALE);
    }

    @Override
    public int pixels() {
        return 6;
    }

    @Override
    public int classes() {
        return 3;
    }

    @Override
    public void gather(int[] order, int from, int count, float[] x, int[] y) {
        for (int i = 0; i < count; i++) {
            int image = order == null ? from + i : order[from + i];
            y[i] = image % 3;
            for (int p = 0; p < 6; p++) {
                int noise = (image * 31 + p * 17 + seed * 13) % 23;
                x[6 * i + p] = (p / 2 == y[i] ? 0.6f : 0) + noise / 60f;
            }
        }
    }
}
