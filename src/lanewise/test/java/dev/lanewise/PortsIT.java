package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The rules have the same bits on an emulated ARM processor. This takes three minutes, and needs what {@code src/ports/run arm64} has
 * downloaded once; without that the test is skipped, since a build uses no network but Maven's.
 */
class PortsIT {
    private static final Path PORTS = Path.of("../ports").toAbsolutePath().normalize();

    @Test
    void theRulesHaveTheSameBitsOnArm(@TempDir Path folder) throws Exception {
        boolean present = Files.exists(PORTS.resolve("target/arm64/complete"))
                && Files.exists(PORTS.resolve("target/qemu/complete"));
        if (!present) {
            System.out.println("The bits on ARM are not tested: src/ports/run arm64 downloads what that takes.");
        }
        assumeTrue(present);
        Path log = folder.resolve("log");
        ProcessBuilder run = new ProcessBuilder(
                PORTS.resolve("run").toString(),
                "--short",
                "--class-path",
                System.getProperty("java.class.path"),
                "arm64");
        run.environment().put("JAVA25_HOME", System.getProperty("java.home"));
        Process process =
                run.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        try {
            assertTrue(process.waitFor(10, TimeUnit.MINUTES), "still running");
        } finally {
            process.descendants().forEach(ProcessHandle::destroy);
            process.destroy();
        }
        String table = Files.readString(log);
        System.out.print(table);
        assertEquals(0, process.exitValue(), table);
        assertTrue(table.matches("(?s).*\\narm64 +rules +[0-9a-f]{16} +equal .*"), table);
    }
}
