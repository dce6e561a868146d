package dev.lanewise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.RankLostException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Trainings on executors that are processes of this machine, with Spark's authentication and encryption. They start within half a
 * minute on a busy machine, so that all tests share them, and the last tests have those that the ones before have left.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class SparkTrainingTest {
    private static final RandomTraining WHOLE = new RandomTraining(null, RandomTraining.Fault.NONE);
    private static final Duration STARTS = Duration.ofMinutes(2);

    private static JavaSparkContext spark;
    private static String expected;

    private final List<String> lines = Collections.synchronizedList(new ArrayList<>());

    @TempDir
    private Path folder;

    @BeforeAll
    static void start() throws IOException {
        SparkConf conf = LocalCluster.conf(3)
                .set("spark.authenticate", "true")
                .set("spark.authenticate.secret", "right")
                .set("spark.network.crypto.enabled", "true");
        spark = new JavaSparkContext(conf);
        expected = WHOLE.train(Collective.threads(1).getFirst(), new PrintWriter(Writer.nullWriter()), 1);
    }

    @AfterAll
    static void stop() {
        spark.close();
    }

    private static SparkTraining training(int ranks) {
        return new SparkTraining(ranks).withArrival(STARTS);
    }

    private RandomTraining faulty(int rank, int attempts, RandomTraining.Place place, String kind) {
        return new RandomTraining(folder.toString(), new RandomTraining.Fault(rank, attempts, place, kind));
    }

    @Test
    @Order(1)
    void givesTheBitsOfOneProcessOnAnyNumberOfExecutors() {
        for (int ranks : new int[] {3, 2, 1}) {
            assertEquals(expected, training(ranks).run(spark, WHOLE, lines::add));
        }
        assertEquals(
                List.of(
                        "attempt 1: 3 ranks from step 0",
                        "attempt 1: 2 ranks from step 0",
                        "attempt 1: 1 ranks from step 0"),
                lines);
    }

    /** The reason is that of the rank that failed, and not that the others lost it. */
    @Test
    @Order(2)
    void doesNotBeginAgainWhenARankFailsByItself() {
        RandomTraining program = faulty(1, 9, RandomTraining.Place.SUMS, "throw");
        RankFailedException failed =
                assertThrows(RankFailedException.class, () -> training(3).run(spark, program, lines::add));
        assertEquals(1, failed.rank());
        assertEquals("by design", failed.getMessage());
        assertEquals(List.of("attempt 1: 3 ranks from step 0"), lines);
    }

    /** A loss that happens again and again, of no executor, ends the training with its reason. */
    @Test
    @Order(3)
    void givesUpAfterSomeAttemptsWithoutANewCheckpoint() {
        RankProgram program = (ranks, out, attempt) -> {
            throw new RankLostException(0, "attempt " + attempt, null);
        };
        RankLostException lost = assertThrows(
                RankLostException.class, () -> training(1).withAttempts(2).run(spark, program, lines::add));
        assertEquals(
                "a rank was lost: the training is given up after 2 attempts without a new checkpoint;"
                        + " the last one ended because rank 0 was lost: attempt 2",
                lost.getMessage());
        assertEquals(List.of("attempt 1 of 1 ranks ended because rank 0 was lost: attempt 1"), lines);
    }

    /** The executors that are left go on from the checkpoint, or all of them if another has started by then. */
    @Test
    @Order(4)
    void goesOnFromTheCheckpointWhenAnExecutorIsLost() {
        RandomTraining program = faulty(1, 1, RandomTraining.Place.EXCHANGE, "halt");
        String found = training(3)
                .withCheckpoint(program.file())
                .withArrival(Duration.ofSeconds(3))
                .run(spark, program, lines::add);
        assertEquals(expected, found);
        assertEquals(3, lines.size(), lines.toString());
        assertTrue(lines.get(1).startsWith("attempt 1 of 3 ranks ended because "), lines.toString());
        assertTrue(lines.get(2).matches("attempt 2: [123] ranks from step 3"), lines.toString());
    }

    @Test
    @Order(5)
    void refusesWhatCannotBe() {
        assertEquals(
                "ranks must be at least 1: 0",
                assertThrows(IllegalArgumentException.class, () -> new SparkTraining(0))
                        .getMessage());
        assertEquals(
                "attempts must be at least 1: 0",
                assertThrows(IllegalArgumentException.class, () -> new SparkTraining(1).withAttempts(0))
                        .getMessage());
        assertEquals(
                "patience must be at least 1 ms: PT0S",
                assertThrows(IllegalArgumentException.class, () -> new SparkTraining(1).withPatience(Duration.ZERO))
                        .getMessage());
        assertEquals(
                "arrival must be at least 1 ms: PT-1S",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new SparkTraining(1).withArrival(Duration.ofSeconds(-1)))
                        .getMessage());
    }
}
