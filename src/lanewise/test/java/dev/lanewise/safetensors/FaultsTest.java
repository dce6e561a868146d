package dev.lanewise.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Layout;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Checkpoint;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.testing.Durability;
import dev.lanewise.testing.FaultyFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whichever operation of the file system fails, a file that is written has its whole old content or its whole new one. */
class FaultsTest {
    private static final byte[] OLD = "what was there before".getBytes();

    /** What writes a file. */
    private enum Writer {
        BYTES {
            @Override
            void write(Path file) throws IOException {
                AtomicFile.write(file, new byte[10_000]);
            }
        },
        CHANNEL {
            @Override
            void write(Path file) throws IOException {
                AtomicFile.write(file, channel -> {
                    AtomicFile.writeAll(channel, ByteBuffer.allocateDirect(5000));
                    AtomicFile.writeAll(channel, ByteBuffer.wrap(new byte[5000], 3, 7));
                });
            }
        },
        TENSORS {
            @Override
            void write(Path file) throws IOException {
                Tensor tensor = Tensor.of("w", FloatSpan.of(new float[2000]), 2000);
                Safetensors.write(file, List.of(tensor), Map.of("text", "x"));
            }
        },
        CHECKPOINT {
            @Override
            void write(Path file) throws IOException {
                Optimizer optimizer = new Optimizer(FloatSpan.of(new float[1000]), new AdamW());
                optimizer.step(FloatSpan.of(new float[1000]));
                new Checkpoint(optimizer).save(file, Map.of("epoch", "1"));
            }
        },
        MODEL {
            @Override
            void write(Path file) throws IOException {
                new Mlp(30, 20, 10).save(file, Layout.PYTORCH);
            }
        },
        ONNX {
            @Override
            void write(Path file) throws IOException {
                new Mlp(30, 20, 10).toOnnx(file);
            }
        };

        abstract void write(Path file) throws IOException;
    }

    @TempDir
    private Path folder;

    private final FaultyFiles files = new FaultyFiles(FileSystems.getDefault().provider());

    private List<Path> all() throws IOException {
        try (Stream<Path> all = Files.list(folder)) {
            return all.toList();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theOldFileOrTheNewOne(Writer writer) throws IOException {
        Path file = folder.resolve("file");
        writer.write(file);
        byte[] expected = Files.readAllBytes(file);
        for (boolean forGood : new boolean[] {false, true}) {
            boolean failed = true;
            int refused = 0;
            for (int n = 0; failed; n++) {
                Files.write(file, OLD);
                files.begin(n, forGood);
                String message = null;
                try {
                    writer.write(files.path(file));
                } catch (IOException e) {
                    message = e.getMessage();
                }
                failed = files.failed() != null;
                if (message == null) {
                    assertArrayEquals(expected, Files.readAllBytes(file));
                } else {
                    refused++;
                    assertTrue(message.endsWith(FaultyFiles.MESSAGE), message);
                    assertArrayEquals(OLD, Files.readAllBytes(file), "after " + files.done());
                }
                List<Path> left =
                        all().stream().filter(path -> !path.equals(file)).toList();
                assertTrue(forGood || left.isEmpty(), left + " after " + files.done());
                for (Path path : left) {
                    assertTrue(AtomicFile.isUnfinished(path), path.toString());
                    Files.delete(path);
                }
            }
            // Opening, writing, forcing, closing and moving it; only the force of the directory may fail.
            assertTrue(refused >= 5, refused + " operations that may not fail");
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPowerFailureAtAnyMomentLeavesOneOfThem(Writer writer) throws IOException {
        Path file = Files.write(folder.resolve("file"), OLD);
        files.begin(Integer.MAX_VALUE, false);
        writer.write(files.path(file));
        List<String> done = files.done();
        assertEquals(List.of(file.toString()), Durability.replaced(done));
        List<String> kinds = done.stream()
                .map(line -> line.replaceFirst(" .*", ""))
                .distinct()
                .toList();
        assertEquals(List.of("open", "write", "force", "close", "move"), kinds);
    }

    /** The check would find each of the mistakes that it is for. */
    @Test
    void theOrderIsChecked() {
        String[] right = {
            "open /d/a.1.tmp",
            "write /d/a.1.tmp",
            "force /d/a.1.tmp",
            "close /d/a.1.tmp",
            "move /d/a.1.tmp /d/a",
            "force /d"
        };
        assertEquals(List.of("/d/a"), Durability.replaced(List.of(right)));
        for (int left : new int[] {2, 5}) {
            List<String> without =
                    Stream.of(right).filter(line -> !line.equals(right[left])).toList();
            assertThrows(AssertionError.class, () -> Durability.replaced(without));
        }
        List<String> late = List.of(right[0], right[2], right[1], right[3], right[4], right[5]);
        assertThrows(AssertionError.class, () -> Durability.replaced(late));
    }
}
