package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.PlateauMetric;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options for the learning rates of {@code train}: their schedule, and a rate for each layer. */
final class RateOptions {
    @Option(
            names = "--schedule",
            paramLabel = "NAME[:KEY=VALUE,...]",
            defaultValue = "warmup-cosine",
            description = {
                "Schedule of the learning rate; --lr is its highest value. Keys that are left out have the values that"
                        + " are shown here (default: ${DEFAULT-VALUE}):",
                "  constant",
                "  step:every=30%%,factor=0.1",
                "      times factor again and again",
                "  multi-step:at=50%%/75%%,factor=0.1",
                "      times factor at each of these",
                "  exponential:every=1,factor=0.8",
                "      times factor in each such time, but evenly",
                "  polynomial:power=1,floor=0",
                "      down to floor with the power of what is left",
                "  linear-warmup:warmup=5%%,start=0.01",
                "      a line up from start, then constant",
                "  cosine:floor=0",
                "      half a cosine down to floor",
                "  cosine-restarts:period=1,growth=2,floor=0",
                "      the same again and again, each growth times as long",
                "  warmup-cosine:warmup=5%%,floor=0",
                "      a line up, half a cosine down to floor",
                "  one-cycle:rise=0.3,division=25,final-division=10000",
                "      a cosine up from 1/division in the fraction rise of the training, another down to"
                        + " 1/final-division of that",
                "  warmup-stable-decay:warmup=5%%,decay=20%%,floor=0",
                "      a line up, constant, and in the end a root down to floor",
                "  inverse-square-root:warmup=5%%",
                "      a line up, down with the root of the steps",
                "  reduce-on-plateau:on=validation-loss,factor=0.1,patience=2,threshold=0.0001,cooldown=0,floor=0",
                "      times factor after more than patience epochs without an improvement by the fraction threshold;"
                        + " then cooldown epochs do not count; on may be training-loss, validation-loss or"
                        + " validation-accuracy",
                "every, at, warmup, decay and period are in epochs (2 or 0.5), in steps (200steps) or parts of the"
                        + " training (5%%); start and floor are fractions of --lr"
            })
    private ScheduleOption schedule;

    @Option(
            names = "--layer-lr",
            paramLabel = "RATES",
            description = "A learning rate for each layer, the input's first, as 0.1,0.05,0.01; or for those named, as"
                    + " layers.0=0.1,layers.2.bias=0.01, with --lr for the others. Each follows the schedule")
    private String layerRates;

    /**
     * Checks the schedule against the held-out images.
     *
     * @param validation how many images are held out
     * @throws UsageException if the schedule observes held-out images and there are none
     */
    void check(int validation) {
        PlateauMetric metric = schedule.metric();
        if (metric != null && metric != PlateauMetric.TRAINING_LOSS && validation == 0) {
            throw new UsageException("--schedule reduce-on-plateau:on=" + metric
                    + " needs --validation, how many images to hold out; or give it on=training-loss");
        }
    }

    ScheduleOption schedule() {
        return schedule;
    }

    boolean byLayer() {
        return layerRates != null;
    }

    /**
     * {@return the learning rate of each weight and bias}
     *
     * @param layers how many layers the network has
     * @param rate the rate of those that are not named
     * @param given whether the user gave that rate
     * @throws UsageException if {@code --layer-lr} is malformed
     */
    double[] rates(int layers, double rate, boolean given) {
        return LayerRatesOption.of(layerRates, layers, rate, given);
    }

    /** Adds option → value to the settings that the weights depend on. */
    void addTo(Map<String, String> settings) {
        settings.put("--layer-lr", layerRates == null ? "none" : layerRates);
        settings.put("--schedule", schedule.toString());
    }
}
