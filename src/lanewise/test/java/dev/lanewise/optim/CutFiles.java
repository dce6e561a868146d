package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Supplier;

/** Steps with mapped files that are cut short between two steps, in a process of its own, which may die of it. */
final class CutFiles {
    private static final int N = 40_000;

    private CutFiles() {}

    /**
     * Prints a line before each optimizer, and {@code done} at the end.
     *
     * @param arguments a folder
     */
    public static void main(String... arguments) throws IOException {
        Path file = Path.of(arguments[0], "mapped");
        List<Supplier<Arena>> arenas = List.of(Arena::ofAuto, Arena::ofConfined, Arena::ofShared, Arena::global);
        try (Workers workers = Workers.of(2)) {
            List<StepOptions> all = List.of(
                    StepOptions.DEFAULT,
                    StepOptions.DEFAULT.withWorkers(workers).withStatistics(true),
                    StepOptions.DEFAULT.withAverageDecay(0.9).withZeroGradients(true),
                    StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)));
            int round = 0;
            for (UpdateRule rule : RuleTable.rules().toList()) {
                for (boolean parameters : List.of(true, false)) {
                    // Each rule meets each arena and each kind of options, if not each pair of them.
                    for (int i = 0; i < 4; i++) {
                        Supplier<Arena> arena = arenas.get(i);
                        StepOptions drawn = all.get((i + round) % 4);
                        // A rule with an average of its own refuses that of the options.
                        StepOptions options = rule.evaluation() == null ? drawn : drawn.withAverageDecay(1);
                        System.out.println((parameters ? "parameters" : "gradients") + " of " + rule + ", arena " + i);
                        step(file, arena.get(), rule, options, parameters, round % 3 == 0 ? 0 : 4096 * (round % 3));
                    }
                    round++;
                }
            }
        }
        System.out.println("done");
    }

    private static void step(
            Path file, Arena arena, UpdateRule rule, StepOptions options, boolean parameters, long rest)
            throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.allocate(1), 4L * N - 1);
            MemorySegment segment = channel.map(MapMode.READ_WRITE, 0, 4L * N, arena);
            FloatSpan mapped = FloatSpan.of(segment), other = FloatSpan.of(new float[N]);
            Optimizer optimizer = new Optimizer(parameters ? mapped : other, rule, options);
            for (int step = 0; step < 3; step++) {
                optimizer.step(parameters ? other : mapped);
            }
            channel.truncate(rest);
            try {
                optimizer.step(parameters ? other : mapped);
                throw new AssertionError("a step without its file");
            } catch (InternalError e) {
                // What is promised.
            }
        }
    }
}
