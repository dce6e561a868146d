package dev.lanewise.fit;

import static dev.lanewise.fit.FitTest.FIT;
import static dev.lanewise.fit.FitTest.INPUTS;
import static dev.lanewise.fit.FitTest.ROWS;
import static dev.lanewise.fit.FitTest.X;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.distributed.Collective;
import dev.lanewise.distributed.DataParallel;
import dev.lanewise.distributed.Ranks;
import dev.lanewise.distributed.Replicas;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Targets;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.ScheduleFreeAdamW;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class FitRanksTest {
    /** What the ranks of a training by {@link Fit} end with: the weights, and the losses of the epochs. */
    private record End(List<Float> weights, List<Double> losses, double validationLoss) {}

    private static End train(Collective ranks, int replicas, Targets targets) {
        Mlp mlp = FitTest.network();
        FloatSpan weights = mlp.parameters();
        List<ParameterGroup> groups = ModelGroups.of(mlp, new ScheduleFreeAdamW(1e-2));
        Shard shard = new Shard(weights.length(), groups, ranks.rank(), ranks.world());
        Optimizer optimizer = new Optimizer(weights.slice(shard.from(), shard.length()), shard, StepOptions.DEFAULT);
        DataParallel parallel = new DataParallel(
                ranks, new Replicas(replicas, ranks.rank(), ranks.world()), weights, optimizer, "recipe");
        Data.Split split = Data.of(X, INPUTS, targets).holdOut(50, 3);
        FitResult result = FIT.run(mlp, parallel, split.training(), split.validation());
        return end(mlp, result);
    }

    private static End end(Mlp mlp, FitResult result) {
        List<Float> weights = new ArrayList<>();
        for (float weight : mlp.parameters().toArray()) {
            weights.add(weight);
        }
        return new End(
                weights,
                result.epochs().stream().map(Epoch::loss).toList(),
                result.epochs().getLast().validationLoss());
    }

    /** The last batch of an epoch has 20 rows, of unequal weights. */
    @Test
    void ranksTrainTogetherWithTheBitsOfOne() {
        float[] weights = new float[ROWS];
        for (int i = 0; i < ROWS; i++) {
            weights[i] = i % 7;
        }
        Targets targets = Targets.classes(FitTest.labels()).withWeights(weights);
        End one = Ranks.run(1, ranks -> train(ranks, 8, targets)).getFirst();
        for (int world : new int[] {2, 3}) {
            assertEquals(Collections.nCopies(world, one), Ranks.run(world, ranks -> train(ranks, 8, targets)));
        }
        // One replica has the bits of a training without ranks.
        Mlp alone = FitTest.network();
        Data.Split split = Data.of(X, INPUTS, targets).holdOut(50, 3);
        Optimizer optimizer = new Optimizer(
                alone.parameters(), ModelGroups.of(alone, new ScheduleFreeAdamW(1e-2)), StepOptions.DEFAULT);
        End end = end(alone, FIT.run(alone, optimizer, split.training(), split.validation()));
        assertEquals(List.of(end), Ranks.run(1, ranks -> train(ranks, 1, targets)));
    }
}
