package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.TinyData;
import dev.lanewise.testing.FaultyFiles;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whichever operation of the file system fails in a command, there is one line, and each file is whole. */
class FaultsTest {
    @TempDir
    private Path folder;

    /** All commands run in one process, of which every path is a faulty one. */
    @ParameterizedTest
    @ValueSource(strings = {"train", "ranks", "resume", "diverge", "find-svg", "find-png", "lab"})
    void oneLineAndWholeFiles(String command) throws IOException, InterruptedException {
        TinyData.write(Files.createDirectory(folder.resolve("data")));
        // The networks are too small for compiled kernels.
        List<String> flags = Stream.concat(
                        Jvm.VECTOR_FLAGS.stream(), Stream.of("-XX:TieredStopAtLevel=1", FaultyFiles.FLAG))
                .toList();
        Jvm ended = Jvm.run(flags, FaultyCommands.class, command, folder.toString());
        assertEquals(0, ended.exitCode(), ended.out() + ended.err());
        String last = ended.out().strip();
        assertTrue(last.matches("\\d\\d+ operations failed, alone and with all after them"), ended.toString());
    }
}
