package dev.lanewise.spark;

import dev.lanewise.distributed.RankLostException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkExecutorInfo;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.rdd.RDD;
import org.apache.spark.rpc.RpcEndpointRef;
import scala.reflect.ClassTag;
import scala.reflect.ClassTag$;

/**
 * The driver's part of a training: a barrier job, and again after each loss. Spark does not run a failed barrier stage of a job's
 * result again, and could not run it with fewer tasks.
 */
final class DriverLoop {
    private static final long POLL = 50;

    private final SparkTraining training;
    private final JavaSparkContext spark;
    private final RankProgram program;
    private final Consumer<String> lines;
    private final String name = "lanewise-" + Long.toHexString(new SecureRandom().nextLong());
    private final DriverEndpoint endpoint;

    DriverLoop(SparkTraining training, JavaSparkContext spark, RankProgram program, Consumer<String> lines) {
        this.training = training;
        this.spark = spark;
        this.program = program;
        this.lines = lines;
        this.endpoint = new DriverEndpoint(spark.env().rpcEnv(), lines);
    }

    String run() {
        RpcEndpointRef reference = spark.env().rpcEnv().setupEndpoint(name, endpoint);
        try {
            int failures = 0;
            for (int attempt = 1; ; attempt++) {
                Object before = stamp(training.checkpoint());
                int world = awaitSlots();
                endpoint.begin(attempt);
                try {
                    return attempt(attempt, world);
                } catch (ExecutionException | TimeoutException e) {
                    if (endpoint.failure() != null) {
                        throw endpoint.failure();
                    }
                    checkRunning();
                    failures = before.equals(stamp(training.checkpoint())) ? failures + 1 : 1;
                    String reason = reason(e);
                    if (failures == training.attempts()) {
                        throw new RankLostException(
                                RankLostException.UNKNOWN,
                                "the training is given up after " + failures
                                        + " attempts without a new checkpoint; the last one ended because " + reason,
                                e);
                    }
                    lines.accept("attempt " + attempt + " of " + world + " ranks ended because " + reason);
                    replaceSilent();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("the thread was interrupted", e);
        } finally {
            if (!spark.sc().isStopped()) {
                spark.cancelJobGroup(name);
                spark.clearJobGroup();
                spark.env().rpcEnv().stop(reference);
            }
        }
    }

    /** Runs the ranks once. */
    private String attempt(int attempt, int world) throws ExecutionException, TimeoutException, InterruptedException {
        // Tasks that are killed are interrupted, or they would wait for lost ranks as long as their patience is.
        spark.setJobGroup(name, "training of " + world + " ranks, attempt " + attempt, true);
        RankTask task = new RankTask(name, attempt, new SecureRandom().nextLong(), training.patience(), program);
        ClassTag<String> tag = ClassTag$.MODULE$.apply(String.class);
        RDD<Integer> none =
                spark.parallelize(Collections.nCopies(world, 0), world).rdd();
        RDD<String> ranks = none.barrier().mapPartitions(task, false, tag);
        JavaFutureAction<List<String>> job = new JavaRDD<>(ranks, tag).collectAsync();
        long begin = System.nanoTime();
        while (true) {
            try {
                return job.get(POLL, TimeUnit.MILLISECONDS).getFirst();
            } catch (TimeoutException e) {
                boolean late = System.nanoTime() - begin > training.arrival().toNanos();
                if (late && endpoint.started() < world) {
                    // An executor was lost before the ranks began, and Spark waits for another.
                    job.cancel(true);
                    throw e;
                }
            }
        }
    }

    private void checkRunning() {
        if (spark.sc().isStopped()) {
            throw new IllegalStateException("Spark has ended the application; its log may have the reason");
        }
    }

    private String reason(Exception e) {
        String lost = endpoint.lost();
        if (lost != null) {
            return lost;
        }
        if (e instanceof TimeoutException) {
            return "not all ranks had begun within " + seconds(training.arrival());
        }
        List<String> text = String.valueOf(e.getCause().getMessage()).lines().toList();
        // The first line is that a barrier stage has failed, and the second one why.
        return text.get(Math.min(1, text.size() - 1)).strip();
    }

    /** Spark notices a process that is stopped, or a machine that is silent, much later, and keeps its slots until then. */
    private void replaceSilent() {
        String executor = endpoint.silent();
        if (executor != null && !spark.isLocal()) {
            spark.sc().killAndReplaceExecutor(executor);
        }
    }

    /** Waits for the slots of all ranks, and until the tasks of the attempt before have ended; then for any. */
    private int awaitSlots() throws InterruptedException {
        long begin = System.nanoTime();
        while (true) {
            SparkContext context = spark.sc();
            checkRunning();
            int slots = context.maxNumConcurrentTasks(
                    context.resourceProfileManager().defaultResourceProfile());
            int running = 0;
            for (SparkExecutorInfo executor : spark.statusTracker().getExecutorInfos()) {
                running += executor.numRunningTasks();
            }
            if (slots >= training.ranks() && running == 0) {
                return training.ranks();
            }
            if (System.nanoTime() - begin > training.arrival().toNanos()) {
                int free = Math.min(training.ranks(), slots - running);
                if (free < 1) {
                    throw new IllegalStateException("executors must have a slot for a task within "
                            + seconds(training.arrival()) + ": " + slots + " slots, " + running + " tasks");
                }
                return free;
            }
            Thread.sleep(POLL);
        }
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() / 1e3 + " s";
    }

    /** {@return what changes with each new checkpoint} */
    private static Object stamp(Path file) {
        try {
            return file == null ? "none" : Files.getLastModifiedTime(file);
        } catch (IOException e) {
            return "none";
        }
    }
}
