package dev.lanewise.mnist.spark;

import dev.lanewise.distributed.RankLostException;
import dev.lanewise.spark.RankFailedException;
import dev.lanewise.spark.SparkTraining;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.ShutdownHookManager;
import scala.runtime.BoxedUnit;

/** Trains MNIST on Spark: on executors that it starts on this machine, or on those of the cluster that {@code spark-submit} names. */
public final class Main {
    private static final int BAD_INPUT = 2, RANK_LOST = 4;

    private Main() {}

    /** Trains and ends the JVM with the exit code of {@code train}. */
    public static void main(String[] args) throws IOException {
        System.exit(run(new SparkConf(), new PrintWriter(System.out, true), new PrintWriter(System.err, true), args));
    }

    /** Trains; returns the exit code. */
    static int run(SparkConf conf, PrintWriter out, PrintWriter err, String... args) throws IOException {
        Arguments arguments;
        try {
            arguments = Arguments.of(args);
        } catch (IllegalArgumentException e) {
            err.println("error: " + e.getMessage());
            return BAD_INPUT;
        }
        try (JavaSparkContext spark = new JavaSparkContext(settings(conf, arguments))) {
            stopFirst(spark);
            new SparkTraining(arguments.executors())
                    .withCheckpoint(arguments.checkpoint())
                    .withArrival(Duration.ofSeconds(arguments.arrival()))
                    .withPatience(Duration.ofSeconds(arguments.patience()))
                    .run(spark, new TrainProgram(arguments.train()), out::println);
            return 0;
        } catch (RankFailedException e) {
            String[] parts = e.getMessage().split(" ", 2);
            err.println(parts[1]);
            return Integer.parseInt(parts[0]);
        } catch (RankLostException | IllegalStateException e) {
            err.println("error: " + e.getMessage());
            return RANK_LOST;
        }
    }

    /**
     * Spark's own hook would come after the one that ends the executors of a local cluster, which would be taken for lost when
     * the user interrupts the program.
     */
    private static void stopFirst(JavaSparkContext spark) {
        ShutdownHookManager.addShutdownHook(Integer.MAX_VALUE, () -> {
            spark.stop();
            return BoxedUnit.UNIT;
        });
    }

    /** {@return the settings of a program, on executors of this machine unless a master is given} */
    static SparkConf settings(SparkConf given, Arguments arguments) throws IOException {
        SparkConf conf = given.clone().setIfMissing("spark.app.name", "lanewise train");
        conf.setIfMissing("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s");
        if (!conf.contains("spark.master")) {
            Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
            conf.setMaster("local-cluster[" + arguments.executors() + ",1,1024]")
                    .set("spark.executor.memory", "1g")
                    .set("spark.executor.extraClassPath", System.getProperty("java.class.path"))
                    .set("spark.ui.enabled", "false");
        }
        return conf;
    }
}
