package dev.lanewise.spark;

import dev.lanewise.distributed.Collective;
import java.io.PrintWriter;
import java.io.Serializable;

/**
 * A training as each of its ranks runs it. Spark serializes it and sends it to the executors, so its fields and the variables
 * that a lambda captures must be serializable.
 *
 * <p>It may run several times: when a rank is lost, all begin again, with as many ranks as there are executors. So it goes on
 * from its checkpoint where there is one, and saves it from time to time, with
 * {@link dev.lanewise.distributed.DistributedCheckpoint} in a folder that all machines see.
 */
@FunctionalInterface
public interface RankProgram extends Serializable {
    /**
     * Trains as one rank.
     *
     * @param ranks moves floats between this rank and the others; it is closed afterwards
     * @param out takes the lines that rank 0 prints to the program that has started the training; those of other ranks are discarded
     * @param attempt how often the ranks have begun, from 1
     * @return the result, of which that of rank 0 is the training's; null is allowed
     * @throws Exception to end the training for good: it is not begun again. A {@link dev.lanewise.distributed.RankLostException}
     *     of {@code ranks} must not be replaced by a result
     */
    String train(Collective ranks, PrintWriter out, int attempt) throws Exception;
}
