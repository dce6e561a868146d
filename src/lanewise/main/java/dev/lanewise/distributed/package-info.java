/**
 * Data-parallel training on several ranks, with the same bits on any number of them.
 *
 * <table>
 * <caption>Classes</caption>
 * <tr><td>{@link dev.lanewise.distributed.Collective}</td><td>moves floats among the ranks, and never adds: threads of this JVM,
 *     processes of MPI, or an engine of the application's own</td></tr>
 * <tr><td>{@link dev.lanewise.distributed.Replicas}</td><td>the V micro-batches of a step, and those of a rank</td></tr>
 * <tr><td>{@link dev.lanewise.distributed.DataParallel}</td><td>the steps: micro-gradients, exchange, a sharded optimizer,
 *     weights</td></tr>
 * <tr><td>{@link dev.lanewise.distributed.DistributedCheckpoint}</td><td>a file of each rank, and one that commits them</td></tr>
 * <tr><td>{@link dev.lanewise.distributed.RankLostException}</td><td>what the other ranks throw when one is gone</td></tr>
 * </table>
 *
 * <h2>Why the bits are the same</h2>
 *
 * A float sum depends on its order, and the order of an engine's sum on the number of ranks. So engines only move here. A step
 * has V micro-gradients, whatever the number of ranks N, and they are added in one tree, a binary counter: block by block, two
 * blocks of the same size that adjoin become one. Each rank has a contiguous range of them, adds what is a whole subtree, and
 * sends the few sums that are left to the owners of the parameters, who finish the tree. V is a part of the recipe, as the size
 * of a batch is; checkpoints have it, and refuse another. With V = 1 the bits are those of a training without ranks.
 *
 * <h2>Sizes</h2>
 *
 * A rank sends 2 (N − 1)/N times the gradient in a step where N and V are powers of two, which is a ring's minimum, and at most
 * 1.62 times that for other N; with a V that is no power of two it can be nearly twice the minimum; add a double for each 4,096
 * parameters where norms are needed. A rank has all weights, up to log₂(V/N) + 2 gradients, or one if it computes
 * {@linkplain dev.lanewise.distributed.Replicas#subtree whole subtrees} and the numbers are powers of two, and the state of its
 * own N-th of the parameters. V = 8 is a good number for up to four ranks; with 16 rows or more in each micro-batch. Small
 * networks do not gain from more ranks: the MLP 784-256-128-10 computes a batch of 128 in less time than it takes to exchange its
 * gradient between machines.
 *
 * <h2>Threads</h2>
 *
 * {@link dev.lanewise.distributed.Collective#threads(int)} needs nothing. Each rank has weights of its own, so
 * {@link dev.lanewise.Workers} use a machine better; the ranks are for tests, and for a look at what they do:
 * {@code train --ranks 4 --replicas 8}.
 *
 * <h2>MPI</h2>
 *
 * <pre>
 * apt-get install openmpi-bin     # or mpich
 * mpirun -n 4 java --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -cp … Main
 * </pre>
 *
 * {@link dev.lanewise.distributed.Collective#mpi()} joins the processes. <a href="doc-files/mpi.html">Ranks of MPI</a> has the
 * start, sizes, checkpoints, faults and limits, and what fails first with many ranks.
 *
 * <h2>Faults</h2>
 *
 * A rank that ends or does not answer within the patience makes the others throw a
 * {@link dev.lanewise.distributed.RankLostException}, which names it and the step where the engine can tell. It is not repaired:
 * the training is started again from its {@link dev.lanewise.distributed.DistributedCheckpoint}, on as many ranks as there are,
 * and gets the bits that it would have had. A checkpoint needs a folder that all ranks see.
 *
 * <h2>Records of the flight recorder</h2>
 *
 * {@code dev.lanewise.RankStep} has the time of each step by its parts: tree, exchange, sums, optimizer, gather.
 */
package dev.lanewise.distributed;
