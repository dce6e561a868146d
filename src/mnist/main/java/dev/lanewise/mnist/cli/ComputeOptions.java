package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import picocli.CommandLine.Option;

/** The options for the seed and the threads, which all commands that train have in common. */
final class ComputeOptions {
    private static final int MAX_THREADS = 1024;

    @Option(
            names = "--seed",
            paramLabel = "N",
            defaultValue = "1",
            description = "Determines the initial weights and the order of the images (default: ${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Threads to use; their number does not change the results (default: the number of processors,"
                    + " divided among the ranks of this machine)")
    private Integer threads;

    long seed() {
        return seed;
    }

    /**
     * {@return the number of threads}
     *
     * @throws UsageException if it is out of range
     */
    int threads() {
        return threads(1);
    }

    /**
     * {@return the number of threads of each rank}
     *
     * @param ranks the number of ranks on this machine
     * @throws UsageException if it is out of range
     */
    int threads(int ranks) {
        int free = Math.max(1, Runtime.getRuntime().availableProcessors() / ranks);
        int count = threads == null ? Math.min(free, MAX_THREADS) : threads;
        if (count < 1 || count > MAX_THREADS) {
            throw new UsageException("--threads must be from 1 to " + MAX_THREADS + ": " + count);
        }
        return count;
    }
}
