package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Experiment;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.SeedStatistics;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.optim.Sgd;
import dev.lanewise.report.Axis;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.SpikeDetector;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** The reason why the loss spikes: the norms of steps and weights around a spike. */
public final class Spikes implements Experiment {
    /** The runs that shall spike are so far above the largest rate that trains; the deep network is soon lost. */
    private static final double LINEAR_ABOVE = 4, DEEP_ABOVE = 2;

    /** A spike is found against the median of so many steps before it. */
    private static final int BEFORE = 20;

    /** The step that made a spike is looked for in so many steps before it. */
    private static final int LEAD = 5;

    private static final int SHOWN = 30;
    private static final int FINDINGS = 3;

    /**
     * A network and its two runs.
     *
     * @param name the name of the network
     * @param right the run at the largest rate that trains
     * @param high the run that shall spike
     */
    private record Case(String name, Run right, Run high) {
        static Case of(LabContext lab, String name, List<Integer> hidden, double largest, double above) {
            double rate = Double.isNaN(largest) ? LinearRates.SLIDE : largest;
            Run run = lab.shortRun(hidden, new Sgd()).with(Run.Norms.ALL);
            return new Case(name, run.at(rate), run.at(above * rate));
        }

        List<Spike> spikes(LabContext lab) {
            return lab.results(high).stream()
                    .map(result -> Spike.of(result.losses(), result.ratios()))
                    .toList();
        }
    }

    /**
     * The greatest jump of a loss.
     *
     * @param step its index
     * @param factor the loss there by the median of those before
     * @param lead the largest ‖Δθ‖ / ‖θ‖ of a layer in the steps that led there; NaN if the run had no two losses
     */
    record Spike(int step, double factor, double lead) {
        static Spike of(float[] losses, float[] ratios) {
            int found = 0;
            double factor = Double.NaN;
            for (int i = 1; i < losses.length; i++) {
                double jump = losses[i] / Curves.median(losses, Math.max(0, i - BEFORE), i);
                if (jump > factor || i == 1) {
                    found = i;
                    factor = jump;
                }
            }
            double lead = found == 0 ? Double.NaN : 0;
            for (int i = Math.max(0, found - LEAD); i < Math.min(found, ratios.length); i++) {
                lead = Math.max(lead, ratios[i]);
            }
            return new Spike(found, factor, lead);
        }
    }

    @Override
    public String title() {
        return "Why Does the Loss Spike?";
    }

    private static Case linear(LabContext lab) {
        double largest = lab.experiment(LinearRates.class).largest(lab);
        return Case.of(lab, "the linear network", LabContext.LINEAR, largest, LINEAR_ABOVE);
    }

    private static Case deep(LabContext lab) {
        double largest = lab.experiment(Depth.class).largest(lab);
        return Case.of(lab, "the deep network", lab.deepest(), largest, DEEP_ABOVE);
    }

    @Override
    public void prefetch(LabContext lab) {
        lab.together(() -> prefetch(lab, linear(lab)), () -> prefetch(lab, deep(lab)));
    }

    private static void prefetch(LabContext lab, Case network) {
        lab.prefetch(List.of(network.right, network.high));
    }

    @Override
    public Findings findings(LabContext lab) {
        Case linear = linear(lab);
        Case deep = deep(lab);
        List<Result> right = lab.results(linear.right);
        List<Result> high = lab.results(linear.high);
        List<Claim> claims = List.of(
                larger(
                        "weights are much larger",
                        "‖θ‖ at the end",
                        2,
                        Measures.of(high, result -> last(result.weight())),
                        Measures.of(right, result -> last(result.weight()))),
                larger(
                        "steps are much larger",
                        "the median of ‖Δθ‖",
                        2,
                        Measures.of(high, Spikes::medianStep),
                        Measures.of(right, Spikes::medianStep)),
                asLarge(linear.name, linear.spikes(lab)),
                asLarge(deep.name, deep.spikes(lab)));
        List<Chart> charts = new ArrayList<>();
        List<List<String>> jumps = new ArrayList<>();
        List<List<String>> reports = new ArrayList<>();
        for (Case network : List.of(linear, deep)) {
            charts.add(around(lab, network));
            charts.add(ratios(lab, network));
            List<Spike> spikes = network.spikes(lab);
            for (int i = 0; i < spikes.size(); i++) {
                String seed = String.valueOf(lab.seeds().get(i));
                Spike spike = spikes.get(i);
                jumps.add(List.of(
                        network.name,
                        seed,
                        String.valueOf(spike.step + 1),
                        Format.digits(spike.factor, 3),
                        Format.digits(spike.lead, 2)));
                Result result = lab.results(network.high).get(i);
                reports.add(List.of(network.name, seed, reported(result, network.high.rate())));
            }
        }
        return new Findings(
                title(),
                method(lab, linear, deep),
                claims,
                charts,
                List.of(
                        new Table(
                                "The greatest jump of each seed at the higher rate",
                                List.of("network", "seed", "step", "loss by the median before", "‖Δθ‖ / ‖θ‖ before it"),
                                jumps),
                        new Table(
                                "The first " + FINDINGS + " findings of the library's spike detector in these runs",
                                List.of("network", "seed", "findings"),
                                reports)));
    }

