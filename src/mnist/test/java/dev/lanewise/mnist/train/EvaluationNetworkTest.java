package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ScheduleFreeSgd;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class EvaluationNetworkTest {
    private final Mlp mlp = new Mlp(3, 2);

    @Test
    void isTheNetworkThatIsTrained() {
        assertSame(
                mlp,
                new EvaluationNetwork(mlp, new Optimizer(mlp.parameters(), new AdamW()), Workers.caller()).current());
    }

    @Test
    void hasTheAverageOfARuleThatKeepsOne() {
        mlp.initialize(1);
        Optimizer optimizer = new Optimizer(mlp.parameters(), new ScheduleFreeSgd(0.1));
        EvaluationNetwork network = new EvaluationNetwork(mlp, optimizer, Workers.caller());
        assertArrayEquals(
                mlp.parameters().toArray(), network.current().parameters().toArray());
        for (int step = 0; step < 3; step++) {
            float[] gradient = new float[8];
            Arrays.fill(gradient, step);
            optimizer.step(FloatSpan.of(gradient));
        }
        float[] trained = mlp.parameters().toArray(), expected = new float[8];
        optimizer.copyEvaluationParameters(FloatSpan.of(expected));
        assertNotSame(mlp, network.current());
        assertArrayEquals(expected, network.current().parameters().toArray());
        assertArrayEquals(trained, mlp.parameters().toArray());
        assertFalse(Arrays.equals(trained, expected));
    }
}
