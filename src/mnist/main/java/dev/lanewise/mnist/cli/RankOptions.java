package dev.lanewise.mnist.cli;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.RankLostException;
import dev.lanewise.mnist.data.UsageException;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import picocli.CommandLine.Option;

/** The options for the micro-batches of a step and for the ranks that share them. */
final class RankOptions {
    private static final String MPI = "mpi";
    private static final int MOST_THREADS = 1024;

    /** What the launchers of Open MPI and of MPICH tell their processes. */
    private static final List<String> LOCAL_SIZES = List.of("OMPI_COMM_WORLD_LOCAL_SIZE", "MPI_LOCALNRANKS");

    @Option(
            names = "--replicas",
            paramLabel = "V",
            defaultValue = "1",
            description =
                    "Divides each batch into V micro-batches, whose gradients are added up in an order that follows"
                        + " from V. The weights depend on V, and not on the number of ranks: 8 is a good number for up"
                        + " to four (default: ${DEFAULT-VALUE}, as without this option)")
    private int replicas;

    @Option(
            names = "--ranks",
            paramLabel = "N|mpi",
            defaultValue = "1",
            description =
                    "Trains on N ranks, which share the micro-batches of --replicas: N threads of this process, or the"
                            + " processes that mpirun has started (mpi). Each rank has --threads threads. Only the"
                            + " first one prints and writes what is not a part of the checkpoint (default:"
                            + " ${DEFAULT-VALUE})")
    private String ranks;

    /** Checks the options without other ranks. */
    void check() {
        TrainingOptions.check("--replicas", replicas, Integer.MAX_VALUE);
        if (ranks.equals(MPI)) {
            return;
        }
        if (!ranks.matches("[1-9][0-9]{0,8}") || Integer.parseInt(ranks) > MOST_THREADS) {
            throw new UsageException("--ranks must be from 1 to " + MOST_THREADS + " or mpi: " + ranks);
        }
        checkReplicas(Integer.parseInt(ranks));
    }

    private void checkReplicas(int world) {
        if (replicas < world) {
            throw new UsageException("--replicas must be at least " + world + ", the number of ranks: " + replicas);
        }
    }

    int replicas() {
        return replicas;
    }

    /** {@return how many of the ranks share this machine, as far as that is known} */
    int local(Collective ranks) {
        for (String name : LOCAL_SIZES) {
            String size = System.getenv(name);
            if (this.ranks.equals(MPI) && size != null && size.matches("[1-9][0-9]{0,5}")) {
                return Integer.parseInt(size);
            }
        }
        return ranks.world();
    }

    /**
     * Runs a training on each rank of this process.
     *
     * @param given the rank that the program was started as; null if it was started alone
     */
    void run(Collective given, Consumer<Collective> training) {
        if (given != null) {
            checkReplicas(given.world());
            training.accept(given);
        } else if (ranks.equals(MPI)) {
            runMpi(training);
        } else {
            runThreads(Collective.threads(Integer.parseInt(ranks)), training);
        }
    }

    /** A process that fails does not leave the others in order: they would wait for it, whereas the launcher ends them if it ends. */
    private void runMpi(Consumer<Collective> training) {
        Collective mpi;
        try {
            mpi = Collective.mpi();
        } catch (IllegalStateException e) {
            throw new UsageException("--ranks mpi: " + e.getMessage(), e);
        }
        checkReplicas(mpi.world());
        training.accept(mpi);
        mpi.close();
    }

    /** Runs the first rank on the caller's thread. The failure that made the others fail is thrown. */
    private static void runThreads(List<Collective> ranks, Consumer<Collective> training) {
        AtomicReferenceArray<Throwable> failures = new AtomicReferenceArray<>(ranks.size());
        Thread[] threads = new Thread[ranks.size()];
        for (int i = 1; i < threads.length; i++) {
            int rank = i;
            threads[i] = new Thread(() -> failures.set(rank, failureOf(ranks.get(rank), training)), "rank-" + i);
            threads[i].setDaemon(true);
            threads[i].start();
        }
        failures.set(0, failureOf(ranks.getFirst(), training));
        Throwable failure = null;
        for (int i = 0; i < threads.length; i++) {
            if (i > 0) {
                join(threads[i]);
            }
            Throwable other = failures.get(i);
            failure = failure == null || failure instanceof RankLostException && other != null ? other : failure;
        }
        switch (failure) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            default -> throw new AssertionError(failure);
        }
    }

    private static Throwable failureOf(Collective rank, Consumer<Collective> training) {
        try (rank) {
            training.accept(rank);
            return null;
        } catch (Throwable e) {
            return e;
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