    private static List<String> method(LabContext lab, Case linear, Case deep) {
        return List.of("The linear network of " + lab.reference(LinearRates.class) + " and the deepest of "
                + lab.reference(Depth.class) + ", SGD without momentum, "
                + lab.scale().steps() + " steps, " + lab.seedsText()
                + ": at the largest rate that trained there ("
                + Format.rate(linear.right.rate()) + " and " + Format.rate(deep.right.rate()) + "), and above it ("
                + Format.rate(linear.high.rate()) + " and " + Format.rate(deep.high.rate()) + ", "
                + Format.digits(LINEAR_ABOVE, 2)
                + " and " + Format.digits(DEEP_ABOVE, 2)
                + " times as large). After each step the norms of the update and of the weights are taken. A"
                + " seed's spike is where its loss is the greatest multiple of the median of up to "
                + BEFORE + " losses before it.");
    }

    private static Chart around(LabContext lab, Case network) {
        Result shown = lab.results(network.high).getFirst();
        int from = Math.max(0, network.spikes(lab).getFirst().step - SHOWN / 2);
        int to = Math.min(shown.losses().length, from + SHOWN);
        return Curves.chart(
                "Around the spike of " + network.name + ", seed " + lab.seeds().getFirst() + ", rate "
                        + Format.rate(network.high.rate()),
                Axis.linear("step"),
                Axis.log("loss (nats), norms"),
                List.of(
                        Curves.window("loss", List.of(shown.losses()), from, to),
                        Curves.window("step norm ‖Δθ‖", List.of(shown.update()), from, to),
                        Curves.window("weight norm ‖θ‖", List.of(shown.weight()), from, to)));
    }

    private static Chart ratios(LabContext lab, Case network) {
        return Curves.chart(
                "Step norm by weight norm of " + network.name + ", the largest of a layer",
                Axis.linear("step"),
                Axis.log("‖Δθ‖ / ‖θ‖"),
                List.of(ratio(lab, network.right), ratio(lab, network.high)));
    }

    private static Series ratio(LabContext lab, Run run) {
        List<float[]> ratios = lab.results(run).stream().map(Result::ratios).toList();
        return Curves.binned("rate " + Format.rate(run.rate()), ratios, run.steps());
    }

    private static double last(float[] values) {
        return values.length == 0 ? Double.NaN : values[values.length - 1];
    }

    private static double medianStep(Result result) {
        float[] update = result.update();
        return Curves.median(update, 0, update.length);
    }

    private static String reported(Result result, double rate) {
        List<String> names = IntStream.range(0, result.layers().size())
                .mapToObj(i -> "layers." + i)
                .toList();
        SpikeDetector detector = new SpikeDetector(names);
        double[] rates = Curves.row(names.size(), i -> rate);
        List<String> texts = new ArrayList<>();
        for (int step = 0; step < result.ratios().length && texts.size() < FINDINGS; step++) {
            int at = step;
            double[] ratios = Curves.row(
                    names.size(),
                    i -> result.layers().get(i).update()[at]
                            / (double) result.layers().get(i).weight()[at]);
            detector.observe(step + 1, result.losses()[step], ratios, rates).stream()
                    .limit(FINDINGS - texts.size())
                    .forEach(finding -> texts.add(finding.text()));
        }
        return texts.isEmpty() ? "nothing stands out" : String.join(". ", texts);
    }

    static Claim larger(String quote, String what, double factor, SeedStatistics high, SeedStatistics right) {
        SeedStatistics times = high.over(right);
        return new Claim(
                "Why Does the Loss Spike?",
                "When the loss spikes, “" + quote + "”",
                "For the linear network: confirmed if " + what + " is at the higher rate at least "
                        + Format.digits(factor, 2) + " times that at the lower; refuted if it is at most 1.2 times.",
                Verdict.above(times, factor, 1.2),
                "At the higher rate " + what + " is " + Format.digits(high.mean(), 3) + ", at the lower "
                        + Format.digits(right.mean(), 3) + ": " + Format.digits(times) + " times.");
    }

    static Claim asLarge(String network, List<Spike> spikes) {
        SeedStatistics lead =
                SeedStatistics.ratios(spikes.stream().map(Spike::lead).toList());
        SeedStatistics factor =
                SeedStatistics.ratios(spikes.stream().map(Spike::factor).toList());
        boolean spiked = factor.low() >= 2;
        return new Claim(
                "Why Does the Loss Spike?",
                "“Step size is as large as the weights!”, in " + network,
                "Confirmed if the largest ‖Δθ‖ / ‖θ‖ of a layer in the " + LEAD + " steps before the spike is at least"
                        + " 0.5; refuted if it is below 0.1. Undecided where the spikes are not decidedly at least"
                        + " twice the median before them.",
                spiked ? Verdict.above(lead, 0.5, 0.1) : Verdict.UNDECIDED,
                "Before the spike a step is " + Format.digits(lead) + " of the weights; the loss rises to "
                        + Format.digits(factor) + " times the median before it.");
    }
}
