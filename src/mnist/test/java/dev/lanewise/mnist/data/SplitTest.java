package dev.lanewise.mnist.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SplitTest {
    /** Returns 100 images of one pixel, ten of each label, sorted by label, which is the worst order. */
    private static DataSet sorted() {
        byte[] pixels = new byte[100];
        int[] labels = new int[100];
        for (int i = 0; i < 100; i++) {
            pixels[i] = (byte) i;
            labels[i] = i / 10;
        }
        return new DataSet(Path.of("images"), Path.of("labels"), 1, 1, pixels, labels, 10);
    }

    @Test
    void everyImageIsOnOneSideWithItsLabel() {
        Split split = Split.of(sorted(), 30);
        assertEquals(70, split.training().size());
        assertEquals(30, split.validation().size());
        int[] all = new int[100];
        for (DataSet side : new DataSet[] {split.training(), split.validation()}) {
            assertEquals(10, side.classes());
            for (int i = 0; i < side.size(); i++) {
                assertEquals(side.images()[i] / 10, side.labels()[i]);
                all[side.images()[i]]++;
            }
        }
        assertEquals(100, IntStream.of(all).filter(count -> count == 1).count());
    }

    /** The choice must not change, because a seed determines it in every version. */
    @Test
    void holdsOutAFixedChoiceOfAllLabels() {
        DataSet held = Split.of(sorted(), 12).validation();
        assertEquals("[12, 15, 20, 23, 38, 57, 59, 82, 83, 87, 90, 97]", Arrays.toString(held.images()));
    }

    /** A lab that holds out fewer images than a training validates on a part of the same images. */
    @Test
    void smallerChoiceIsPartOfALargerOne() {
        List<Byte> larger = list(Split.of(sorted(), 30).validation());
        assertTrue(larger.containsAll(list(Split.of(sorted(), 12).validation())));
    }

    private static List<Byte> list(DataSet data) {
        List<Byte> pixels = new ArrayList<>();
        for (byte pixel : data.images()) {
            pixels.add(pixel);
        }
        return pixels;
    }

    @Test
    void holdsOutNothing() {
        assertNull(Split.of(sorted(), 0).validation());
        assertEquals(100, Split.of(sorted(), 0).training().size());
    }
}
