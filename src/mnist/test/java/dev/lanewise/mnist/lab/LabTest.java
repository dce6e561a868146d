package dev.lanewise.mnist.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.lab.experiments.Depth;
import dev.lanewise.mnist.lab.experiments.LayerRates;
import dev.lanewise.mnist.lab.experiments.LinearRates;
import dev.lanewise.mnist.lab.experiments.OptimizerFamily;
import dev.lanewise.mnist.lab.experiments.Schedules;
import dev.lanewise.mnist.lab.experiments.Spikes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole lab runs on a data set so small that it takes a second. Its figures mean nothing; the tests are about the page. */
class LabTest {
    @TempDir
    private static Path folder;

    private static LabPage one;

    @BeforeAll
    static void runOnOneThread() throws IOException {
        one = lab("one", 1, Watcher.NONE);
    }

    /** Runs a lab with the rules that came after the lecture. */
    private static LabPage lab(String name, int threads, Watcher watcher) throws IOException {
        Lab laboratory = TinyImages.laboratory();
        return laboratory.run(ResultStore.open(folder.resolve(name), laboratory.settings()), threads, watcher);
    }

    /** Returns the page without its one line of times. */
    private static String page(LabPage report) {
        String html = report.html();
        String without = html.replaceAll("<p>" + LabPage.TIMES + "[^<]*</p>", "");
        assertEquals(2, html.split("<p>" + LabPage.TIMES, -1).length);
        assertFalse(without.contains(LabPage.TIMES));
        return without;
    }

    private static List<String> all(String html, String pattern) {
        return Pattern.compile(pattern)
                .matcher(html)
                .results()
                .map(MatchResult::group)
                .toList();
    }

    @Test
    void sameSeedGivesTheSamePageOnAnyThreadsAndAfterAnInterruption() throws IOException {
        String page = page(one);
        assertEquals(page, page(lab("two", 2, Watcher.NONE)));

        AtomicInteger runs = new AtomicInteger();
        Watcher stops = new Watcher() {
            @Override
            public void planned(double work, int planned) {}

            @Override
            public void done(double work, boolean kept) {
                if (runs.incrementAndGet() > 150) {
                    throw new IllegalStateException("stopped");
                }
            }
        };
        assertThrows(IllegalStateException.class, () -> lab("stopped", 2, stops));
        AtomicInteger kept = new AtomicInteger();
        AtomicInteger all = new AtomicInteger();
        Watcher counts = new Watcher() {
            @Override
            public void planned(double work, int planned) {}

            @Override
            public void done(double work, boolean found) {
                all.incrementAndGet();
                kept.addAndGet(found ? 1 : 0);
            }
        };
        assertEquals(page, page(lab("stopped", 2, counts)));
        assertTrue(kept.get() >= 150 && kept.get() < all.get(), kept + " of " + all);
        assertEquals(one.runs(), all.get());
        try (Stream<Path> files = Files.list(folder.resolve("stopped"))) {
            assertEquals(one.runs() + 1, files.count());
        }
    }

    @Test
    void pageBeginsWithTheRuleAndTheVerdictsAsOneTable() {
        String html = one.html();
        int rule = html.indexOf("Student's t");
        int table = html.indexOf("<table>");
        int contents = html.indexOf("<nav");
        assertTrue(0 < rule && rule < table && table < contents);
        assertEquals(1, all(html.substring(0, contents), "<table>").size());
        List<String> rows = all(html.substring(table, contents), "<tr>.*?</tr>");
        List<Claim> claims = one.findings().stream()
                .flatMap(section -> section.claims().stream())
                .toList();
        assertEquals(1 + claims.size(), rows.size());
        for (int i = 0; i < claims.size(); i++) {
            String row = rows.get(1 + i);
            assertTrue(row.contains("<td>" + claims.get(i).verdict() + "</td>"), row);
            assertTrue(claims.get(i).evidence().length() < 260, claims.get(i).evidence());
        }
        for (int i = 1; i <= 11; i++) {
            assertTrue(html.contains("<a href=\"#s" + i + "\">" + i + "</a>"));
            assertTrue(html.contains("<section id=\"s" + i + "\">"));
        }
    }

