package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.DataSet;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Draws images with characters, two pixels above each other in one, because a character is about twice as high as it is
 * wide. Columns that are empty in all of them are cut off at the sides; images too wide for a line are made smaller.
 */
final class AsciiImages {
    private static final int WIDTH = 80;
    private static final int GAP = 3;
    /** The characters for no pixel, the upper, the lower, and both. */
    private static final String BLOCKS = " ▀▄█";

    private static final String ASCII = " '.:";

    private final DataSet data;
    private final String blocks;
    private final int scale;

    /**
     * Makes a printer of the images of a data set.
     *
     * @param data the images
     * @param charset the charset of the terminal: if it has no block characters, ASCII is used
     */
    AsciiImages(DataSet data, Charset charset) {
        this.data = data;
        this.blocks = charset.newEncoder().canEncode(BLOCKS) ? BLOCKS : ASCII;
        this.scale = (data.columns() + WIDTH - 1) / WIDTH;
    }

    /** Prints images side by side, as many as a line holds, each under its caption. */
    void print(List<Integer> images, IntFunction<String> caption, PrintWriter out) {
        int left = left(images);
        int right = right(images);
        int width = right - left;
        for (int image : images) {
            width = Math.max(width, caption.apply(image).length());
        }
        int across = Math.max(1, (WIDTH + GAP) / (width + GAP));
        for (int from = 0; from < images.size(); from += across) {
            List<Integer> some = images.subList(from, Math.min(from + across, images.size()));
            List<String> lines = new ArrayList<>();
            for (int y = 0; y * scale < data.rows(); y += 2) {
                int row = y;
                lines.add(beside(some, image -> cells(image, row, left, right), width));
            }
            while (!lines.isEmpty() && lines.getLast().isEmpty()) {
                lines.removeLast();
            }
            out.println();
            out.println(beside(some, caption, width));
            lines.forEach(out::println);
        }
    }

    private static String beside(List<Integer> images, IntFunction<String> text, int width) {
        StringBuilder line = new StringBuilder();
        for (int image : images) {
            String cell = text.apply(image);
            line.append(cell).append(" ".repeat(width + GAP - cell.length()));
        }
        return line.toString().stripTrailing();
    }

    private String cells(int image, int y, int left, int right) {
        StringBuilder cells = new StringBuilder();
        for (int x = left; x < right; x++) {
            cells.append(blocks.charAt((dark(image, y, x) ? 1 : 0) + (dark(image, y + 1, x) ? 2 : 0)));
        }
        return cells.toString();
    }

    /** Returns whether the mean of a square of {@code scale} × {@code scale} pixels is above half of the range. */
    private boolean dark(int image, int y, int x) {
        int sum = 0;
        for (int row = y * scale; row < Math.min((y + 1) * scale, data.rows()); row++) {
            for (int column = x * scale; column < Math.min((x + 1) * scale, data.columns()); column++) {
                sum += data.images()[image * data.pixels() + row * data.columns() + column] & 0xff;
            }
        }
        return sum > 127 * scale * scale;
    }

    private int left(List<Integer> images) {
        int x = 0;
        while (x < columns() && isEmpty(images, x)) {
            x++;
        }
        return x;
    }

    private int right(List<Integer> images) {
        int x = columns();
        while (x > 0 && isEmpty(images, x - 1)) {
            x--;
        }
        return x;
    }

    private boolean isEmpty(List<Integer> images, int x) {
        for (int image : images) {
            for (int y = 0; y * scale < data.rows(); y++) {
                if (dark(image, y, x)) {
                    return false;
                }
            }
        }
        return true;
    }

    private int columns() {
        return (data.columns() + scale - 1) / scale;
    }
}
