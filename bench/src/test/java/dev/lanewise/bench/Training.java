package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.util.Random;

/** Training that each library's memory goes through: the gradient of ½ ‖p‖², which is p itself. */
final class Training {
    static final int N = 10_000;
    static final int STEPS = 5;
    static final float[] START = start();

    private Training() {}

    private static float[] start() {
        Random random = new Random(1);
        float[] values = new float[N];
        for (int i = 0; i < N; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return values;
    }

    /** What it makes of arrays. */
    static float[] result() {
        float[] parameters = START.clone();
        Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new AdamW());
        for (int step = 0; step < STEPS; step++) {
            optimizer.step(FloatSpan.of(parameters.clone()));
        }
        return parameters;
    }
}
