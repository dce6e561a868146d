package dev.lanewise.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

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

    /** The folder of a name alone is the working directory. */
    @Test
    void writesAFileThatIsNamedWithoutAFolder() throws IOException {
        Path file = AtomicFile.temporary(Path.of("written-by-a-test"));
        try {
            AtomicFile.write(file, new byte[] {1});
            assertArrayEquals(new byte[] {1}, Files.readAllBytes(file));
        } finally {
            Files.deleteIfExists(file);
        }
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

    /** Where one can be created, each can: programs try one before long work, and write another after it. */
    @Test
    void temporaryNamesAreOfOneLength() {
        Path file = folder.resolve("a");
        for (int i = 0; i < 1000; i++) {
            String name = AtomicFile.temporary(file).getFileName().toString();
            assertEquals(25, name.length(), name);
            assertTrue(AtomicFile.isUnfinished(Path.of(name)), name);
        }
    }

    @Test
    void knowsWhatIsUnfinished() {
        for (String name : List.of("a.1.tmp", "a.0000000000000000001.tmp", "a\n.1.tmp", ".1.tmp", "a.tmp.1.tmp")) {
            assertTrue(AtomicFile.isUnfinished(Path.of(name)), name);
        }
        for (String name : List.of("a.tmp", "1.tmp", "a.x.tmp", "a..tmp", "a.1.tmp2", "a.12345678901234567890.tmp")) {
            assertFalse(AtomicFile.isUnfinished(Path.of(name)), name);
        }
    }

    @Test
    void removesOnlyWhatIsUnfinished() throws IOException {
        Files.createFile(AtomicFile.temporary(folder.resolve("a.json")));
        Files.createFile(AtomicFile.temporary(folder.resolve("b.json")));
        Files.createFile(folder.resolve("a.json"));
        Files.createFile(folder.resolve("other.tmp"));
        Files.createFile(folder.resolve("a.json.backup.tmp"));
        AtomicFile.removeUnfinished(folder, "a.json");
        assertEquals(4, names().size());
        AtomicFile.removeUnfinished(folder, "*.json");
        assertEquals(List.of("a.json", "a.json.backup.tmp", "other.tmp"), names());
    }
}
