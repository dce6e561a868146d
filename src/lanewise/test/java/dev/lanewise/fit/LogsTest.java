package dev.lanewise.fit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.testing.Floats;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32C;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogsTest {
    @TempDir
    private Path folder;

    private static FitResult train(FitListener... listeners) {
        float[] x = Floats.random(40 * 3, 1);
        int[] labels = new int[40];
        for (int i = 0; i < 40; i++) {
            labels[i] = x[3 * i] > 0 ? 1 : 0;
        }
        Data.Split split = Data.of(x, 3, Targets.classes(labels)).holdOut(8, 1);
        Mlp mlp = new Mlp(3, 4, 2);
        mlp.initialize(1);
        Fit fit = new Fit(2).withBatch(16);
        for (FitListener listener : listeners) {
            fit = fit.withListener(listener);
        }
        return fit.run(mlp, new Optimizer(mlp.parameters(), new AdamW(1e-2)), split.training(), split.validation());
    }

    @Test
    void progressIsALineAnEpoch() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        train(FitListener.progress(new PrintStream(bytes, true, StandardCharsets.UTF_8)));
        List<String> lines = bytes.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(2, lines.size());
        assertTrue(
                lines.get(1)
                        .matches("epoch 2/2: loss \\d\\.\\d{4}, validation loss \\d\\.\\d{4}, accuracy \\d+\\.\\d\\d %,"
                                + " \\d+\\.\\d s"),
                lines.get(1));
    }

    @Test
    void jsonHasALineAStepAndAnEpoch() throws IOException {
        Path file = folder.resolve("log.jsonl");
        FitResult result;
        try (JsonLines log = new JsonLines(file)) {
            result = train(log);
            log.epoch(new Epoch(3, 3, 6, Double.NaN, Double.NaN, Double.NaN, 0.5));
        }
        List<String> lines = Files.readAllLines(file);
        assertEquals(7, lines.size());
        assertTrue(lines.get(0).matches("\\{\"step\":1,\"epoch\":1,\"loss\":[0-9.E-]+,\"lr\":0.01\\}"), lines.get(0));
        Epoch last = result.epochs().getLast();
        assertEquals(
                "{\"epoch\":2,\"loss\":" + last.loss() + ",\"validation_loss\":" + last.validationLoss()
                        + ",\"accuracy\":" + last.accuracy() + ",\"seconds\":" + last.seconds() + "}",
                lines.get(5));
        assertEquals("{\"epoch\":3,\"loss\":null,\"seconds\":0.5}", lines.get(6));
    }

    private static int masked(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes);
        long value = crc.getValue();
        return (int) ((value >>> 15 | value << 17 & 0xFFFFFFFFL) + 0xA282EAD8L);
    }

    /** Returns the records of a file, after a check of their checksums. */
    private static List<ByteBuffer> records(Path file) throws IOException {
        ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        List<ByteBuffer> records = new ArrayList<>();
        while (all.hasRemaining()) {
            byte[] length = new byte[8];
            all.get(length);
            assertEquals(masked(length), all.getInt());
            byte[] data = new byte
                    [(int) ByteBuffer.wrap(length)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .getLong()];
            all.get(data);
            assertEquals(masked(data), all.getInt());
            records.add(ByteBuffer.wrap(data).order(ByteOrder.LITTLE_ENDIAN));
        }
        return records;
    }

    /** Decodes an event, whose fields are nested as event.proto and summary.proto have them. */
    private static String decode(ByteBuffer event) {
        StringBuilder text = new StringBuilder();
        while (event.hasRemaining()) {
            int key = event.get();
            switch (key) {
                case 1 << 3 | 1 -> assertTrue(event.getDouble() > 1.7e9);
                case 2 << 3 -> {
                    long step = 0;
                    int shift = 0;
                    byte next;
                    do {
                        next = event.get();
                        step |= (long) (next & 0x7f) << shift;
                        shift += 7;
                    } while (next < 0);
                    text.append(step).append(' ');
                }
                case 3 << 3 | 2 -> text.append(text(event));
                case 5 << 3 | 2 -> {
                    assertEquals(event.get(), event.remaining());
                    assertEquals(1 << 3 | 2, event.get());
                    assertEquals(event.get(), event.remaining());
                    assertEquals(1 << 3 | 2, event.get());
                    text.append(text(event));
                    assertEquals(2 << 3 | 5, event.get());
                    text.append(' ').append(event.getFloat());
                }
                default -> throw new AssertionError("field " + key);
            }
        }
        return text.toString();
    }

    private static String text(ByteBuffer event) {
        byte[] text = new byte[event.get()];
        event.get(text);
        return new String(text, StandardCharsets.UTF_8);
    }

    @Test
    void tensorBoardHasTheScalars() throws IOException {
        FitResult result;
        try (TensorBoard board = new TensorBoard(folder.resolve("runs/one"))) {
            result = train(board);
            board.scalar("my/own", 1L << 40, -0.5);
            assertEquals(
                    "tag must have at most 100 bytes as UTF-8: " + "x".repeat(101),
                    assertThrows(IllegalArgumentException.class, () -> board.scalar("x".repeat(101), 1, 1))
                            .getMessage());
            board.scalar("y".repeat(100), 1, 1);
        }
        Path file;
        try (Stream<Path> files = Files.list(folder.resolve("runs/one"))) {
            file = files.toList().getFirst();
        }
        assertTrue(file.getFileName().toString().startsWith("events.out.tfevents."));
        List<String> events = records(file).stream().map(LogsTest::decode).toList();
        assertEquals("brain.Event:2", events.getFirst());
        Epoch first = result.epochs().getFirst(), last = result.epochs().getLast();
        assertEquals("1 learning_rate 0.01", events.get(2));
        assertEquals("2 epoch/loss " + (float) first.loss(), events.get(5));
        assertEquals("4 epoch/validation_loss " + (float) last.validationLoss(), events.get(13));
        assertEquals("4 epoch/accuracy " + (float) last.accuracy(), events.get(14));
        assertEquals((1L << 40) + " my/own -0.5", events.get(15));
        assertEquals(17, events.size());
    }

    @Test
    void theFlightRecorderHasTheEpochs() throws IOException {
        Path file = folder.resolve("run.jfr");
        FitResult result;
        try (Recording recording = new Recording()) {
            recording.enable("dev.lanewise.Epoch");
            recording.start();
            result = train();
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("dev.lanewise.Epoch"))
                .toList();
        assertEquals(2, events.size());
        Epoch last = result.epochs().getLast();
        assertEquals(2, events.get(1).getInt("epoch"));
        assertEquals(last.loss(), events.get(1).getDouble("loss"));
        assertEquals(last.validationLoss(), events.get(1).getDouble("validationLoss"));
        assertEquals(last.accuracy(), events.get(1).getDouble("accuracy"));
    }
}
