package dev.lanewise.bench;

import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Images of 28 × 28 pixels with about as many zeros as those of handwritten digits: a line of three strokes in the middle, and zeros
 * around it. 19 % of their pixels, 26 % of the groups of four neighbors, and 41 % of the groups of the same pixel in four
 * images are not all 0; for MNIST these are 19, 28 and 39 %.
 */
final class SparseImages {
    static final int PIXELS = 784;

    private static final int SIDE = 28;

    /** The greatest distance of a corner from the middle, and of a gray pixel from its line. */
    private static final double SPREAD = 12, PEN = 3;

    private SparseImages() {}

    /** Fills an array with as many images as fit. */
    static void fill(float[] images, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Arrays.fill(images, 0);
        for (int image = 0; image < images.length; image += PIXELS) {
            double x = corner(random), y = corner(random);
            for (int i = 0; i < 3; i++) {
                double toX = corner(random), toY = corner(random);
                line(images, image, x, y, toX, toY);
                x = toX;
                y = toY;
            }
        }
    }

    private static double corner(SplittableRandom random) {
        return (SIDE - 1) / 2.0 + SPREAD * (random.nextDouble() + random.nextDouble() - 1);
    }

    private static void line(float[] images, int image, double x, double y, double toX, double toY) {
        double dx = toX - x, dy = toY - y, squares = dx * dx + dy * dy + 1e-9;
        for (int row = 0; row < SIDE; row++) {
            for (int column = 0; column < SIDE; column++) {
                double along = Math.clamp(((column - x) * dx + (row - y) * dy) / squares, 0, 1);
                double distance = Math.hypot(column - x - along * dx, row - y - along * dy);
                int at = image + row * SIDE + column;
                images[at] = Math.max(images[at], (float) Math.clamp(PEN - distance, 0, 1));
            }
        }
    }
}
