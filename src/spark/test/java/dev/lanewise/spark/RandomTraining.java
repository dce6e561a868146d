package dev.lanewise.spark;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.DistributedCheckpoint;
import dev.lanewise.distributed.Replicas;
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
import java.io.PrintWriter;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * A training with random gradients, whose result is the SHA-256 of the weights. It saves a checkpoint after each third step.
 *
 * @param folder the folder of the checkpoint; null for none
 * @param fault what happens to a rank
 */
record RandomTraining(String folder, Fault fault) implements RankProgram {
    static final int COUNT = 8;
    static final int STEPS = 12;
    private static final int LENGTH = 30_000;
    private static final int EVERY = 3;

    /** What a rank is doing when it is hit. */
    enum Place {
        COMPUTE,
        EXCHANGE,
        SUMS,
        WEIGHTS,
        CHECKPOINT
    }

    /**
     * What happens to a rank.
     *
     * @param rank the rank
     * @param attempts happens in these attempts
     * @param place happens in the first step of an attempt there
     * @param kind halt, kill, stop, throw or none
     */
    record Fault(int rank, int attempts, Place place, String kind) implements java.io.Serializable {
        static final Fault NONE = new Fault(0, 0, Place.COMPUTE, "none");

        /** Strikes this process. The time of the file tells when. */
        void strike(String folder) {
            long pid = ProcessHandle.current().pid();
            try {
                if (folder != null) {
                    Files.writeString(Path.of(folder, "struck"), kind);
                }
                switch (kind) {
                    case "halt" -> Runtime.getRuntime().halt(137);
                    case "kill", "stop" -> {
                        new ProcessBuilder("kill", kind.equals("kill") ? "-KILL" : "-STOP", Long.toString(pid)).start();
                        Thread.sleep(60_000);
                    }
                    case "throw" -> throw new IllegalStateException("by design");
                    default -> {}
                }
            } catch (IOException | InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    Path file() {
        return Path.of(folder, "checkpoint.safetensors");
    }

    @Override
    public String train(Collective ranks, PrintWriter out, int attempt) throws IOException {
        boolean hit = ranks.rank() == Math.min(fault.rank(), ranks.world() - 1) && attempt <= fault.attempts();
        Faulty faulty = new Faulty(ranks, this, hit);
        FloatSpan weights = FloatSpan.of(Floats.random(LENGTH, 1));
        List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, LENGTH, new AdamW(0.01)));
        Shard shard = new Shard(LENGTH, groups, ranks.rank(), ranks.world());
        Optimizer optimizer = new Optimizer(
                weights.slice(shard.from(), shard.length()),
                shard,
                StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
        DataParallel parallel = new DataParallel(
                faulty, new Replicas(COUNT, ranks.rank(), ranks.world()), weights, optimizer, "recipe");
        DistributedCheckpoint checkpoint =
                folder == null ? null : new DistributedCheckpoint(parallel, new Checkpoint(optimizer), file());
        if (folder != null && Files.exists(file())) {
            checkpoint.load();
        }
        out.println("attempt " + attempt + ": " + ranks.world() + " ranks from step " + optimizer.steps());
        long begin = optimizer.steps();
        while (optimizer.steps() < STEPS) {
            // The checkpoint before must be there when the fault comes, or nothing would be loaded.
            faulty.armed = optimizer.steps() >= Math.min(begin + EVERY + 1, STEPS - 2);
            Replicas own = parallel.begin(COUNT);
            for (int i = own.from(); i < own.end(); i++) {
                parallel.add(i, FloatSpan.of(Floats.random(LENGTH, 100 * optimizer.steps() + i)), i);
                faulty.at(Place.COMPUTE);
            }
            parallel.reduce();
            parallel.step(1);
            if (folder != null && optimizer.steps() % EVERY == 0) {
                faulty.saving = true;
                checkpoint.save(Map.of());
                faulty.saving = false;
            }
        }
        return sha256(weights);
    }

    static String sha256(FloatSpan weights) {
        try {
            return HexFormat.of()
                    .formatHex(MessageDigest.getInstance("SHA-256")
                            .digest(weights.segment().toArray(ValueLayout.JAVA_BYTE)));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    /** The ranks, with what happens to one of them. */
    private static final class Faulty implements Collective {
        private final Collective ranks;
        private final RandomTraining training;
        private final boolean hit;
        private boolean armed, saving;

        Faulty(Collective ranks, RandomTraining training, boolean hit) {
            this.ranks = ranks;
            this.training = training;
            this.hit = hit;
        }

        void at(Place place) {
            if (hit && armed && place == training.fault.place()) {
                training.fault.strike(training.folder);
            }
        }

        @Override
        public int rank() {
            return ranks.rank();
        }

        @Override
        public int world() {
            return ranks.world();
        }

        @Override
        public void exchange(FloatSpan send, long[] sendFrom, FloatSpan receive, long[] receiveFrom) {
            if (!hit || !armed || training.fault.place() != Place.EXCHANGE) {
                ranks.exchange(send, sendFrom, receive, receiveFrom);
                return;
            }
            Thread striker = Thread.ofPlatform().start(() -> training.fault.strike(training.folder));
            ranks.exchange(send, sendFrom, receive, receiveFrom);
            try {
                striker.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        @Override
        public void gather(FloatSpan all, long[] from) {
            at(Place.WEIGHTS);
            ranks.gather(all, from);
        }

        @Override
        public void gather(double[] all, int[] from) {
            at(Place.SUMS);
            ranks.gather(all, from);
        }

        @Override
        public byte[][] gather(byte[] own) {
            if (saving) {
                at(Place.CHECKPOINT);
            }
            return ranks.gather(own);
        }

        @Override
        public long bytesSent() {
            return ranks.bytesSent();
        }

        @Override
        public void close() {
            ranks.close();
        }
    }
}
