package dev.lanewise.mnist.lab;

import dev.lanewise.mnist.data.DataSet;
import dev.lanewise.mnist.lab.experiments.BatchSizes;
import dev.lanewise.mnist.lab.experiments.Depth;
import dev.lanewise.mnist.lab.experiments.LaterRules;
import dev.lanewise.mnist.lab.experiments.LayerRates;
import dev.lanewise.mnist.lab.experiments.LinearRates;
import dev.lanewise.mnist.lab.experiments.LionBatches;
import dev.lanewise.mnist.lab.experiments.OptimizerFamily;
import dev.lanewise.mnist.lab.experiments.Schedules;
import dev.lanewise.mnist.lab.experiments.Spikes;
import dev.lanewise.mnist.lab.experiments.StateTypes;
import dev.lanewise.mnist.lab.experiments.Summary;
import dev.lanewise.mnist.lab.experiments.WarmupExperiment;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The laboratory: the lecture's experiments, in its order. */
public final class Lab {
    /**
     * The experiments in the lecture's order, which is that of the page's sections, and at the end one that takes its last word
     * up again.
     */
    static final List<Experiment> EXPERIMENTS = List.of(
            new LinearRates(),
            new Spikes(),
            new Depth(),
            new LayerRates(),
            new OptimizerFamily(),
            new LionBatches(),
            new Schedules(),
            new BatchSizes(),
            new WarmupExperiment(),
            new Summary(),
            new StateTypes());

    private final Scale scale;
    private final long seed;
    private final LabData data;
    private final List<Experiment> experiments;

    /**
     * Sets the lab up.
     *
     * @param training the images to train on; some of them are held out for validation
     * @param test the images to test on
     * @param scale how much is measured
     * @param seed the seed from which those of the runs follow
     * @param later whether there is a section on the rules that came after the lecture
     */
    public Lab(DataSet training, DataSet test, Scale scale, long seed, boolean later) {
        this(LabData.of(training, test, scale), scale, seed, later ? withLaterRules() : EXPERIMENTS);
    }

    /** {@return the experiments, with the later rules at the end, so that the other sections keep their numbers} */
    static List<Experiment> withLaterRules() {
        List<Experiment> all = new ArrayList<>(EXPERIMENTS);
        all.add(new LaterRules());
        return List.copyOf(all);
    }

    Lab(LabData data, Scale scale, long seed, List<Experiment> experiments) {
        this.scale = scale;
        this.seed = seed;
        this.data = data;
        this.experiments = experiments;
    }

    /** {@return what the results depend on beside the data, by the names of the command line's options} */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("--quick", scale == Scale.QUICK ? "given" : "not given");
        settings.put("--seed", Long.toString(seed));
        settings.put("scale", scale.toString());
        settings.put("validation", "drawn as train --validation draws");
        return settings;
    }

    /**
     * Runs the experiments.
     *
     * @param store the results of runs: those that are there are not measured again, and those that are not are kept
     * @param threads how many runs are trained at a time
     * @param watcher gets the progress
     * @return the page
     */
    public LabPage run(ResultStore store, int threads, Watcher watcher) {
        DryRun dry = new DryRun();
        prefetch(context(dry));
        watcher.planned(dry.work(data), dry.runs());
        try (RunExecutor executor = new RunExecutor(data, store, threads, watcher)) {
            LabContext lab = context(executor);
            prefetch(lab);
            List<Findings> findings = experiments.stream()
                    .map(experiment -> experiment.findings(lab))
                    .toList();
            return new LabPage(scale, seed, data, findings, executor.runs(), executor.seconds());
        }
    }

    LabContext context(RunSource source) {
        return new LabContext(scale, seed, data, source, experiments);
    }

    /** Each experiment waits for results that it needs before it can ask for others; all of them do so at once. */
    void prefetch(LabContext lab) {
        lab.together(experiments.stream()
                .map(experiment -> (Runnable) () -> experiment.prefetch(lab))
                .toArray(Runnable[]::new));
    }
}
