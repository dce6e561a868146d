package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Jvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No kernel touches a float beside its buffers in native memory, where nothing but the processor checks the bounds. Sentinels see
 * writes alone; here a page that may not be touched sees reads as well.
 */
class GuardPagesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void needsPagesAndVectors() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "guard pages are made by Linux's mmap and mprotect");
        assumeTrue(Kernels.lanes() > 0, "without kernels nothing addresses native memory");
    }

    /** A process that dies leaves its report in the temporary folder and no core. */
    private Jvm run(String... arguments) throws Exception {
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.addAll(RuleWidthsTest.C2_SOON);
        flags.addAll(List.of("-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + folder.resolve("hs_err.log")));
        return Jvm.run(flags, GuardPages.class, arguments);
    }

    private static String last(Jvm jvm) {
        List<String> lines =
                jvm.out().lines().filter(line -> line.contains("the guard")).toList();
        return lines.isEmpty() ? jvm.err() : lines.getLast();
    }

    @Test
    void noKernelLeavesItsBuffers() throws Exception {
        Jvm jvm = run();
        assertEquals(0, jvm.exitCode(), () -> "died of " + last(jvm) + "\n" + jvm.err());
        assertTrue(jvm.out().contains("done\n"), jvm.out());
        long runs = jvm.out().lines().filter(line -> line.contains("the guard")).count();
        // At the lengths from 0 to 65 and a long one, on two sides, with statistics and without.
        assertTrue(runs > 67 * 2 * 2 * RuleTable.rules().count(), () -> runs + " runs");
        RuleWidthsTest.assertCompiled(jvm.out() + jvm.err(), RuleWidthsTest.KERNEL);
    }

    /** Else the test above could not fail. */
    @ParameterizedTest
    @ValueSource(strings = {"behind", "before"})
    void aLoopThatDoesKillsTheProcess(String side) throws Exception {
        Jvm jvm = run(side);
        assertNotEquals(0, jvm.exitCode());
        assertTrue(jvm.out().contains("SIGSEGV"), () -> last(jvm) + "\n" + jvm.out());
        assertTrue(Files.readString(folder.resolve("hs_err.log")).contains("SIGSEGV"));
    }
}
