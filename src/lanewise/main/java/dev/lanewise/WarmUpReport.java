package dev.lanewise;

import java.time.Duration;
import java.util.List;

/**
 * The result of {@link Lanewise#warmUp} and {@link Lanewise#compileKernels}.
 *
 * @param compiled the names of the kernels that the JVM has compiled during the warm-up, in alphabetical order
 * @param pending the names of those that were not compiled when the limit had passed; their scalar definitions run until they are
 * @param runs how often the work ran
 * @param time how long the warm-up took
 */
public record WarmUpReport(List<String> compiled, List<String> pending, int runs, Duration time) {
    /** Copies the lists. */
    public WarmUpReport {
        compiled = List.copyOf(compiled);
        pending = List.copyOf(pending);
    }
}
