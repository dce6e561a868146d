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
 * The page of a lab: its verdicts as one table, and a section for each experiment.
 *
 * @param scale how much was measured
 * @param seed the seed from which those of the runs follow
 * @param data the images
 * @param findings what each experiment found, in the lecture's order
 * @param runs how many runs were needed
 * @param seconds how long they took on one core
 */
public record LabPage(Scale scale, long seed, LabData data, List<Findings> findings, int runs, double seconds) {
    /** The beginning of the only part of the page that differs when the same lab is run again. */
    static final String TIMES = "Times: ";

    /** {@return the page's file, to be written as UTF-8} */
    public String html() {
        List<Section> sections = new ArrayList<>();
        for (Findings section : findings) {
            sections.add(section(section));
        }
        sections.add(measured());
        List<Verdict> verdicts = claims().stream().map(Claim::verdict).toList();
        String lead = "This page repeats the experiments of a lecture on optimizers and learning rates, “Advanced"
                + " Training”, on "
                + Format.count(data.training().size() + data.validation().size()) + " training and "
                + Format.count(data.test().size())
                + " test images of MNIST or data like it. Of " + verdicts.size() + " claims "
                + counts(verdicts) + ".";
        return new Page("The learning-rate laboratory", lead, opening(), sections).html();
    }

    /** {@return a line for each section, with its verdict} */
    public List<String> verdicts() {
        List<String> lines = new ArrayList<>();
        for (Findings section : findings) {
            lines.add(String.format(
                    Locale.ROOT,
                    "%2d  %-9s  %s: of its claims %s",
                    lines.size() + 1,
                    section.verdict(),
                    section.title(),
                    counts(section.claims().stream().map(Claim::verdict).toList())));
        }
        return lines;
    }

    private List<Claim> claims() {
        return findings.stream().flatMap(section -> section.claims().stream()).toList();
    }

    /** The rule stands above the verdicts that it gives. */
    private List<Block> opening() {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < findings.size(); i++) {
            String link = "[" + (i + 1) + "](#s" + (i + 1) + ")";
            for (Claim claim : findings.get(i).claims()) {
                rows.add(List.of(claim.statement(), claim.verdict().toString(), claim.evidence(), link));
            }
        }
        return List.of(
                new Text(Verdict.RULE),
                new Table("The verdicts", List.of("claim", "verdict", "evidence", "section"), rows));
    }

    private static Section section(Findings section) {
        List<Block> blocks = new ArrayList<>();
        for (Claim claim : section.claims()) {
            String slide = claim.slide().isEmpty() ? "Not on a slide: " : "Slide “" + claim.slide() + "”: ";
            blocks.add(new Text(slide + sentence(claim.statement()) + " Rule: " + claim.rule()));
        }
        section.method().forEach(paragraph -> blocks.add(new Text(paragraph)));
        blocks.addAll(section.charts());
        blocks.addAll(section.tables());
        for (Claim claim : section.claims()) {
            blocks.add(new Callout(
                    kind(claim.verdict()),
                    claim.verdict() + ":",
                    sentence(claim.statement()) + " " + claim.evidence()));
        }
        List<Verdict> verdicts = section.claims().stream().map(Claim::verdict).toList();
        blocks.add(new Callout(
                kind(section.verdict()),
                "The section: " + section.verdict() + ".",
                "Of its claims " + counts(verdicts) + "."));
        return new Section(section.title(), blocks);
    }

    private static String sentence(String statement) {
        return statement.endsWith("!”") ? statement : statement + ".";
    }

    private static Callout.Kind kind(Verdict verdict) {
        return switch (verdict) {
            case CONFIRMED -> Callout.Kind.GOOD;
            case REFUTED -> Callout.Kind.BAD;
            case MIXED, UNDECIDED -> Callout.Kind.NEUTRAL;
        };
    }

    /** {@return a text such as "3 are confirmed, 1 is refuted, 2 are mixed and 0 are undecided"} */
    private static String counts(List<Verdict> verdicts) {
        return Format.list(Arrays.stream(Verdict.values())
                .map(verdict -> {
                    long count = verdicts.stream().filter(verdict::equals).count();
                    return count + (count == 1 ? " is " : " are ") + verdict;
                })
                .toList());
    }

    private Section measured() {
        List<List<String>> rows = new ArrayList<>();
        for (int i = 0; i < findings.size(); i++) {
            List<Verdict> verdicts =
                    findings.get(i).claims().stream().map(Claim::verdict).toList();
            List<String> row = new ArrayList<>(List.of(
                    "[" + (i + 1) + "](#s" + (i + 1) + ")",
                    findings.get(i).title(),
                    findings.get(i).verdict().toString()));
            for (Verdict verdict : Verdict.values()) {
                row.add(String.valueOf(verdicts.stream().filter(verdict::equals).count()));
            }
            rows.add(row);
        }
        List<String> header = new ArrayList<>(List.of("section", "title", "verdict"));
        Arrays.stream(Verdict.values()).forEach(verdict -> header.add(verdict.toString()));
        return new Section(
                "What was measured",
                List.of(
                        new Table("Verdicts by section", header, rows),
                        new Text(Verdict.TOGETHER),
                        new Text("The " + scale.name() + " laboratory with seed " + seed + ": " + Format.count(runs)
                                + " runs on " + Format.count(data.images()) + " training images. No run trains on "
                                + Format.count(data.validation().size())
                                + " others, drawn at random as `train --validation` draws them, which decide every"
                                + " choice; the test"
                                + " images decide none. Bands reach from the lowest to the highest seed; ± is"
                                + " the standard deviation over the seeds. The loss is the mean cross-entropy"
                                + " of a batch. A curve ends where a seed's loss is no longer finite."),
                        new Text("A layer is its weights and its biases together; each is a group of parameters with"
                                + " its own norms. The same seed and data give the same numbers with any number of"
                                + " threads and any vector width."),
                        new Text(TIMES
                                + String.format(
                                        Locale.ROOT, "the runs took %.0f s of one core, summed up.", seconds))));
    }
}
