package dev.lanewise.mnist.train;

import dev.lanewise.Lanewise;
import dev.lanewise.fit.ModelGroups;
import dev.lanewise.linalg.Pixels;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StateType;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.optim.UpdateRule;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CancellationException;

/** Has the JVM compile the kernels of a training while the data are read, with a small network that needs all of them. */
public final class KernelWarmUp {
    /** The time after which the training begins in any case, with the definitions of the kernels that are not compiled. */
    private static final Duration LIMIT = Duration.ofSeconds(10);

    /** The widths of the layers: they fill panels of every kind, four of the widest, and leave remainders. */
    private static final int[] SIZES = {66, 128, 33, 10};

    private static final int BATCH = 32;

    private final UpdateRule rule;
    private final StateType state;
    private final boolean statistics;
    private volatile boolean cancelled;

    /**
     * Does nothing yet.
     *
     * @param rule the rule that will be trained with
     * @param state the type of its state
     * @param statistics whether the training takes statistics
     */
    public KernelWarmUp(UpdateRule rule, StateType state, boolean statistics) {
        this.rule = rule;
        this.state = state;
        this.statistics = statistics;
    }

    /** Ends {@link #run()}, on whichever thread that is, or keeps it from beginning. */
    public void cancel() {
        cancelled = true;
    }

    /** Trains the small network until the kernels are compiled. */
    public void run() {
        Mlp mlp = new Mlp(SIZES);
        mlp.initialize(1);
        StepOptions options = StepOptions.DEFAULT.withStatistics(statistics).withState(state);
        Optimizer optimizer = new Optimizer(mlp.parameters(), ModelGroups.of(mlp, i -> rule), options);
        byte[] pixels = new byte[BATCH * SIZES[0]];
        int[] labels = new int[BATCH];
        float[] strokes = new float[pixels.length], noise = new float[pixels.length];
        Arrays.fill(pixels, (byte) 255);
        for (int i = 0; i < pixels.length; i++) {
            // As in images of digits, neighbors are 0 together: products leave these zeros out.
            strokes[i] = i % SIZES[0] % 16 < 4 ? 1 : 0;
        }
        try {
            Lanewise.compileKernels(LIMIT, () -> {
                if (cancelled) {
                    throw new CancellationException();
                }
                Pixels.toFloats(pixels, 0, 255, noise, 0, noise.length);
                mlp.forwardBackward(noise, 0, labels, 0, BATCH);
                mlp.forwardBackward(strokes, 0, labels, 0, BATCH);
                optimizer.step(mlp.gradients());
            });
        } catch (CancellationException e) {
            // The training is so short that it does not pay off, or the data cannot be read.
        } catch (IllegalStateException e) {
            // The numbers of a step are not finite as floats, which the training will find too.
        }
    }
}
