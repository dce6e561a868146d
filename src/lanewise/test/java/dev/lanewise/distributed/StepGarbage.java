package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Clipping;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.Garbage;
import java.util.List;

/** Takes steps on two ranks until one allocates nothing, and fails if none does. */
final class StepGarbage {
    private static final double[] MORE = {0, 0};
    private static final int[] ONE_OF_TWO = {0, 1, 2};

    private StepGarbage() {}

    public static void main(String[] arguments) {
        int length = 50_000;
        List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, length, new AdamW()));
        FloatSpan gradient = FloatSpan.of(Floats.random(length, 6));
        Ranks.run(2, ranks -> {
            FloatSpan weights = FloatSpan.of(new float[length]);
            Shard shard = new Shard(length, groups, ranks.rank(), 2);
            DataParallel parallel = new DataParallel(
                    ranks,
                    new Replicas(4, ranks.rank(), 2),
                    weights,
                    new Optimizer(
                            weights.slice(shard.from(), shard.length()),
                            shard,
                            StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)).withStatistics(true)),
                    "");
            Runnable step = () -> {
                Replicas own = parallel.begin(4);
                for (int i = own.from(); i < own.end(); i++) {
                    parallel.add(i, gradient, 1);
                }
                parallel.reduce();
                parallel.step(1);
            };
            if (ranks.rank() == 0) {
                Garbage.assertNone(() -> {
                    step.run();
                    // The other rank goes on as long as this one does.
                    ranks.gather(MORE, ONE_OF_TWO);
                });
                step.run();
                ranks.gather(new double[] {1, 0}, ONE_OF_TWO);
            } else {
                double[] end = {0, 0};
                while (end[0] == 0) {
                    step.run();
                    ranks.gather(end, ONE_OF_TWO);
                }
            }
            return null;
        });
    }
}
