package dev.lanewise.bench;

import dev.lanewise.Workers;
import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.RankLostException;
import dev.lanewise.distributed.Replicas;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Measures a training step that divides its batch into micro-batches, in one process and on two ranks that are threads of one JVM. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@State(Scope.Benchmark)
public class ReplicasBenchmark {
    /** Without micro-batches, and with V = 8 on two ranks. */
    private static final String NONE = "none", RANKS = "ranks";

    private static final int RANKED = 8;
    private static final int BATCH = 1024;

    /** So small that the network stays as it is. */
    private static final double LEARNING_RATE = 1e-9;

    static final Exhibit EXHIBIT = new Exhibit(
            ReplicasBenchmark.class,
            "Micro-batches and ranks",
            "How long does a training step of batch 1,024 take that divides it into V micro-batches, whose gradients"
                + " are added up in an order that follows from V, against the same step without; and how long on two"
                + " ranks with a thread each, against one process with two threads?",
            List.of(part(Plan.NETWORK, "256-128", 1), part(Plan.NETWORK, "256-128", 2)),
            List.of(
                    part(Plan.LONG, "256-128", 1).forks(3),
                    part(Plan.LONG, "256-128", 2).forks(3),
                    part(Plan.LONG_LARGE, "2048-2048", 1),
                    part(Plan.LONG_LARGE, "2048-2048", 2)),
            new TableSpec(
                            "A training step of batch 1,024 by the number of its micro-batches",
                            Unit.MICROS,
                            List.of("hidden", "threads"),
                            Stream.concat(
                                            Stream.of(NONE, "1", "2", "4", "8", "16")
                                                    .map(v -> Column.of(v, v)),
                                            Stream.of(Column.of(RANKS, "8, two ranks")))
                                    .toList(),
                            List.of(
                                    new TableSpec.Ratio("8", NONE),
                                    new TableSpec.Ratio("16", NONE),
                                    new TableSpec.Ratio(RANKS, NONE),
                                    new TableSpec.Ratio(RANKS, "8")))
                    .by("replicas")
                    .labeled(row -> "MLP 784-" + row.get("hidden") + "-10" + TableSpec.threads(row)));

    private static Plan.Part part(Plan.Effort effort, String hidden, int threads) {
        List<String> replicas =
                threads == 1 ? List.of(NONE, "1", "2", "4", "8", "16") : List.of(NONE, "1", "2", "4", "8", "16", RANKS);
        return new Plan.Part(
                ReplicasBenchmark.class,
                effort,
                Map.of("hidden", List.of(hidden), "threads", List.of(Integer.toString(threads)), "replicas", replicas));
    }

    @Param({"256-128", "2048-2048"})
    public String hidden;

    @Param({"1", "2"})
    public int threads;

    @Param({NONE, "1", "2", "4", "8", "16", RANKS})
    public String replicas;

    private float[] images;
    private Targets targets;
    private List<Rank> ranks;

    /** The ranks but the first take a step whenever that does. */
    private Thread[] others;

    @Setup
    public void allocate() {
        images = MlpBenchmark.images("strokes", BATCH);
        targets = Targets.classes(new SplittableRandom(2).ints(BATCH, 0, 10).toArray());
        int world = replicas.equals(RANKS) ? threads : 1;
        List<Collective> collectives = Collective.threads(world);
        ranks = IntStream.range(0, world).mapToObj(i -> new Rank()).toList();
        others = new Thread[world];
        for (int i = world - 1; i >= 0; i--) {
            Collective own = collectives.get(i);
            Rank rank = ranks.get(i);
            others[i] = Thread.ofPlatform().unstarted(() -> run(rank, own));
            if (i > 0) {
                others[i].start();
            }
        }
        ranks.getFirst().join(collectives.getFirst());
        Values.compile(this::step);
    }

    private static void run(Rank rank, Collective ranks) {
        rank.join(ranks);
        try {
            while (true) {
                rank.step();
            }
        } catch (RankLostException e) {
            rank.workers.close();
        }
    }

    @TearDown
    public void close() throws InterruptedException {
        Rank first = ranks.getFirst();
        if (first.parallel != null) {
            first.parallel.ranks().close();
        }
        for (int i = 1; i < others.length; i++) {
            others[i].join();
        }
        Values.check("parameters", first.mlp.parameters());
        first.workers.close();
    }

    /** Runs a step. */
    @Benchmark
    public double step() {
        return ranks.getFirst().step();
    }

    /** A network and its steps. */
    private final class Rank {
        private Workers workers;
        private Mlp mlp;
        private Optimizer optimizer;

        /** Null without micro-batches. */
        private DataParallel parallel;

        private double[] losses;

        void join(Collective ranks) {
            workers = Workers.of(threads / ranks.world());
            String[] layers = hidden.split("-");
            mlp = new Mlp(workers, 784, Integer.parseInt(layers[0]), Integer.parseInt(layers[1]), 10);
            mlp.initialize(1);
            long length = mlp.parameters().length();
            List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, length, new AdamW(LEARNING_RATE)));
            Shard shard = new Shard(length, groups, ranks.rank(), ranks.world());
            optimizer = new Optimizer(
                    mlp.parameters().slice(shard.from(), shard.length()),
                    shard,
                    StepOptions.DEFAULT.withWorkers(workers));
            if (!replicas.equals(NONE)) {
                int count = replicas.equals(RANKS) ? RANKED : Integer.parseInt(replicas);
                losses = new double[count];
                parallel = new DataParallel(
                        ranks, new Replicas(count, ranks.rank(), ranks.world()), mlp.parameters(), optimizer, "");
            }
        }

        double step() {
            if (parallel == null) {
                double loss = mlp.forwardBackward(images, 0, targets, 0, BATCH);
                optimizer.step(mlp.gradients());
                return loss;
            }
            Replicas own = parallel.begin(BATCH);
            for (int i = own.from(), end; i < own.end(); i = end) {
                end = own.subtree(i);
                int row = own.row(BATCH, i);
                mlp.forwardBackward(images, 784 * row, targets, row, own, i, end, BATCH, BATCH, losses);
                parallel.add(i, end, mlp.gradients(), losses);
            }
            double loss = parallel.reduce();
            parallel.step(1);
            return loss;
        }
    }
}
