package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FolderLockTest {
    @TempDir
    private Path folder;

    /** Tries to lock a directory in another process, and prints the message or nothing. */
    static final class Other {
        public static void main(String[] arguments) throws IOException {
            try (FolderLock _ = FolderLock.of("--x", Path.of(arguments[0]))) {
                System.out.println("locked");
                if (arguments.length > 1) {
                    System.in.read();
                }
            } catch (UsageException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    private String other() throws IOException, InterruptedException {
        return Jvm.run(List.of(), Other.class, folder.toString()).out().strip();
    }

    private static String refused(Path folder) {
        return assertThrows(
                        UsageException.class, () -> FolderLock.of("--x", folder).close())
                .getMessage();
    }

    @Test
    void oneAtATime() throws IOException, InterruptedException {
        String inUse = "--x " + folder + ": expected a directory that no other run writes to, found it in use by ";
        Path link = Files.createSymbolicLink(folder.resolve("link"), folder);
        try (FolderLock _ = FolderLock.of("--x", folder)) {
            String here = "process " + ProcessHandle.current().pid() + " since ";
            assertTrue(other().startsWith(inUse + here), other());
            assertEquals(inUse + "this process", refused(folder));
            assertTrue(refused(link).endsWith("this process"));
            // The attempts of this process have not released it.
            assertTrue(other().startsWith(inUse + here), other());
        }
        assertEquals("locked", other());
        FolderLock.of("--x", folder).close();
    }

    /** The file may have any content, such as that of a program that is no run of this one. */
    @Test
    void quotesNothingButAHolder() throws IOException, InterruptedException {
        Process holder = Jvm.start(List.of(), Other.class, folder.toString(), "until the end of the input");
        try {
            holder.inputReader().readLine();
            Path file = folder.resolve(FolderLock.NAME);
            assertTrue(refused(folder).matches(".* in use by process " + holder.pid() + " since .*"), refused(folder));
            for (String text : List.of("", "process 1 since \u0007", "x".repeat(100_000), "process 1 since now")) {
                Files.writeString(file, text);
                assertTrue(refused(folder).endsWith("found it in use by another process"), refused(folder));
            }
        } finally {
            holder.destroyForcibly().waitFor();
        }
        FolderLock.of("--x", folder).close();
    }
}
