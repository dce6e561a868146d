package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Jvm;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * No product by a packed matrix reads a float beside its panels, which are in native memory, where nothing but the processor
 * checks the bounds.
 */
class PackedGuardPagesTest {
    @TempDir
    Path folder;

    @BeforeEach
    void needsPagesAndVectors() {
        assumeTrue(System.getProperty("os.name").equals("Linux"), "guard pages are made by Linux's mmap and mprotect");
        assumeTrue(Kernels.lanes() > 0, "without kernels nothing addresses native memory");
    }

    /** A process that dies leaves its report in the temporary folder and no core. */
    private Jvm run(int bits, String... arguments) throws Exception {
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.addAll(List.of("-Dlanewise.vectorBits=" + bits, "-XX:-CreateCoredumpOnCrash"));
        flags.add("-XX:ErrorFile=" + folder.resolve("hs_err.log"));
        return Jvm.run(flags, PackedGuardPages.class, arguments);
    }

    private static String last(Jvm jvm) {
        return jvm.out().lines().reduce((before, line) -> line).orElse("") + "\n" + jvm.err();
    }

    /** The widths have tiles and panels of their own. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void noTileLeavesThePanels(int bits) throws Exception {
        assumeTrue(bits <= 32 * Kernels.lanes(), "this processor has no such vectors");
        Jvm jvm = run(bits);
        assertEquals(0, jvm.exitCode(), () -> "died of " + last(jvm));
        assertTrue(jvm.out().endsWith("done\n"), jvm.out());
    }

    /** Else the test above could not fail. */
    @ParameterizedTest
    @ValueSource(strings = {"behind", "before"})
    void panelsOutOfBoundsKillTheProcess(String side) throws Exception {
        Jvm jvm = run(32 * Kernels.lanes(), side);
        assertNotEquals(0, jvm.exitCode());
        assertTrue(jvm.out().contains("SIGSEGV"), () -> last(jvm));
    }
}
