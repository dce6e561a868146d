package dev.lanewise.mnist;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options of {@code train} that are for some optimizers and not for others; {@link Rule} says which. */
final class Hyperparameters {
    @Option(names = "--lr", paramLabel = "RATE", description = "Learning rate (default for " + Rule.LR + ")")
    private Double learningRate;

    @Option(
            names = "--momentum",
            paramLabel = "M",
            description =
                    "Momentum, below 1: of sgd, rmsprop, adam-v0, normalized-sgd (default for " + Rule.MOMENTUM + ")")
    private Double momentum;

    @Option(names = "--dampening", paramLabel = "D", description = "Dampening of sgd's momentum (default: 0)")
    private Double dampening;

    @Option(names = "--nesterov", description = "Nesterov's momentum for sgd")
    private Boolean nesterov;

    @Option(
            names = "--weight-decay",
            paramLabel = "W",
            description = "Weight decay; not of rprop, normalized-sgd, adam-v0 (default for " + Rule.DECAY + ")")
    private Double weightDecay;

    @Option(
            names = "--beta1",
            paramLabel = "B",
            description = "Decay of the average of the gradient, of the adam family and lion (default: 0.9)")
    private Double beta1;

    @Option(
            names = "--beta2",
            paramLabel = "B",
            description = "Decay of the average of its square, of the adam family (default: 0.999), and lion's second"
                    + " decay (default: 0.99)")
    private Double beta2;

    @Option(names = "--alpha", paramLabel = "A", description = "Decay of rmsprop's average (default: 0.99)")
    private Double alpha;

    @Option(names = "--rho", paramLabel = "R", description = "Decay of adadelta's averages (default: 0.9)")
    private Double rho;

    @Option(
            names = "--epsilon",
            paramLabel = "E",
            description = "Added to the denominator; not of sgd, rprop, lion (default: the library's for the rule)")
    private Double epsilon;

    @Option(names = "--amsgrad", description = "The running maximum of the second moment, for adam and adamw")
    private Boolean amsgrad;

    @Option(names = "--centered", description = "Centers rmsprop's average: the variance instead of the square")
    private Boolean centered;

    @Option(names = "--lr-decay", paramLabel = "D", description = "Decay of adagrad's learning rate (default: 0)")
    private Double learningRateDecay;

    @Option(
            names = "--initial-sum",
            paramLabel = "S",
            description = "What adagrad's sums of squares begin with (default: 0)")
    private Double initialSum;

    @Option(
            names = "--eta-minus",
            paramLabel = "F",
            description = "What rprop multiplies a step size by when the gradient turns (default: 0.5)")
    private Double etaMinus;

    @Option(
            names = "--eta-plus",
            paramLabel = "F",
            description = "What rprop multiplies it by when the gradient keeps its sign (default: 1.2)")
    private Double etaPlus;

    @Option(names = "--min-step", paramLabel = "S", description = "rprop's smallest step size (default: 0.000001)")
    private Double minStep;

    @Option(names = "--max-step", paramLabel = "S", description = "rprop's largest step size (default: 50)")
    private Double maxStep;

    @Option(
            names = "--momentum-decay",
            paramLabel = "D",
            description = "Decay of nadam's momentum schedule (default: 0.004)")
    private Double momentumDecay;

    @Option(
            names = "--norm",
            paramLabel = "SCOPE",
            description = "group: normalized-sgd divides each layer's gradients by their norm; all: by that of all"
                    + " (default: group)")
    private Rule.Norm norm;

    /** Option → value, of those that were given. */
    Map<String, Object> given() {
        Map<String, Object> given = new LinkedHashMap<>();
        given.put("--lr", learningRate);
        given.put("--momentum", momentum);
        given.put("--dampening", dampening);
        given.put("--nesterov", nesterov);
        given.put("--weight-decay", weightDecay);
        given.put("--beta1", beta1);
        given.put("--beta2", beta2);
        given.put("--alpha", alpha);
        given.put("--rho", rho);
        given.put("--epsilon", epsilon);
        given.put("--amsgrad", amsgrad);
        given.put("--centered", centered);
        given.put("--lr-decay", learningRateDecay);
        given.put("--initial-sum", initialSum);
        given.put("--eta-minus", etaMinus);
        given.put("--eta-plus", etaPlus);
        given.put("--min-step", minStep);
        given.put("--max-step", maxStep);
        given.put("--momentum-decay", momentumDecay);
        given.put("--norm", norm);
        given.values().removeIf(value -> value == null);
        return given;
    }
}
