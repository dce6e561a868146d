package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import java.time.Duration;
import java.util.List;

/**
 * A collective moves floats among the ranks of a training. It never adds, because the sum of an engine depends on the number of
 * ranks: {@link DataParallel} adds what it moves.
 *
 * <p>All ranks call the same methods in the same order, and each rank from one thread. A method returns when this rank's part is
 * done and its buffers can be used again. Arrays named {@code from} have {@code world + 1} elements: part r of a buffer begins at
 * element r and ends before element r + 1.
 *
 * <p>A rank that has ended, or that does not call within the patience of the implementation, causes a {@link RankLostException} on
 * all others.
 */
public interface Collective extends AutoCloseable {
    /** How long a rank waits for the others, unless an implementation has another patience. */
    Duration PATIENCE = Duration.ofSeconds(60);

    /** {@return the index of this rank, from 0} */
    int rank();

    /** {@return the number of ranks} */
    int world();

    /**
     * Sends part r of a buffer to rank r, for all r, and receives from rank r into part r of another.
     *
     * @param send the floats of this rank
     * @param sendFrom the parts of {@code send}
     * @param receive receives the floats of all ranks, this one's among them
     * @param receiveFrom the parts of {@code receive}, as long as what the ranks send
     * @throws RankLostException if a rank cannot be reached
     */
    void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom);

    /**
     * Gathers the parts of all ranks in place. This rank has written its own part; afterwards it has all of them.
     *
     * @param all the floats of all ranks
     * @param from the parts, the same on all ranks
     * @throws RankLostException if a rank cannot be reached
     */
    void gather(FloatSpan all, long[] from);

    /**
     * Gathers the parts of all ranks in place.
     *
     * @param all the doubles of all ranks
     * @param from the parts, the same on all ranks
     * @throws RankLostException if a rank cannot be reached
     */
    void gather(double[] all, int[] from);

    /**
     * Gathers some bytes of each rank: addresses, hashes, decisions. It allocates, and is not for each step.
     *
     * @param own the bytes of this rank, as many as it likes
     * @return those of all ranks, by rank
     * @throws RankLostException if a rank cannot be reached
     */
    byte[][] gather(byte[] own);

    /** {@return how many bytes this rank has sent to other ranks, without those of the protocol} */
    long bytesSent();

    /** Leaves the other ranks. They lose this rank if they still wait for it. */
    @Override
    void close();

    /**
     * Makes ranks that are threads of this JVM, each of which uses one of the collectives. They need no engine, and serve for
     * tests, for a look at what ranks do, and for machines where several processes with their own memory are not wanted.
     *
     * @param world the number of ranks, at least 1
     * @param patience how long a rank waits for the others
     * @return the collective of each rank
     * @throws IllegalArgumentException if {@code world} is less than 1 or the patience is not positive
     */
    static List<Collective> threads(int world, Duration patience) {
        return ThreadRanks.of(world, patience);
    }

    /**
     * Makes ranks that are threads of this JVM, which wait for each other for {@link #PATIENCE}.
     *
     * @param world the number of ranks, at least 1
     * @return the collective of each rank
     * @throws IllegalArgumentException if {@code world} is less than 1
     */
    static List<Collective> threads(int world) {
        return threads(world, PATIENCE);
    }

    /**
     * Joins the processes that {@code mpirun} has started, of Open MPI 4 to 6 or of MPICH 4 or 5. The library of the launcher is
     * loaded by this call; it needs {@code --enable-native-access}, as native memory does. All calls must come from the thread
     * that made this one, and a process can make it once.
     *
     * <p>MPI does not report which rank was lost, and a launcher ends all processes when one of them fails. So a process whose
     * training throws should end, without {@link #close}, which waits for the others.
     *
     * @param patience how long a rank waits for the others
     * @return this process as a rank
     * @throws IllegalStateException if {@code mpirun} has not started the process, or its library cannot be loaded
     */
    static Collective mpi(Duration patience) {
        return new MpiRanks(patience);
    }

    /**
     * Joins the processes that {@code mpirun} has started, and waits for them for {@link #PATIENCE}.
     *
     * @return this process as a rank
     * @throws IllegalStateException if {@code mpirun} has not started the process, or its library cannot be loaded
     */
    static Collective mpi() {
        return mpi(PATIENCE);
    }
}
