package dev.lanewise.spark;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.RankLostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Consumer;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A data-parallel training on Spark's executors. Each rank is a task of one barrier stage; the ranks exchange their floats
 * directly, over the transport that Spark moves its blocks with. When a rank is lost, the ranks begin again, from the checkpoint
 * of the training, on the executors that are left or have come. The weights have the same bits on any number of executors,
 * whichever of them were lost.
 *
 * {@snippet :
 * String sha256 = new SparkTraining(4)
 *         .withCheckpoint(Path.of("/shared/run/checkpoint.safetensors"))
 *         .run(context, (ranks, out, attempt) -> train(ranks), System.out::println);
 * }
 *
 * <p>A task is one rank, whose threads may use all cores that {@code spark.task.cpus} gives it: with {@code spark.task.cpus}
 * equal to {@code spark.executor.cores} an executor is one rank. Dynamic allocation and speculation must be off.
 *
 * @param ranks the most ranks; there are fewer if there are fewer slots for tasks when the ranks begin
 * @param checkpoint the file that shows that the training gets on, or null for none
 * @param patience how long a rank waits for the others in one call
 * @param arrival how long the driver waits for executors when it has fewer than {@code ranks}
 * @param attempts how often the ranks begin without a new checkpoint before the training is given up
 */
public record SparkTraining(int ranks, Path checkpoint, Duration patience, Duration arrival, int attempts) {
    private static final int ATTEMPTS = 4;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if {@code ranks} or {@code attempts} is less than 1, or a duration less than 1 ms
     */
    public SparkTraining {
        atLeastOne("ranks", ranks);
        atLeastOne("attempts", attempts);
        positive("patience", patience);
        positive("arrival", arrival);
    }

    /**
     * Makes a training without a checkpoint that waits for ranks and executors for {@link Collective#PATIENCE}, and begins at most 4 times.
     *
     * @param ranks the most ranks
     * @throws IllegalArgumentException if {@code ranks} is less than 1
     */
    public SparkTraining(int ranks) {
        this(ranks, null, Collective.PATIENCE, Collective.PATIENCE, ATTEMPTS);
    }

    private static void atLeastOne(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be at least 1: " + value);
        }
    }

    private static void positive(String name, Duration value) {
        if (value.compareTo(Duration.ofMillis(1)) < 0) {
            throw new IllegalArgumentException(name + " must be at least 1 ms: " + value);
        }
    }

    /**
     * {@return this training with a checkpoint} The ranks save and load it themselves; the driver only looks at when it was last changed.
     *
     * @param checkpoint the file, as the driver sees it
     */
    public SparkTraining withCheckpoint(Path checkpoint) {
        return new SparkTraining(ranks, checkpoint, patience, arrival, attempts);
    }

    /**
     * {@return this training with another patience}
     *
     * @param patience how long a rank waits for the others in one call, which includes how much longer they compute
     */
    public SparkTraining withPatience(Duration patience) {
        return new SparkTraining(ranks, checkpoint, patience, arrival, attempts);
    }

    /**
     * {@return this training with another time for executors to come}
     *
     * @param arrival how long the driver waits when it has fewer than {@code ranks}; afterwards it goes on with fewer
     */
    public SparkTraining withArrival(Duration arrival) {
        return new SparkTraining(ranks, checkpoint, patience, arrival, attempts);
    }

    /**
     * {@return this training with another number of attempts}
     *
     * @param attempts how often the ranks begin without a new checkpoint
     */
    public SparkTraining withAttempts(int attempts) {
        return new SparkTraining(ranks, checkpoint, patience, arrival, attempts);
    }

    /**
     * Trains, and returns when the training has ended. No other job should run meanwhile.
     *
     * @param spark the connection to the cluster; its application has the library and the program on its class path
     * @param program what each rank runs
     * @param lines takes the lines that rank 0 prints, and one for each loss of a rank, from a thread of Spark's
     * @return the result of rank 0
     * @throws RankFailedException if a rank failed by itself
     * @throws RankLostException if ranks were lost too often
     * @throws IllegalStateException if there are no executors
     */
    public String run(JavaSparkContext spark, RankProgram program, Consumer<String> lines) {
        return new DriverLoop(this, spark, program, lines).run();
    }
}
