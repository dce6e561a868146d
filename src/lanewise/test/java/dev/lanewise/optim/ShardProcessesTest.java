package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * ZeRO-1 between processes that share mapped files: three ranks train, each saves its shard, two ranks go on from those, and
 * the parameters have the bits of one process that trained all along.
 */
class ShardProcessesTest {
    private static final int LENGTH = 30_000;
    private static final int SAMPLES = 6;
    private static final int HALF = 4;
    private static final int ALL = 8;
    private static final int SKIPPED = 2;

    private static List<ParameterGroup> groups() {
        WarmupCosine rate = new WarmupCosine(0.01, 2, 20);
        return List.of(
                new ParameterGroup("body", 0, 20_000, new AdamW(rate)),
                new ParameterGroup("head", 20_500, 9000, new NormalizedSgd(rate)));
    }

    private static StepOptions options() {
        return StepOptions.DEFAULT.withClipping(Clipping.byNorm(5)).withLossScale(new LossScale(4));
    }

    private static float[] random(long seed) {
        return Floats.uniform(LENGTH, seed);
    }

    /** Of half the squared error of a linear model on one sample. */
    private static float[] gradient(FloatSpan parameters, int step, int sample) {
        float[] x = random(1000L * step + sample);
        double error = step == SKIPPED && sample == 1 ? Double.POSITIVE_INFINITY : 1;
        for (int i = 0; i < LENGTH; i++) {
            error += x[i] * parameters.get(i);
        }
        for (int i = 0; i < LENGTH; i++) {
            x[i] *= (float) error;
        }
        return x;
    }

    private static void train(FloatSpan parameters, Optimizer optimizer) {
        for (int step = 0; step < ALL; step++) {
            float[] sum = new float[LENGTH];
            for (int sample = 0; sample < SAMPLES; sample++) {
                add(FloatSpan.of(gradient(parameters, step, sample)), sum);
            }
            optimizer.step(FloatSpan.of(sum), 1.0 / SAMPLES);
        }
    }

