package dev.lanewise.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
    @TempDir
    Path folder;

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void writesAndReplaces() throws IOException {
        Path file = folder.resolve("a");
        AtomicFile.write(file, new byte[] {1, 2});
        assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
        AtomicFile.write(file, channel -> {
            channel.write(ByteBuffer.wrap(new byte[] {3}));
            assertEquals(2, names().size());
            assertArrayEquals(new byte[] {1, 2}, Files.readAllBytes(file));
            channel.write(ByteBuffer.wrap(new byte[] {4, 5}));
        });
        assertArrayEquals(new byte[] {3, 4, 5}, Files.readAllBytes(file));
        assertEquals(List.of("a"), names());
    }

    @Test
    void leavesTheOldFileWhereTheNewOneFails() throws IOException {
        Path file = Files.writeString(folder.resolve("a"), "old");
        IOException full = new IOException("disk full");
        assertSame(
                full,
                assertThrows(
                        IOException.class,
                        () -> AtomicFile.write(file, channel -> {
                            channel.write(ByteBuffer.wrap(new byte[100]));
                            throw full;
                        })));
        assertEquals("old", Files.readString(file));
        assertEquals(List.of("a"), names());
        Path directory = Files.createDirectories(folder.resolve("b/c")).getParent();
        assertThrows(FileSystemException.class, () -> AtomicFile.write(directory, new byte[1]));
        assertThrows(NoSuchFileException.class, () -> AtomicFile.write(folder.resolve("no/a"), new byte[1]));
        assertEquals(List.of("a", "b"), names());
    }

    @Test
    void removesOnlyWhatIsUnfinished() throws IOException {
        Files.createFile(AtomicFile.temporary(folder.resolve("a.json")));
        Files.createFile(AtomicFile.temporary(folder.resolve("b.json")));
        Files.createFile(folder.resolve("a.json"));
        Files.createFile(folder.resolve("other.tmp"));
        AtomicFile.removeUnfinished(folder, "a.json");
        assertEquals(3, names().size());
        AtomicFile.removeUnfinished(folder, "*.json");
        assertEquals(List.of("a.json", "other.tmp"), names());
    }
}
