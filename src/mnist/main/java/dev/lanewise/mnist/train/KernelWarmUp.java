package dev.lanewise.mnist.train;

import dev.lanewise.Lanewise;
import dev.lanewise.linalg.WarmUp;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.UpdateRule;

/** Has the JVM compile the kernels while the data are read: those of the products, and that of the rule to be trained with. */
public final class KernelWarmUp {
    /** C2 counts to 5,000 calls, of which a round makes ten to the tiles; it compiles in a thread of its own, so more follow. */
    private static final int MAX_ROUNDS = 5_000, ROUNDS_BETWEEN_LOOKS = 100;

    /** When {@link #ROUNDS_BETWEEN_LOOKS} take less than this, they are compiled; interpreted, one round takes longer. */
    private static final long COMPILED_NANOS = 5_000_000;

    /** Parameters of the optimizer: a few vectors and a remainder. */
    private static final int PARAMETERS = 726;

    private final UpdateRule rule;
    private volatile boolean needed = Lanewise.runtime().vectorBits() > 0;

    /**
     * Does nothing yet.
     *
     * @param rule the rule that will be trained with
     */
    public KernelWarmUp(UpdateRule rule) {
        this.rule = rule;
    }

    /** Ends {@link #run()}, on whichever thread that is, or keeps it from beginning. */
    public void cancel() {
        needed = false;
    }

    /** Calls what a training step calls until it is compiled. */
    public void run() {
        WarmUp products = new WarmUp();
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[PARAMETERS]), rule);
        FloatSpan gradients = FloatSpan.of(new float[PARAMETERS]);
        long start = System.nanoTime();
        for (int i = 1; i <= MAX_ROUNDS && needed; i++) {
            products.round();
            optimizer.step(gradients);
            if (i % ROUNDS_BETWEEN_LOOKS == 0) {
                long now = System.nanoTime();
                if (now - start < COMPILED_NANOS) {
                    return;
                }
                start = now;
            }
        }
    }
}
