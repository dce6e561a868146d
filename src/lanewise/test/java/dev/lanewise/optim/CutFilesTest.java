package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.testing.Jvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mapped file that is cut short is an error of the step that meets it, and not the end of the process. */
class CutFilesTest {
    @TempDir
    Path folder;

    @Test
    void aStepThrowsAnErrorAndTheProcessLives() throws Exception {
        assumeTrue(
                System.getProperty("os.name").equals("Linux"), "other systems do not let a mapped file be cut short");
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + folder.resolve("hs_err.log")));
        Jvm jvm = Jvm.run(flags, CutFiles.class, folder.toString());
        List<String> lines = jvm.out().lines().toList();
        assertEquals(0, jvm.exitCode(), () -> "died of " + lines.getLast() + "\n" + jvm.err());
        assertEquals("done", lines.getLast());
        assertTrue(lines.size() > 8 * RuleTable.rules().count(), jvm.out());
    }
}
