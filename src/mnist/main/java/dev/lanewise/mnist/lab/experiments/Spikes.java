package dev.lanewise.mnist.lab.experiments;

import dev.lanewise.mnist.lab.Claim;
import dev.lanewise.mnist.lab.Curves;
import dev.lanewise.mnist.lab.Findings;
import dev.lanewise.mnist.lab.Format;
import dev.lanewise.mnist.lab.LabContext;
import dev.lanewise.mnist.lab.Measures;
import dev.lanewise.mnist.lab.Result;
import dev.lanewise.mnist.lab.Run;
import dev.lanewise.mnist.lab.Verdict;
import dev.lanewise.optim.Sgd;
import dev.lanewise.report.Chart;
import dev.lanewise.report.Series;
import dev.lanewise.report.Table;
import dev.lanewise.tune.SpikeDoctor;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** 2: why the loss spikes. */
public final class Spikes {
    /** How far above the largest rate that trains the runs are that shall spike; the deep network is soon lost. */
    private static final double LINEAR_ABOVE = 4, DEEP_ABOVE = 2;

    /** A spike is found against the median of so many steps before it. */
    private static final int BEFORE = 20;

    /** The step that made a spike is looked for in so many steps before it. */
    private static final int LEAD = 5;

    private static final int SHOWN = 30;
    private static final int FINDINGS = 3;

