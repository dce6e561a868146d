package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tables that no array can hold. */
class RowTableSizeTest {
    /** A table of more than 2³¹ floats and its state in files, of which only the touched pages exist. */
    @Tag("slow")
    @Test
    void tablesBeyondTheIndicesOfAnArray(@TempDir Path folder) throws Exception {
        int columns = 32, rows = (1 << 26) + 8;
        int[] list = {rows - 1, 5, 1 << 26, 5, (1 << 26) - 1};
        float[] gradients = random(list.length * columns, 1);
        for (UpdateRule rule : List.of(new Sgd(0.1), new Adagrad(), new RowWiseAdagrad())) {
            try (Arena arena = Arena.ofConfined()) {
                FloatSpan table = map(folder.resolve("table"), (long) rows * columns, arena);
                RowOptimizer optimizer = new RowOptimizer(
                        "big",
                        table,
                        columns,
                        rule,
                        StepOptions.DEFAULT,
                        length -> map(folder.resolve("state"), length, arena));
                RowOptimizer small = new RowOptimizer(FloatSpan.of(new float[4 * columns]), columns, rule);
                optimizer.step(list, FloatSpan.of(gradients));
                small.step(new int[] {3, 0, 2, 0, 1}, FloatSpan.of(gradients));
                long[] those = {5, (1 << 26) - 1, 1 << 26, rows - 1};
                for (int i = 0; i < those.length; i++) {
                    assertArrayEquals(
                            small.table().slice(i * columns, columns).toArray(),
                            table.slice(those[i] * columns, columns).toArray());
                }
                for (StateBuffer buffer : rule.state()) {
                    int width = rule instanceof RowRule ? 1 : columns;
                    for (int i = 0; i < those.length; i++) {
                        assertArrayEquals(
                                small.state(buffer.name())
                                        .slice(i * width, width)
                                        .toArray(),
                                optimizer
                                        .state(buffer.name())
                                        .slice(those[i] * width, width)
                                        .toArray());
                    }
                }
                assertEquals(0, table.get(0));
            }
        }
    }

    private static FloatSpan map(Path file, long floats, Arena arena) {
        try (FileChannel channel = FileChannel.open(
                file,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.READ,
                StandardOpenOption.WRITE,
                StandardOpenOption.SPARSE)) {
            return FloatSpan.of(channel.map(FileChannel.MapMode.READ_WRITE, 0, floats * Float.BYTES, arena));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