    /** References to a section have its number, in any order of the experiments. */
    @Test
    void referencesFollowTheOrderOfTheExperiments() {
        LabData data = TinyImages.data();
        List<Experiment> reversed = Lab.EXPERIMENTS.reversed();
        LabContext lab = new Lab(data, TinyImages.SCALE, 1, reversed).context(new DryRun());
        assertEquals("[section 11](#s11)", lab.reference(LinearRates.class));
        assertEquals("[section 7](#s7)", lab.reference(OptimizerFamily.class));
        assertEquals(
                "[section 5](#s5)",
                new Lab(data, TinyImages.SCALE, 1, Lab.EXPERIMENTS)
                        .context(new DryRun())
                        .reference(OptimizerFamily.class));
        Findings spikes = new Spikes().findings(lab);
        assertTrue(spikes.method().getFirst().contains("The linear network of [section 11](#s11)"));
        List<String> numbers = new ArrayList<>();
        for (Experiment experiment : reversed) {
            numbers.addAll(all(experiment.findings(lab).toString(), "\\[section \\d+]\\(#s\\d+\\)"));
            assertEquals(List.of(), all(experiment.findings(lab).toString(), "(?<!\\[)section \\d"));
        }
        assertEquals(
                Set.of(
                        lab.reference(LinearRates.class),
                        lab.reference(Depth.class),
                        lab.reference(LayerRates.class),
                        lab.reference(OptimizerFamily.class),
                        lab.reference(Schedules.class)),
                Set.copyOf(numbers));
    }

    /** Runs that a section uses but did not announce would be trained one after another, while nothing else runs. */
    @Test
    void sectionsAskForNothingThatWasNotPrefetched() {
        List<Experiment> experiments = Lab.withLaterRules();
        Lab laboratory = new Lab(TinyImages.data(), TinyImages.SCALE, 1, experiments);
        DryRun dry = new DryRun();
        LabContext lab = laboratory.context(dry);
        laboratory.prefetch(lab);
        int planned = dry.runs();
        assertTrue(planned > 100, planned + "");
        for (Experiment experiment : experiments) {
            experiment.findings(lab);
            assertEquals(planned, dry.runs(), experiment.title());
        }
    }

    @Test
    void anExperimentThatTheLabHasNotIsNamed() {
        LabContext lab = new Lab(TinyImages.data(), TinyImages.SCALE, 1, List.of(new Depth())).context(new DryRun());
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> lab.reference(OptimizerFamily.class));
        assertTrue(e.getMessage().contains("OptimizerFamily"), e.getMessage());
    }

    @Test
    void pageHasTheSectionsWithClaimsChartsTablesAndVerdicts() {
        String html = one.html();
        assertEquals(13, all(html, "<h2>").size());
        assertEquals(12, one.verdicts().size());
        assertTrue(html.length() < 600_000, html.length() + " characters");
        int claims = 0;
        int charts = 0;
        for (Findings section : one.findings()) {
            assertFalse(section.claims().isEmpty());
            assertTrue(section.charts().size() + section.tables().size() > 0);
            for (Claim claim : section.claims()) {
                assertTrue(claim.rule().contains("onfirmed if") || claim.rule().startsWith("As in"), claim.rule());
                assertTrue(claim.evidence().matches(".*\\d.*[.)]"), claim.evidence());
            }
            claims += section.claims().size();
            charts += section.charts().size();
        }
        assertEquals(claims + 12, all(html, "<p class=\"callout ").size());
        assertEquals(charts, all(html, "<svg class=\"chart\"").size());
        assertEquals(charts, all(html, "<figcaption>").size());
        assertEquals(charts, all(html, "<details>").size());
        for (String part : html.split("<h2>")) {
            int verdict = part.indexOf("class=\"callout");
            int table = part.lastIndexOf("</table>");
            assertTrue(verdict < 0 || part.lastIndexOf("Rule: ") < table && table < verdict, part);
        }
        assertEquals(List.of(), all(html, "<script|https?://(?!www\\.w3\\.org)[^\"]*|%[sd]|null"));
    }
}
