package dev.lanewise.mnist.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.fit.Data;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ImagesTest {
    @Test
    void areTheFirstOfTheDataInAnyOrder() {
        byte[] pixels = {0, 51, 102, (byte) 153, (byte) 204, (byte) 255};
        int[] labels = {2, 1, 9};
        Data two = new DataSet(Path.of("images"), Path.of("labels"), 1, 2, pixels, labels, 3).first(2);
        assertEquals(2, two.rows());
        assertEquals(2, two.inputs());
        assertArrayEquals(new int[] {2, 1}, two.targets().labels());
        float[] x = new float[5];
        two.gather(new int[] {0, 1, 0}, 1, 2, x, 1);
        assertArrayEquals(new float[] {0, 0.4f, 0.6f, 0, 0.2f}, x);
    }
}
