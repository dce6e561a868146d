package dev.lanewise.fit;

import dev.lanewise.Workers;
import dev.lanewise.distributed.DataParallel;
import dev.lanewise.internal.Check;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A recipe for the training of a network: epochs of shuffled batches, each a forward and backward pass and a step of the optimizer, and a
 * validation after each epoch.
 *
 * <p>{@snippet :
 * Mlp mlp = new Mlp(784, 256, 128, 10);
 * mlp.initialize(42);
 * Data.Split data = Data.of(images, 784, Targets.classes(labels)).holdOut(5_000, 0);
 * Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW(1e-3));
 * FitResult result = new Fit(10)
 *         .withEarlyStopping(new EarlyStopping(3))
 *         .withListener(FitListener.progress(System.out))
 *         .run(mlp, optimizer, data.training(), data.validation());
 * }
 *
 * <p>The same recipe, data and initial weights give the same weights, bit for bit, on any machine and number of threads. The
 * number of a step decides which rows are in its batch, so that a training goes on where its optimizer is: one that was
 * {@linkplain dev.lanewise.optim.Checkpoint loaded} from a checkpoint takes the steps that are left. A step allocates nothing,
 * but for what the listeners allocate.
 *
 * <p>If the optimizer's rule trains other parameters than it evaluates, as Schedule-Free does, the validation and the best weights are of
 * those to evaluate. The JDK's flight recorder receives an event {@code dev.lanewise.Epoch} for each epoch.
 *
 * <p>With a {@link DataParallel} instead of an optimizer the ranks train together: each runs the same recipe on the same data, and computes
 * the gradients of its own rows.
 *
 * @param epochs the number of epochs, at least 1
 * @param steps the number of the optimizer's steps after which the training ends although epochs are left, at least 1; {@link
 *     Long#MAX_VALUE} for none
 * @param batch the rows of a batch, at least 1; the last batch of an epoch has what is left
 * @param seed determines the order of the rows in each epoch
 * @param workers gather the batches; the network and the optimizer have their own
 * @param earlyStopping ends the training before the last epoch; null for never
 * @param listeners receive each step and epoch, in this order
 */
public record Fit(
        int epochs,
        long steps,
        int batch,
        long seed,
        Workers workers,
        EarlyStopping earlyStopping,
        List<FitListener> listeners) {
    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if a number is out of range
     */
    public Fit {
        Check.atLeast(1, "epochs", epochs);
        if (steps < 1) {
            throw new IllegalArgumentException("steps must be at least 1: " + steps);
        }
        Check.atLeast(1, "batch", batch);
        Objects.requireNonNull(workers, "workers");
        listeners = List.copyOf(listeners);
    }

    /**
     * Makes a recipe with the defaults: batches of 128 rows, seed 1, the caller's thread, all epochs, no listeners.
     *
     * @param epochs the number of epochs, at least 1
     */
    public Fit(int epochs) {
        this(epochs, Long.MAX_VALUE, 128, 1, Workers.caller(), null, List.of());
    }

    /** {@return this recipe with an end in the middle of an epoch}
     * @param steps the number of the optimizer's steps after which the training ends although epochs are left, at least 1 */
    public Fit withSteps(long steps) {
        return new Fit(epochs, steps, batch, seed, workers, earlyStopping, listeners);
    }

    /** {@return this recipe with other batches}
     * @param batch the rows of a batch, at least 1 */
    public Fit withBatch(int batch) {
        return new Fit(epochs, steps, batch, seed, workers, earlyStopping, listeners);
    }

    /** {@return this recipe with another order of the rows}
     * @param seed determines the order of the rows in each epoch */
    public Fit withSeed(long seed) {
        return new Fit(epochs, steps, batch, seed, workers, earlyStopping, listeners);
    }

    /** {@return this recipe with threads that gather the batches}
     * @param workers the threads, which may be those of the network */
    public Fit withWorkers(Workers workers) {
        return new Fit(epochs, steps, batch, seed, workers, earlyStopping, listeners);
    }

    /** {@return this recipe with another way to stop early}
     * @param earlyStopping ends the training before the last epoch; null for never */
    public Fit withEarlyStopping(EarlyStopping earlyStopping) {
        return new Fit(epochs, steps, batch, seed, workers, earlyStopping, listeners);
    }

    /** {@return this recipe with one more listener}
     * @param listener receives each step and epoch after the listeners before it */
    public Fit withListener(FitListener listener) {
        List<FitListener> more = new ArrayList<>(listeners);
        more.add(listener);
        return new Fit(epochs, steps, batch, seed, workers, earlyStopping, more);
    }

    /**
     * Trains a network without validation.
     *
     * @param mlp the network, whose present weights are the first
     * @param optimizer updates the parameters of {@code mlp}
     * @param training the rows to train on
     * @return what the training gave
     * @throws IllegalArgumentException if the data does not fit the network, or the optimizer has other parameters; nothing has
     *     been written then
     * @throws NonFiniteLossException if the loss becomes NaN or infinite; that step is not taken
     */
    public FitResult run(Mlp mlp, Optimizer optimizer, Data training) {
        return new FitLoop(this, mlp, optimizer, null, training, null).run();
    }

    /**
     * Trains a network, and evaluates it after each epoch.
     *
     * @param mlp the network, whose present weights are the first
     * @param optimizer updates the parameters of {@code mlp}
     * @param training the rows to train on
     * @param validation the rows to evaluate
     * @return what the training gave
     * @throws IllegalArgumentException if the data does not fit the network, or the optimizer has other parameters; nothing has
     *     been written then
     * @throws NonFiniteLossException if the loss becomes NaN or infinite; that step is not taken
     */
    public FitResult run(Mlp mlp, Optimizer optimizer, Data training, Data validation) {
        Objects.requireNonNull(validation, "validation");
        return new FitLoop(this, mlp, optimizer, null, training, validation).run();
    }

    /**
     * Trains a network together with other ranks, without validation. All ranks call it.
     *
     * @param mlp the network of this rank, whose present weights are the first
     * @param parallel the steps of this rank, with the parameters of {@code mlp} as weights
     * @param training the rows that all ranks train on, the same on each
     * @return what the training gave, the same on all ranks but for the times
     * @throws IllegalArgumentException if the data does not fit the network, or the ranks have other parameters; nothing has been
     *     written then
     * @throws NonFiniteLossException if the loss becomes NaN or infinite; that step is not taken
     * @throws dev.lanewise.distributed.RankLostException if a rank cannot be reached
     */
    public FitResult run(Mlp mlp, DataParallel parallel, Data training) {
        return new FitLoop(this, mlp, parallel.optimizer(), parallel, training, null).run();
    }

    /**
     * Trains a network together with other ranks, and evaluates it on each after each epoch. All ranks call it.
     *
     * @param mlp the network of this rank, whose present weights are the first
     * @param parallel the steps of this rank, with the parameters of {@code mlp} as weights
     * @param training the rows that all ranks train on, the same on each
     * @param validation the rows to evaluate, the same on each
     * @return what the training gave, the same on all ranks but for the times
     * @throws IllegalArgumentException if the data does not fit the network, or the ranks have other parameters; nothing has been
     *     written then
     * @throws NonFiniteLossException if the loss becomes NaN or infinite; that step is not taken
     * @throws dev.lanewise.distributed.RankLostException if a rank cannot be reached
     */
    public FitResult run(Mlp mlp, DataParallel parallel, Data training, Data validation) {
        Objects.requireNonNull(validation, "validation");
        return new FitLoop(this, mlp, parallel.optimizer(), parallel, training, validation).run();
    }
}