    private static void add(FloatSpan gradient, float[] sum) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += gradient.get(i);
        }
    }

    private static Path checkpoint(Path folder, int world, int rank) {
        return folder.resolve(rank + "-of-" + world + ".safetensors");
    }

    private static List<Path> checkpoints(Path folder, int world) {
        List<Path> files = new ArrayList<>();
        for (int rank = 0; rank < world; rank++) {
            files.add(checkpoint(folder, world, rank));
        }
        return files;
    }

    private static MemorySegment map(Path file, long bytes) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            return channel.map(MapMode.READ_WRITE, 0, bytes, Arena.ofAuto());
        }
    }

    /** One process of several. */
    static final class Rank {
        private static final VarHandle ARRIVALS = ValueLayout.JAVA_INT.arrayElementVarHandle();
        private static final long PATIENCE = 60_000_000_000L;

        private final int rank;
        private final int world;
        private final MemorySegment arrivals;
        private int arrived;

        Rank(Path folder, int rank, int world) throws IOException {
            this.rank = rank;
            this.world = world;
            this.arrivals = map(folder.resolve("arrivals"), 4L * world);
        }

        /** Returns when all ranks have come, and what they wrote before is to be seen. */
        private void barrier() {
            ARRIVALS.setRelease(arrivals, 0L, (long) rank, ++arrived);
            long begin = System.nanoTime();
            for (int other = 0; other < world; other++) {
                while ((int) ARRIVALS.getAcquire(arrivals, 0L, (long) other) < arrived) {
                    if (System.nanoTime() - begin > PATIENCE) {
                        throw new IllegalStateException("rank " + other + " does not come");
                    }
                    LockSupport.parkNanos(100_000);
                }
            }
        }

        /** @param arguments the folder, the rank, the world, the first step, its end, and the world to load from or 0 */
        public static void main(String[] arguments) throws IOException {
            Path folder = Path.of(arguments[0]);
            int rank = Integer.parseInt(arguments[1]);
            int world = Integer.parseInt(arguments[2]);
            int saved = Integer.parseInt(arguments[5]);
            Path own = folder.resolve("world" + world);
            new Rank(own, rank, world)
                    .train(folder, own, Integer.parseInt(arguments[3]), Integer.parseInt(arguments[4]), saved);
        }

        private void train(Path folder, Path own, int from, int to, int saved) throws IOException {
            FloatSpan parameters = FloatSpan.of(map(own.resolve("parameters"), 4L * LENGTH));
            FloatSpan gradients = FloatSpan.of(map(own.resolve("gradients"), 4L * LENGTH * SAMPLES));
            Shard shard = new Shard(LENGTH, groups(), rank, world);
            MemorySegment allSums = map(own.resolve("sums"), 8L * shard.totalBlocks());
            FloatSpan mine = parameters.slice(shard.from(), shard.length());
            float[] start = random(1);
            mine.copyFrom(start, (int) shard.from(), 0, (int) shard.length());
            Optimizer optimizer = new Optimizer(mine, shard, options());
            if (saved > 0) {
                new Checkpoint(optimizer).load(checkpoints(folder, saved));
            }
            barrier();

            double[] sums = new double[shard.totalBlocks()];
            for (int step = from; step < to; step++) {
                for (int sample = rank; sample < SAMPLES; sample += world) {
                    gradients.copyFrom(gradient(parameters, step, sample), 0, (long) sample * LENGTH, LENGTH);
                }
                barrier();
                float[] sum = new float[(int) shard.length()];
                for (int sample = 0; sample < SAMPLES; sample++) {
                    add(gradients.slice((long) sample * LENGTH + shard.from(), shard.length()), sum);
                }
                optimizer.sumSquares(FloatSpan.of(sum), sums);
                int first = shard.blockOffset();
                MemorySegment.copy(sums, first, allSums, ValueLayout.JAVA_DOUBLE, 8L * first, shard.blockCount());
                barrier();
                MemorySegment.copy(allSums, ValueLayout.JAVA_DOUBLE, 0, sums, 0, sums.length);
                // In place, in the file that all ranks have mapped: nothing is left to gather.
                boolean applied =
                        optimizer.step(FloatSpan.of(sum), 1.0 / SAMPLES, sums).applied();
                System.out.println(step + (applied ? " applied" : " skipped"));
                barrier();
            }
            new Checkpoint(optimizer).save(checkpoint(folder, world, rank));
        }
    }

    private static void run(Path folder, int world, int from, int to, int saved) throws Exception {
        Path own = folder.resolve("world" + world);
        Files.createDirectories(own);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Jvm>> ranks = new ArrayList<>();
            for (int rank = 0; rank < world; rank++) {
                String[] arguments = {folder.toString(), "" + rank, "" + world, "" + from, "" + to, "" + saved};
                ranks.add(() -> Jvm.run(Jvm.VECTOR_FLAGS, Rank.class, arguments));
            }
            for (Future<Jvm> rank : threads.invokeAll(ranks)) {
                Jvm jvm = rank.get();
                assertEquals(0, jvm.exitCode(), jvm::err);
                List<String> lines = new ArrayList<>();
                for (int step = from; step < to; step++) {
                    lines.add(step + (step == SKIPPED ? " skipped" : " applied"));
                }
                assertEquals(lines, jvm.out().lines().toList());
            }
        }
    }

    @Test
    void processesGiveTheBitsOfOne(@TempDir Path folder) throws Exception {
        float[] expected = random(1);
        Optimizer one = new Optimizer(FloatSpan.of(expected), groups(), options());
        train(FloatSpan.of(expected), one);

        run(folder, 3, 0, HALF, 0);
        run(folder, 2, HALF, ALL, 3);

        FloatSpan mapped = FloatSpan.of(map(folder.resolve("world2").resolve("parameters"), 4L * LENGTH));
        assertArrayEquals(expected, mapped.toArray());
        float[] loaded = random(1);
        Optimizer whole = new Optimizer(FloatSpan.of(loaded), groups(), options());
        new Checkpoint(whole).load(checkpoints(folder, 2));
        assertArrayEquals(expected, loaded);
        assertEquals(ALL - 1, whole.steps());
        assertEquals(
                one.options().lossScale().scale(), whole.options().lossScale().scale());
        for (ParameterGroup group : groups()) {
            for (StateBuffer buffer : group.rule().state()) {
                assertArrayEquals(
                        one.state(group.name(), buffer.name()).toArray(),
                        whole.state(group.name(), buffer.name()).toArray());
            }
        }
    }
}
