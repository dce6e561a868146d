package dev.lanewise.optim;

import static dev.lanewise.testing.Floats.random;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The average that the options keep has the bits of its formula at every length and place. */
class ParameterAverageTest {
    private static final float DECAY = (float) 0.9, FRESH = (float) (1 - 0.9);

    @Test
    void everyLengthAndPlaceInAnyMemory() {
        for (int n = 1; n < 70; n++) {
            int offset = n % 5;
            for (FloatSpan parameters : List.of(
                    FloatSpan.of(new float[offset + n], offset, n),
                    FloatSpan.of(Arena.ofAuto().allocate(4L * n)))) {
                parameters.copyFrom(random(n, n), 0, 0, n);
                Optimizer optimizer =
                        new Optimizer(parameters, new Sgd(0.1), StepOptions.DEFAULT.withAverageDecay(0.9));
                float[] expected = parameters.toArray();
                assertArrayEquals(expected, optimizer.average().toArray());
                for (int step = 0; step < 3; step++) {
                    optimizer.step(FloatSpan.of(random(n, 100 + step)));
                    for (int i = 0; i < n; i++) {
                        expected[i] = expected[i] * DECAY + parameters.get(i) * FRESH;
                    }
                    assertArrayEquals(expected, optimizer.average().toArray(), parameters + ", step " + step);
                }
            }
        }
    }
}
