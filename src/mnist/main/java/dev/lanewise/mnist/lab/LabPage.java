package dev.lanewise.mnist.lab;

import dev.lanewise.report.Block;
import dev.lanewise.report.Callout;
import dev.lanewise.report.Page;
import dev.lanewise.report.Section;
import dev.lanewise.report.Table;
import dev.lanewise.report.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What the lab found, as a page.
 *
 * @param scale how much was measured
 * @param seed of the seeds
 * @param material what was trained on
 * @param experiments in the lecture's order
 * @param runs how many were needed
 * @param seconds of one core that they took
 */
public record LabPage(
        Scale scale, long seed, Material material, List<Findings> experiments, int runs, double seconds) {
    /** The only part of the page that the same seed does not give again. */
    static final String TIMES = "Times: ";

    /** The page's file, to be written as UTF-8. */
    public String html() {
        List<Section> sections = new ArrayList<>();
        for (Findings experiment : experiments) {
            sections.add(section(experiment));
        }
        sections.add(allVerdicts());
        String lead = "The experiments of a lecture on optimizers and learning rates, repeated on "
                + Format.count(material.training().size()) + " training and "
                + Format.count(material.test().size())
                + " test images of MNIST or data like it, and judged by rules that"
                + " each section states before it shows what was measured. Of " + experiments.size() + " sections "
                + counts(experiments.stream().map(Findings::answer).toList()) + ".";
        return new Page("The learning-rate laboratory", lead, sections).html();
    }

    /** A line a section. */
    public List<String> verdicts() {
        List<String> lines = new ArrayList<>();
        for (Findings experiment : experiments) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%2d  %-9s  %s: of its claims %s",
                    lines.size() + 1,
                    experiment.answer(),
                    experiment.title(),
                    counts(experiment.claims().stream().map(Claim::answer).toList())));
        }
        return lines;
    }

    private static Section section(Findings experiment) {
        List<Block> blocks = new ArrayList<>();
        for (Claim claim : experiment.claims()) {
            String slide = claim.slide().isEmpty() ? "Not on a slide: " : "Slide “" + claim.slide() + "”: ";
            blocks.add(new Text(slide + sentence(claim.statement()) + " Rule: " + claim.rule()));
        }
        if (experiment.claims().stream().anyMatch(claim -> claim.rule().contains("clearly"))) {
            blocks.add(new Text(SeedStatistics.CLEARLY));
        }
        experiment.method().forEach(paragraph -> blocks.add(new Text(paragraph)));
        blocks.addAll(experiment.charts());
        blocks.addAll(experiment.tables());
        for (Claim claim : experiment.claims()) {
            blocks.add(new Callout(
                    kind(claim.answer()), claim.answer() + ":", sentence(claim.statement()) + " " + claim.evidence()));
        }
        blocks.add(new Callout(
                kind(experiment.answer()),
                "The section: " + experiment.answer() + ".",
                "Of its claims "
                        + counts(experiment.claims().stream().map(Claim::answer).toList()) + "."));
        return new Section(experiment.title(), blocks);
    }

    private static String sentence(String statement) {
        return statement.endsWith("!”") ? statement : statement + ".";
    }

    private static Callout.Kind kind(Verdict answer) {
        return switch (answer) {
            case CONFIRMED -> Callout.Kind.GOOD;
            case REFUTED -> Callout.Kind.BAD;
            case MIXED -> Callout.Kind.NEUTRAL;
        };
    }

    /** Such as "3 are confirmed, 1 is refuted and 2 are mixed". */
    private static String counts(List<Verdict> answers) {
        return Format.list(Arrays.stream(Verdict.values())
                .map(answer -> {
                    long count = answers.stream().filter(answer::equals).count();
                    return count + (count == 1 ? " is " : " are ") + answer;
                })
                .toList());
    }

    private Section allVerdicts() {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < experiments.size(); i++) {
            Findings experiment = experiments.get(i);
            List<Verdict> answers =
                    experiment.claims().stream().map(Claim::answer).toList();
            rows.add(List.of(
                    (i + 1) + ". " + experiment.title(),
                    experiment.answer().toString(),
                    count(answers, Verdict.CONFIRMED),
                    count(answers, Verdict.REFUTED),
                    count(answers, Verdict.MIXED)));
        }
        return new Section(
                "All verdicts, and what was used",
                List.of(
                        new Table("Verdicts", List.of("section", "verdict", "confirmed", "refuted", "mixed"), rows),
                        new Text(Verdict.TOGETHER + " A claim is mixed where neither of its conditions holds."),
                        new Text("The " + scale.name() + " laboratory with seed " + seed + ": " + Format.count(runs)
                                + " runs on the first " + Format.count(material.images())
                                + " training images. The last " + Format.count(material.validation())
                                + " of the training set are not trained on and decide every choice; the test"
                                + " images decide none. Bands reach from the lowest to the highest seed; ± is"
                                + " the standard deviation over the seeds. The loss is the mean cross-entropy"
                                + " of a batch. A curve ends where a seed's loss is no longer finite."),
                        new Text("A layer is its weights and its biases together; each is a group of parameters with"
                                + " its own norms. The same seed and data give the same numbers on any number of"
                                + " threads and any vector width."),
                        new Text(TIMES
                                + String.format(
                                        Locale.ROOT, "the runs took %.0f s of one core, summed up.", seconds))));
    }

    private static String count(List<Verdict> answers, Verdict wanted) {
        return String.valueOf(answers.stream().filter(wanted::equals).count());
    }
}
