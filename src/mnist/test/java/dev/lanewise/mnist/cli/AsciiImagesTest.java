package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.mnist.data.DataSet;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class AsciiImagesTest {
    private static final byte INK = (byte) 255;

    /** Returns two images of 3 rows and 4 columns, whose first column is empty. */
    private static final byte[] TWO = {
        0, INK, 0, INK, 0, INK, INK, 0, 0, 0, 0, INK, 0, 0, 127, (byte) 128, 0, 0, 0, 0, 0, 0, 0, 0
    };

    private static String draw(int rows, int columns, byte[] images, Charset charset) {
        int count = images.length / (rows * columns);
        DataSet data = new DataSet(Path.of("i"), Path.of("l"), rows, columns, images, new int[count], 2);
        StringWriter out = new StringWriter();
        new AsciiImages(data, charset)
                .print(count == 1 ? List.of(0) : List.of(0, 1), i -> "#" + i, new PrintWriter(out, true));
        return out.toString().replace(System.lineSeparator(), "\n");
    }

    @Test
    void drawsTwoPixelsInOneCharacterSideBySide() {
        assertEquals("\n#0    #1\n█▄▀     ▀\n  ▀\n", draw(3, 4, TWO, StandardCharsets.UTF_8));
    }

    @Test
    void drawsWithAsciiWhereThereIsNothingElse() {
        assertEquals("\n#0    #1\n:.'     '\n  '\n", draw(3, 4, TWO, StandardCharsets.US_ASCII));
    }

    @Test
    void makesWideImagesSmaller() {
        byte[] wide = new byte[4 * 160];
        Arrays.fill(wide, INK);
        assertEquals("\n#0\n" + "█".repeat(80) + "\n", draw(4, 160, wide, StandardCharsets.UTF_8));
    }
}
