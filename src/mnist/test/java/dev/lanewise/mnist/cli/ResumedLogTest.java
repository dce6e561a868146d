package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.testing.Outcome;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A training that goes on continues the log that its checkpoint had, and no other file. */
class ResumedLogTest {
    @TempDir
    private Path folder;

    private Path log;
    private Path checkpoint;
    private byte[] whole;

    @BeforeEach
    void trainForAnEpoch() throws IOException {
        TinyData.write(Files.createDirectory(folder.resolve("data")));
        log = folder.resolve("log");
        checkpoint = folder.resolve("saves").resolve("checkpoint.safetensors");
        assertEquals(0, resume(1).code());
        whole = Files.readAllBytes(log);
    }

    private Outcome resume(int epochs, String... more) {
        List<String> arguments = new ArrayList<>(
                List.of("train", "--data", folder.resolve("data").toString()));
        arguments.addAll(List.of("--hidden", "8", "--batch-size", "16", "--schedule", "constant", "--resume"));
        arguments.addAll(List.of("--checkpoint", folder.resolve("saves").toString(), "--epochs", "" + epochs));
        if (more.length == 0) {
            arguments.addAll(List.of("--metrics", log.toString()));
        }
        arguments.addAll(List.of(more));
        return Outcome.of(Main::run, arguments.toArray(String[]::new));
    }

    private void assertRefused(String message, byte[] content) throws IOException {
        byte[] saved = Files.readAllBytes(checkpoint);
        Files.write(log, content);
        Outcome outcome = resume(2);
        assertEquals(
                List.of("error: --metrics " + log + ": expected the log that is to be continued, " + message
                        + "; name another file to begin a new one"),
                outcome.err());
        assertEquals(2, outcome.code());
        assertArrayEquals(content, Files.readAllBytes(log));
        assertArrayEquals(saved, Files.readAllBytes(checkpoint));
    }

    @Test
    void refusesALogThatIsShorter() throws IOException {
        for (int length : new int[] {0, 1, whole.length / 2, whole.length - 1}) {
            assertRefused("of at least " + whole.length + " bytes, found " + length, Arrays.copyOf(whole, length));
        }
    }

    @Test
    void refusesAnotherLog() throws IOException {
        String other = "found other content in its first " + whole.length + " bytes";
        for (int at : new int[] {0, whole.length / 2, whole.length - 1}) {
            byte[] changed = whole.clone();
            changed[at] ^= 1;
            assertRefused(other, changed);
        }
        assertRefused(
                other, ("{}\n" + new String(whole, StandardCharsets.US_ASCII)).getBytes(StandardCharsets.US_ASCII));
    }

    /** What a process logged after its last checkpoint is logged again. */
    @Test
    void cutsOffWhatIsAfterTheCheckpoint() throws IOException {
        Files.write(log, Arrays.copyOf(whole, whole.length + 7));
        assertEquals(0, resume(2).code());
        byte[] longer = Files.readAllBytes(log);
        assertArrayEquals(whole, Arrays.copyOf(longer, whole.length));
        List<String> lines = Files.readAllLines(log);
        assertEquals(14, lines.size());
        assertTrue(lines.get(7).startsWith("{\"step\":7,\"epoch\":2,"), lines.get(7));
    }

    @Test
    void mentionsThatALogIsGone() throws IOException {
        Files.delete(log);
        Outcome outcome = resume(2);
        assertEquals(0, outcome.code(), outcome.toString());
        assertEquals(
                "no log " + log + " any more: it begins after the steps of the checkpoint",
                outcome.out().get(1));
        assertTrue(Files.readAllLines(log).getFirst().startsWith("{\"step\":7,"));
    }

    /** A part of the training that is not logged leaves the log as it was. */
    @Test
    void aRunWithoutALogKeepsItsPlace() throws IOException {
        assertEquals(0, resume(2, "--watch").code());
        assertEquals(0, resume(3).code());
        List<String> lines = Files.readAllLines(log);
        assertEquals(14, lines.size());
        assertTrue(lines.get(7).startsWith("{\"step\":13,\"epoch\":3,"), lines.get(7));
    }

    /** Older checkpoints have the length of the log alone. */
    @Test
    void aCheckpointMayHaveNoChecksum() throws IOException {
        try (Arena arena = Arena.ofShared()) {
            Path copy = Files.copy(checkpoint, folder.resolve("copy"));
            Safetensors saved = Safetensors.map(copy, arena);
            List<Tensor> tensors = saved.names().stream().map(saved::tensor).toList();
            Map<String, String> texts = new LinkedHashMap<>(saved.metadata());
            assertTrue(texts.remove("metrics_crc32c") != null);
            Safetensors.write(checkpoint, tensors, texts);
        }
        assertEquals(0, resume(2).code());
        assertEquals(14, Files.readAllLines(log).size());
        whole = Files.readAllBytes(log);
        assertRefused("of at least " + whole.length + " bytes, found 0", new byte[0]);
    }
}
