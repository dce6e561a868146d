package dev.lanewise.mnist.train;

import dev.lanewise.Workers;
import dev.lanewise.distributed.DataParallel;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.Optimizer;

/**
 * The network to evaluate and to write to a file. It is the one that is trained, unless the rule keeps an average, as
 * Schedule-Free does: then it is a network of its own with that average, so that the parameters that are trained stay as they
 * are.
 */
public final class EvaluationNetwork {
    private final Mlp trained;
    private final Optimizer optimizer;
    private final Mlp averaged;
    private final DataParallel parallel;

    /**
     * Makes the network of an average, where the optimizer has one.
     *
     * @param trained the network that is trained
     * @param optimizer updates its parameters
     * @param workers the threads of the other network
     */
    public EvaluationNetwork(Mlp trained, Optimizer optimizer, Workers workers) {
        this(trained, optimizer, workers, null);
    }

    /**
     * Makes the network of an average, where the optimizer of a rank has one.
     *
     * @param trained the network that is trained
     * @param optimizer updates the parameters of the rank
     * @param workers the threads of the other network
     * @param parallel the steps of the ranks, all of which call {@link #current} then; null for a training without replicas
     */
    public EvaluationNetwork(Mlp trained, Optimizer optimizer, Workers workers, DataParallel parallel) {
        this.parallel = parallel;
        this.trained = trained;
        this.optimizer = optimizer;
        boolean averages =
                optimizer.groups().stream().anyMatch(group -> group.rule().at(0).evaluation() != null);
        this.averaged = averages ? new Mlp(workers, trained.sizes()) : null;
    }

    /** {@return the network, with the parameters of the last step} The next call overwrites those of an average. */
    public Mlp current() {
        if (averaged == null) {
            return trained;
        }
        if (parallel == null) {
            optimizer.copyEvaluationParameters(averaged.parameters());
        } else {
            parallel.copyEvaluationParameters(averaged.parameters());
        }
        return averaged;
    }
}
