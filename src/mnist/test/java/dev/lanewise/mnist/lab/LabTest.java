package dev.lanewise.mnist.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole lab on a data set so small that it takes a second: what it measures means nothing, what it makes of it does. */
class LabTest {
    @TempDir
    private static Path folder;

    private static LabPage one;

    @BeforeAll
    static void runOnOneThread() throws IOException {
        one = lab("one", 1, Watcher.NONE);
    }

    private static LabPage lab(String name, int threads, Watcher watcher) throws IOException {
        Lab laboratory = TinyImages.laboratory();
        return laboratory.run(ResultStore.open(folder.resolve(name), laboratory.settings()), threads, watcher);
    }

    /** All but the line of times, of which there is one. */
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
    void pageHasTheTenSectionsWithClaimsChartsTablesAndVerdicts() {
        String html = one.html();
        assertEquals(11, all(html, "<h2>").size());
        assertEquals(10, one.verdicts().size());
        assertTrue(html.length() < 600_000, html.length() + " characters");
        int claims = 0;
        int charts = 0;
        for (Findings experiment : one.experiments()) {
            assertFalse(experiment.claims().isEmpty());
            assertTrue(experiment.charts().size() + experiment.tables().size() > 0);
            for (Claim claim : experiment.claims()) {
                assertTrue(claim.rule().contains("onfirmed if") || claim.rule().startsWith("As in"), claim.rule());
                assertTrue(claim.evidence().matches(".*\\d.*[.)]"), claim.evidence());
            }
            claims += experiment.claims().size();
            charts += experiment.charts().size();
        }
        assertEquals(claims + 10, all(html, "<p class=\"callout ").size());
        assertEquals(charts, all(html, "<svg class=\"chart\"").size());
        assertEquals(charts, all(html, "<figcaption>").size());
        assertEquals(charts, all(html, "<details>").size());
        for (String section : html.split("<h2>")) {
            int verdict = section.indexOf("class=\"callout");
            int table = section.lastIndexOf("</table>");
            assertTrue(verdict < 0 || section.lastIndexOf("Rule: ") < table && table < verdict, section);
        }
        assertEquals(List.of(), all(html, "<script|https?://(?!www\\.w3\\.org)[^\"]*|%[sd]|null"));
    }
}
