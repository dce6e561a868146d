package dev.lanewise.mnist.lab;

import dev.lanewise.mnist.lab.experiments.BatchSizes;
import dev.lanewise.mnist.lab.experiments.Depth;
import dev.lanewise.mnist.lab.experiments.LayerRates;
import dev.lanewise.mnist.lab.experiments.LinearRates;
import dev.lanewise.mnist.lab.experiments.LionBatches;
import dev.lanewise.mnist.lab.experiments.OptimizerFamily;
import dev.lanewise.mnist.lab.experiments.Schedules;
import dev.lanewise.mnist.lab.experiments.Spikes;
import dev.lanewise.mnist.lab.experiments.Summary;
import dev.lanewise.mnist.lab.experiments.WarmupExperiment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** The lecture's experiments, in its order, each waiting for what it needs of others. */
public final class Lab {
    private final Scale scale;
    private final long seed;
    private final Material material;

    /**
     * Sets the lab up.
     *
     * @param training trained on and, its last images, chosen by
     * @param test tested on
     * @param order of the images in an epoch
     */
    public Lab(Images training, Images test, Images.Order order, Scale scale, long seed) {
        this.scale = scale;
        this.seed = seed;
        this.material = Material.of(training, test, order, scale);
    }

    /** What the results depend on beside the data, by the names of the command line's options. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("--quick", scale == Scale.QUICK ? "given" : "not given");
        settings.put("--seed", Long.toString(seed));
        settings.put("scale", scale.toString());
        return settings;
    }

    /**
     * Runs the experiments.
     *
     * @param store where results are kept, and those that are there are taken from
     * @param threads how many runs are trained at a time
     * @return the sections of the page
     */
    public LabPage run(ResultStore store, int threads, Watcher watcher) {
        DryRun plan = new DryRun();
        sections(plan);
        watcher.planned(plan.work(material), plan.runs());
        try (RunExecutor bench = new RunExecutor(material, store, threads, watcher)) {
            return new LabPage(scale, seed, material, sections(bench), bench.runs(), bench.seconds());
        }
    }

    private List<Findings> sections(RunSource trainings) {
        LabContext lab = new LabContext(scale, seed, material, trainings);
        CompletableFuture<LinearRates.Data> linear = begin(() -> LinearRates.measure(lab));
        CompletableFuture<Depth.Data> depth = begin(() -> Depth.measure(lab));
        CompletableFuture<OptimizerFamily.Data> family = begin(() -> OptimizerFamily.measure(lab));
        Supplier<Double> sgd = () -> family.join().best(LectureRule.SGD);
        Supplier<Double> adamw = () -> family.join().best(LectureRule.ADAMW);
        CompletableFuture<Findings> layers = begin(() -> LayerRates.section(lab, LayerRates.measure(lab, adamw)));
        CompletableFuture<Schedules.Data> schedules = begin(() -> Schedules.measure(lab, sgd.get(), adamw.get()));
        List<Callable<Findings>> work = List.of(
                () -> LinearRates.section(lab, linear.join()),
                () -> Spikes.section(
                        lab,
                        Spikes.measure(
                                lab, linear.join().largest(), depth.join().largest())),
                () -> Depth.section(lab, depth.join()),
                layers::join,
                () -> OptimizerFamily.section(lab, family.join()),
                () -> LionBatches.section(
                        lab, LionBatches.measure(lab, family.join().best(LectureRule.LION), adamw.get())),
                () -> Schedules.section(lab, schedules.join()),
                () -> BatchSizes.section(lab, BatchSizes.measure(lab, sgd.get())),
                () -> WarmupExperiment.section(lab, WarmupExperiment.measure(lab, sgd.get(), adamw.get())),
                () -> Summary.section(family.join(), layers.join(), Schedules.section(lab, schedules.join())));
        try {
            return RunSource.together(work);
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    private static <T> CompletableFuture<T> begin(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, Thread::startVirtualThread);
    }
}
