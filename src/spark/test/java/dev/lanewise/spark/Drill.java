package dev.lanewise.spark;

import dev.lanewise.distributed.Collective;
import dev.lanewise.spark.RandomTraining.Fault;
import dev.lanewise.spark.RandomTraining.Place;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * The trainings that take too long for a build: on 1 to 7 executors, and with an executor killed in each way, at each place. It
 * prints a table, and fails if one gives another hash.
 */
final class Drill {
    private static final Duration STARTS = Duration.ofMinutes(3), PATIENCE = Duration.ofSeconds(5);

    private final JavaSparkContext spark;
    private final String expected;
    private int kills, wrong;

    private Drill(JavaSparkContext spark, String expected) {
        this.spark = spark;
        this.expected = expected;
    }

    /** @param args {@code sizes} or {@code kills} */
    public static void main(String[] args) throws IOException {
        String expected = new RandomTraining(null, Fault.NONE)
                .train(Collective.threads(1).getFirst(), new PrintWriter(Writer.nullWriter()), 1);
        boolean sizes = args[0].equals("sizes");
        int wrong;
        try (JavaSparkContext spark = new JavaSparkContext(LocalCluster.conf(sizes ? 7 : 3))) {
            Drill drill = new Drill(spark, expected);
            if (sizes) {
                drill.sizes();
            } else {
                drill.kills();
            }
            wrong = drill.wrong;
        }
        System.exit(wrong == 0 ? 0 : 1);
    }

    private void sizes() {
        for (int ranks : new int[] {7, 4, 3, 2, 1}) {
            long begin = System.nanoTime();
            String found = new SparkTraining(ranks)
                    .withArrival(STARTS)
                    .run(spark, new RandomTraining(null, Fault.NONE), line -> {});
            wrong += found.equals(expected) ? 0 : 1;
            System.out.printf(
                    Locale.ROOT,
                    "%d executors: %s, %.1f s%n",
                    ranks,
                    found.equals(expected) ? "the hash of one process" : "WRONG " + found,
                    (System.nanoTime() - begin) / 1e9);
        }
    }

    private void kills() throws IOException {
        System.out.println("| kill | place | rank | times | ranks | noticed after | goes on after | hash |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (String kind : List.of("halt", "kill", "stop")) {
            for (Place place : List.of(Place.COMPUTE, Place.EXCHANGE, Place.WEIGHTS, Place.CHECKPOINT)) {
                run(new Fault(1, 1, place, kind), STARTS);
            }
        }
        run(new Fault(0, 1, Place.EXCHANGE, "halt"), STARTS);
        run(new Fault(0, 1, Place.CHECKPOINT, "kill"), STARTS);
        run(new Fault(0, 1, Place.WEIGHTS, "stop"), STARTS);
        run(new Fault(1, 2, Place.EXCHANGE, "kill"), STARTS);
        run(new Fault(0, 2, Place.SUMS, "halt"), STARTS);
        // Down from three to one, if no executor has been started again by then.
        run(new Fault(2, 2, Place.EXCHANGE, "kill"), Duration.ofMillis(500));
        System.out.println(kills + " kills, " + wrong + " wrong");
    }

    private void run(Fault fault, Duration arrival) throws IOException {
        awaitAll();
        Path folder = Files.createTempDirectory("drill");
        RandomTraining program = new RandomTraining(folder.toString(), fault);
        List<String> times = Collections.synchronizedList(new ArrayList<>()), worlds = new ArrayList<>(times);
        String found;
        try {
            found = new SparkTraining(3)
                    .withCheckpoint(program.file())
                    .withPatience(PATIENCE)
                    .withArrival(arrival)
                    .run(spark, program, line -> {
                        Path struck = folder.resolve("struck");
                        if (Files.exists(struck)) {
                            times.add(seconds(struck));
                        }
                        if (line.contains("from step")) {
                            worlds.add(line.replaceAll(".*: (\\d+) ranks from step (\\d+)", "$1 from $2"));
                        }
                    });
        } catch (RuntimeException e) {
            found = e.toString();
        }
        boolean right = found.equals(expected) && times.size() == 2 * fault.attempts();
        kills += fault.attempts();
        wrong += right ? 0 : 1;
        List<String> noticed = new ArrayList<>(), on = new ArrayList<>();
        for (int i = 0; i < times.size(); i++) {
            (i % 2 == 0 ? noticed : on).add(times.get(i));
        }
        System.out.printf(
                "| %s | %s | %d | %d | %s | %s s | %s s | %s |%n",
                fault.kind(),
                fault.place().name().toLowerCase(Locale.ROOT),
                fault.rank(),
                fault.attempts(),
                String.join(", ", worlds),
                String.join(", ", noticed),
                String.join(", ", on),
                right ? "right" : "WRONG " + found);
    }

    /** A training of three ranks that does nothing. */
    private void awaitAll() {
        new SparkTraining(3)
                .withArrival(STARTS)
                .run(spark, (ranks, out, attempt) -> Integer.toString(ranks.world()), line -> {});
    }

    private static String seconds(Path since) {
        try {
            Instant begin = Files.getLastModifiedTime(since).toInstant();
            return String.format(
                    Locale.ROOT, "%.1f", Duration.between(begin, Instant.now()).toMillis() / 1e3);
        } catch (IOException e) {
            return "?";
        }
    }
}
