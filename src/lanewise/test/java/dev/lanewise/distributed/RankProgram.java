package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Checkpoint;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** A small training of one rank, as the main class of a process of MPI too. It prints the SHA-256 of its weights. */
final class RankProgram {
    static final int COUNT = 8;
    static final int STEPS = 12;
    private static final int LENGTH = 30_000;

    private RankProgram() {}

    /**
     * Trains, and returns the SHA-256 of the weights.
     *
     * @param file a checkpoint to go on from and to save after each third step; null for none
     * @param kill ends this process, if it is the rank for it
     */
    static String train(Collective engine, Path file, Kill kill) throws IOException {
        Kill.Ranks ranks = kill.in(engine);
        FloatSpan weights = FloatSpan.of(Floats.random(LENGTH, 1));
        List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, LENGTH, new AdamW(0.01)));
        Shard shard = new Shard(LENGTH, groups, ranks.rank(), ranks.world());
        Optimizer optimizer = new Optimizer(
                weights.slice(shard.from(), shard.length()),
                shard,
                StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
        DataParallel parallel =
                new DataParallel(ranks, new Replicas(COUNT, ranks.rank(), ranks.world()), weights, optimizer, "recipe");
        DistributedCheckpoint checkpoint =
                file == null ? null : new DistributedCheckpoint(parallel, new Checkpoint(optimizer), file);
        if (file != null && Files.exists(file)) {
            checkpoint.load();
            ranks.resume(optimizer.steps());
        }
        while (optimizer.steps() < STEPS) {
            Replicas own = parallel.begin(COUNT);
            for (int i = own.from(); i < own.end(); i++) {
                parallel.add(i, FloatSpan.of(Floats.random(LENGTH, 100 * optimizer.steps() + i)), i);
            }
            parallel.reduce();
            parallel.step(1);
            if (file != null && optimizer.steps() % 3 == 0) {
                ranks.save(file.getParent());
                checkpoint.save(Map.of("epoch", Long.toString(optimizer.steps())));
            }
        }
        return Agreement.sha256(weights);
    }

    /**
     * Trains as a process of MPI. A rank that has lost another prints so.
     *
     * @param args the patience in milliseconds; then, if they are wanted, the file of a checkpoint, and a {@link Kill}
     */
    public static void main(String[] args) throws IOException {
        Collective ranks = Collective.mpi(Duration.ofMillis(Integer.parseInt(args[0])));
        provokeNullChecks();
        String hash =
                train(ranks, args.length > 1 ? Path.of(args[1]) : null, args.length > 2 ? Kill.of(args[2]) : Kill.NONE);
        System.out.println(ranks.rank() + " of " + ranks.world() + ": " + hash);
        ranks.close();
    }

    /** Compiled code finds a null by a signal, which UCX would take for an error of the program. */
    private static void provokeNullChecks() {
        int caught = 0;
        for (int i = 0; i < 200_000; i++) {
            try {
                caught += length(i % 1_000 == 999 ? null : "text");
            } catch (NullPointerException e) {
                caught++;
            }
        }
        if (caught == 0) {
            throw new AssertionError();
        }
    }

    private static int length(String text) {
        return text.length();
    }
}