    /**
     * What was measured of a network.
     *
     * @param name of the network
     * @param rate the largest that trains
     * @param high the one that shall spike
     * @param right a run a seed at the first
     * @param spiking a run a seed at the second
     */
    public record Case(String name, double rate, double high, List<Result> right, List<Result> spiking) {
        List<Spike> spikes() {
            return spiking.stream()
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
    public record Spike(int step, double factor, double lead) {
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

    private Spikes() {}

    public static List<Case> measure(LabContext lab, double linear, double deep) {
        List<Integer> layers = lab.scale().deep(lab.scale().deepest());
        return lab.trainings()
                .each(
                        List.of(0, 1),
                        i -> i == 0
                                ? measure(lab, "the linear network", lab.linear(), linear, LINEAR_ABOVE)
                                : measure(lab, "the deep network", layers, deep, DEEP_ABOVE));
    }

    private static Case measure(LabContext lab, String name, List<Integer> hidden, double largest, double above) {
        double rate = Double.isNaN(largest) ? LinearRates.SLIDE : largest;
        Run run = lab.shortRun(hidden, new Sgd()).with(Run.Norms.ALL);
        List<List<Result>> grid = lab.grid(List.of(run.at(rate), run.at(above * rate)));
        return new Case(name, rate, above * rate, grid.getFirst(), grid.getLast());
    }

    public static Findings section(LabContext lab, List<Case> cases) {
        Case linear = cases.getFirst();
        Case deep = cases.getLast();
        List<String> method =
                List.of("The linear network of section 1 and the deepest of section 3, SGD without momentum, "
                        + lab.scale().steps() + " steps, " + lab.seedsText()
                        + ": at the largest rate that trained there ("
                        + Format.rate(linear.rate) + " and " + Format.rate(deep.rate) + "), and above it ("
                        + Format.rate(linear.high) + " and " + Format.rate(deep.high) + ", "
                        + Format.digits(LINEAR_ABOVE, 2)
                        + " and " + Format.digits(DEEP_ABOVE, 2)
                        + " times as large). After each step the norms of the update and of the weights are taken. A"
                        + " seed's spike is where its loss is the greatest multiple"
                        + " of the median of up to"
                        + " " + BEFORE + " losses before it.");
        List<Claim> claims = List.of(
                larger(
                        "weights are much larger",
                        "‖θ‖ at the end",
                        2,
                        Measures.mean(linear.spiking, result -> last(result.weight())),
                        Measures.mean(linear.right, result -> last(result.weight()))),
                larger(
                        "steps are much larger",
                        "the median of ‖Δθ‖",
                        2,
                        Measures.mean(linear.spiking, Spikes::medianStep),
                        Measures.mean(linear.right, Spikes::medianStep)),
                asLarge(linear.name, linear.spikes()),
                asLarge(deep.name, deep.spikes()));
        List<Chart> charts = new ArrayList<>();
        List<List<String>> jumps = new ArrayList<>();
        List<List<String>> said = new ArrayList<>();
        for (Case measured : cases) {
            charts.add(around(measured, lab.seeds().getFirst()));
            charts.add(ratios(measured, lab.scale().steps()));
            for (int i = 0; i < measured.spiking.size(); i++) {
                String seed = String.valueOf(lab.seeds().get(i));
                Spike spike = measured.spikes().get(i);
                jumps.add(List.of(
                        measured.name,
                        seed,
                        String.valueOf(spike.step + 1),
                        Format.digits(spike.factor, 3),
                        Format.digits(spike.lead, 2)));
                said.add(List.of(measured.name, seed, findings(measured.spiking.get(i), measured.high)));
            }
        }
        return new Findings(
                "Why the loss spikes",
                method,
                claims,
                charts,
                List.of(
                        new Table(
                                "The greatest jump of each seed at the higher rate",
                                List.of("network", "seed", "step", "loss by the median before", "‖Δθ‖ / ‖θ‖ before it"),
                                jumps),
                        new Table(
                                "What the library's spike doctor says of these runs, its first " + FINDINGS
                                        + " findings",
                                List.of("network", "seed", "findings"),
                                said)));
    }

    private static Chart around(Case measured, long seed) {
        Result shown = measured.spiking.getFirst();
        int from = Math.max(0, measured.spikes().getFirst().step - SHOWN / 2);
        int to = Math.min(shown.losses().length, from + SHOWN);
        return Findings.chart(
                "Around the spike of " + measured.name + ", seed " + seed + ", rate " + Format.rate(measured.high),
                "step",
                "loss (nats), norms",
                false,
                true,
                List.of(
                        Curves.window("loss", List.of(shown.losses()), from, to),
                        Curves.window("step norm ‖Δθ‖", List.of(shown.update()), from, to),
                        Curves.window("weight norm ‖θ‖", List.of(shown.weight()), from, to)));
    }

    private static Chart ratios(Case measured, int steps) {
        return Findings.chart(
                "Step norm by weight norm of " + measured.name + ", the largest of a layer",
                "step",
                "‖Δθ‖ / ‖θ‖",
                false,
                true,
                List.of(
                        ratio("rate " + Format.rate(measured.rate), measured.right, steps),
                        ratio("rate " + Format.rate(measured.high), measured.spiking, steps)));
    }

    private static Series ratio(String name, List<Result> seeds, int steps) {
        return Curves.binned(name, seeds.stream().map(Result::ratios).toList(), steps);
    }

    private static double last(float[] values) {
        return values.length == 0 ? Double.NaN : values[values.length - 1];
    }

    private static double medianStep(Result result) {
        float[] update = result.update();
        return Curves.median(update, 0, update.length);
    }

    private static String findings(Result result, double rate) {
        List<String> names = IntStream.range(0, result.layers().size())
                .mapToObj(i -> "layers." + i)
                .toList();
        SpikeDoctor doctor = new SpikeDoctor(names);
        double[] rates = Curves.row(names.size(), i -> rate);
        List<String> said = new ArrayList<>();
        for (int step = 0; step < result.ratios().length && said.size() < FINDINGS; step++) {
            int at = step;
            double[] ratios = Curves.row(
                    names.size(),
                    i -> result.layers().get(i).update()[at]
                            / (double) result.layers().get(i).weight()[at]);
            doctor.observe(step + 1, result.losses()[step], ratios, rates).stream()
                    .limit(FINDINGS - said.size())
                    .forEach(finding -> said.add(finding.text()));
        }
        return said.isEmpty() ? "nothing stands out" : String.join(". ", said);
    }

    public static Claim larger(String quote, String what, double factor, double high, double right) {
        double times = high / right;
        return new Claim(
                "Why Does the Loss Spike?",
                "When the loss spikes, “" + quote + "”",
                "For the linear network: confirmed if " + what + ", as the mean of the seeds, is at the higher rate at"
                        + " least " + Format.digits(factor, 2) + " times that at the lower; refuted if it is at most 1.2"
                        + " times.",
                Verdict.of(times >= factor, times <= 1.2),
                "At the higher rate " + what + " is " + Format.digits(high, 3) + ", at the lower "
                        + Format.digits(right, 3) + ": " + Format.digits(times, 3) + " times.");
    }

    public static Claim asLarge(String network, List<Spike> spikes) {
        double lead =
                Curves.geometricMean(spikes.stream().mapToDouble(Spike::lead).toArray());
        double factor =
                Curves.geometricMean(spikes.stream().mapToDouble(Spike::factor).toArray());
        return new Claim(
                "Why Does the Loss Spike?",
                "“Step size is as large as the weights!”, in " + network,
                "Confirmed if the largest ‖Δθ‖ / ‖θ‖ of a layer in the " + LEAD + " steps before the spike, as the"
                        + " geometric mean of the seeds, is at"
                        + " least 0.5, and the spike at least"
                        + " twice the median before it;"
                        + " refuted if the ratio is below 0.1 before such a spike.",
                Verdict.of(lead >= 0.5 && factor >= 2, lead < 0.1 && factor >= 2),
                "Before the spike a step is " + Format.digits(lead, 2) + " of the weights, and the loss rises to "
                        + Format.digits(factor, 3) + " times the median before it.");
    }
}
