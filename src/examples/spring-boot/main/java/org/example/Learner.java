package org.example;

import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import dev.lanewise.nn.Serving;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import java.util.Random;
import org.springframework.stereotype.Component;

/** Trains a network in a thread of its own, and publishes its weights after every hundred steps. */
@Component
public class Learner {
    static final int INPUTS = 4, CLASSES = 3;
    private static final int BATCH = 64;

    private final Mlp mlp = new Mlp(INPUTS, 32, CLASSES);
    private final Serving serving;
    private final Thread trainer = Thread.ofPlatform().daemon().name("trainer").unstarted(this::train);
    private volatile boolean stopped;

    Learner() {
        mlp.initialize(1);
        serving = new Serving(mlp);
    }

    @PostConstruct
    void start() {
        trainer.start();
    }

    @PreDestroy
    void stop() throws InterruptedException {
        stopped = true;
        trainer.join();
    }

    /** Returns the newest weights; any thread may call them. */
    Predictor latest() {
        return serving.latest();
    }

    /** Stands for a stream of labeled examples: the class is the index of the largest of the first three inputs. */
    private void train() {
        Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW(3e-3));
        Random stream = new Random(2);
        float[] inputs = new float[BATCH * INPUTS];
        int[] labels = new int[BATCH];
        for (long step = 1; !stopped && step <= 20_000; step++) {
            for (int i = 0; i < BATCH; i++) {
                labels[i] = 0;
                for (int j = 0; j < INPUTS; j++) {
                    inputs[i * INPUTS + j] = (float) stream.nextGaussian();
                    if (j < CLASSES && inputs[i * INPUTS + j] > inputs[i * INPUTS + labels[i]]) {
                        labels[i] = j;
                    }
                }
            }
            mlp.forwardBackward(inputs, 0, labels, 0, BATCH);
            optimizer.step(mlp.gradients());
            if (step % 100 == 0) {
                serving.publish(mlp);
            }
        }
    }
}
