package dev.lanewise.mnist.lab;

import dev.lanewise.report.Chart;
import dev.lanewise.report.Table;
import java.util.List;

/**
 * What an experiment found: the contents of its section.
 *
 * @param title the heading of the section
 * @param method what was done, a paragraph each
 * @param claims the claims that it judges
 * @param charts the measurements as curves
 * @param tables the measurements as numbers
 */
public record Findings(String title, List<String> method, List<Claim> claims, List<Chart> charts, List<Table> tables) {
    Verdict verdict() {
        return Verdict.together(claims.stream().map(Claim::verdict).toList());
    }
}
