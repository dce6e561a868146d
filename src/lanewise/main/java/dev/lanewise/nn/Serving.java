package dev.lanewise.nn;

import java.util.Arrays;

/**
 * Hands the weights of a network over from the thread that trains it to threads that predict, version by version.
 *
 * <p>{@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * Serving serving = new Serving(mlp);
 * float[] logits = new float[10];
 * // any thread, at any time:
 * serving.latest().predict(images, 0, 1, logits, 0);
 * // the trainer, between two steps:
 * serving.publish(mlp);
 * }
 *
 * <p>A version is a {@link Predictor}, whose weights never change. A thread that has taken one computes with it to the end, whatever is
 * published meanwhile, so that no answer mixes two versions. Neither side ever waits for the other: {@link #latest()} reads one
 * field, and {@link #publish} copies the weights into new memory, because threads may still be reading the older versions.
 * The garbage collector frees a version when nothing refers to it. All versions share their scratch memory, so that the calls
 * after a publication allocate nothing.
 *
 * <p>The trainer and the JVM's compiler share the processors with the readers. Beside readers that leave no core idle, the first
 * steps of a JVM take seconds each, until the kernels of a step are compiled: let {@link dev.lanewise.Lanewise#warmUp} take a few
 * steps of a network of the same sizes before the readers begin.
 */
public final class Serving {
    private final int[] sizes;
    private final ForwardPasses passes;
    private volatile Predictor latest;

    /**
     * Publishes the present weights of a network as version 1.
     *
     * @param mlp the network, which no thread is training meanwhile
     * @throws IllegalStateException if another thread is in a call of the network
     */
    public Serving(Mlp mlp) {
        sizes = mlp.sizes();
        passes = new ForwardPasses(sizes.length - 1);
        latest = mlp.predictor(passes, 1);
    }

    /** {@return the version published last} A thread that makes several calls that belong together keeps it for all of them. */
    public Predictor latest() {
        return latest;
    }

    /** {@return the number of the version published last, from 1 for the constructor's} */
    public long version() {
        return latest.version();
    }

    /**
     * Publishes the present weights of a network. Calls of {@link #latest()} that begin after it has returned see them, or later ones. This
     * allocates the copy of the weights, 4 bytes a parameter and padding, in native memory if it may be used, and once more as garbage.
     *
     * @param mlp the network, or another of the same sizes, which no thread is training meanwhile
     * @return the number of the version, one more than before
     * @throws IllegalArgumentException if the network has other sizes; nothing has been published then
     * @throws IllegalStateException if another thread is in a call of the network; nothing has been published then
     */
    public synchronized long publish(Mlp mlp) {
        if (!Arrays.equals(mlp.sizes(), sizes)) {
            throw new IllegalArgumentException(
                    "mlp must have the sizes " + Arrays.toString(sizes) + ": " + Arrays.toString(mlp.sizes()));
        }
        latest = mlp.predictor(passes, version() + 1);
        return version();
    }
}
