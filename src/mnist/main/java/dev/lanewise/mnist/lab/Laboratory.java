package dev.lanewise.mnist.lab;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** The lecture's experiments, in its order, each waiting for what it needs of others. */
public final class Laboratory {
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
    public Laboratory(Images training, Images test, Images.Order order, Scale scale, long seed) {
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
    public Report run(Store store, int threads, Watcher watcher) {
        Plan plan = new Plan();
        sections(plan);
        watcher.planned(plan.work(material), plan.runs());
        try (Bench bench = new Bench(material, store, threads, watcher)) {
            return new Report(scale, seed, material, sections(bench), bench.runs(), bench.seconds());
        }
    }

    private List<Experiment> sections(Trainings trainings) {
        Lab lab = new Lab(scale, seed, material, trainings);
        CompletableFuture<LinearRates.Data> linear = begin(() -> LinearRates.measure(lab));
        CompletableFuture<Depth.Data> depth = begin(() -> Depth.measure(lab));
        CompletableFuture<Family.Data> family = begin(() -> Family.measure(lab));
        Supplier<Double> sgd = () -> family.join().best(Member.SGD);
        Supplier<Double> adamw = () -> family.join().best(Member.ADAMW);
        CompletableFuture<Experiment> layers = begin(() -> LayerRates.section(lab, LayerRates.measure(lab, adamw)));
        CompletableFuture<Schedules.Data> schedules = begin(() -> Schedules.measure(lab, sgd.get(), adamw.get()));
        List<Callable<Experiment>> work = List.of(
                () -> LinearRates.section(lab, linear.join()),
                () -> Spikes.section(
                        lab,
                        Spikes.measure(
                                lab, linear.join().largest(), depth.join().largest())),
                () -> Depth.section(lab, depth.join()),
                layers::join,
                () -> Family.section(lab, family.join()),
                () -> LionBatches.section(
                        lab, LionBatches.measure(lab, family.join().best(Member.LION), adamw.get())),
                () -> Schedules.section(lab, schedules.join()),
                () -> Batches.section(lab, Batches.measure(lab, sgd.get())),
                () -> Warmup.section(lab, Warmup.measure(lab, sgd.get(), adamw.get())),
                () -> Summary.section(family.join(), layers.join(), Schedules.section(lab, schedules.join())));
        try {
            return Trainings.together(work);
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
