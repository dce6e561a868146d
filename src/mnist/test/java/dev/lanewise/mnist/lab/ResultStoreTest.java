package dev.lanewise.mnist.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.optim.Sgd;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResultStoreTest {
    private static final Run RUN = new Run(List.of(3), new Sgd(), 10, 5, 4, 7);
    private static final Map<String, String> SETTINGS = Map.of("--seed", "7");

    @TempDir
    private Path folder;

    private Path onlyRun() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> !file.endsWith("settings.json"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    @Test
    void givesBackEveryBit() throws IOException {
        float[] odd = {0.1f, Float.MIN_VALUE, Float.MAX_VALUE, 1 / 3f, -0f, Float.NaN};
        Result result = new Result(
                odd,
                new float[] {2, 3},
                List.of(new Result.Layer(odd, new float[] {1}, new float[] {Float.NaN})),
                new double[] {1 / 3.0, 0.1},
                0.9817,
                1.25);
        ResultStore store = ResultStore.open(folder, SETTINGS);
        assertNull(store.read(RUN));
        store.write(RUN, result);
        Result read = ResultStore.open(folder, SETTINGS).read(RUN);
        assertArrayEquals(result.losses(), read.losses());
        assertArrayEquals(result.ratios(), read.ratios());
        assertEquals(1, read.layers().size());
        assertArrayEquals(odd, read.layers().getFirst().update());
        assertArrayEquals(new float[] {1}, read.layers().getFirst().weight());
        assertArrayEquals(new float[] {Float.NaN}, read.layers().getFirst().largest());
        assertArrayEquals(result.accuracies(), read.accuracies());
        assertEquals(0.9817, read.test());
        assertEquals(1.25, read.seconds());
        assertNull(store.read(RUN.withSeed(8)));
    }

    @Test
    void knowsItsSettings() throws IOException {
        assertNull(ResultStore.settings(folder));
        ResultStore.open(folder, SETTINGS);
        assertEquals(SETTINGS, ResultStore.settings(folder));
    }

    @Test
    void removesWhatWasNotFinished() throws IOException {
        Path unfinished = Files.writeString(folder.resolve("1234.json.7.tmp"), "{\"run\":");
        ResultStore.open(folder, SETTINGS);
        assertFalse(Files.exists(unfinished));
    }

    @Test
    void namesADamagedFile() throws IOException {
        ResultStore store = ResultStore.open(folder, SETTINGS);
        store.write(RUN, new Result(new float[] {1, 2}, new float[0], List.of(), new double[0], Double.NaN, 0));
        Path file = onlyRun();
        String whole = Files.readString(file);
        for (String damaged : List.of(
                "",
                "[]",
                whole.substring(0, 150),
                whole.replace("losses", "lasses"),
                whole.replace("seed=7", "seed=8"))) {
            Files.writeString(file, damaged);
            UncheckedIOException e = assertThrows(UncheckedIOException.class, () -> store.read(RUN));
            assertTrue(e.getCause().getMessage().startsWith(file.toString()), e.getMessage());
        }
    }
}
