package dev.lanewise.report;

import java.util.List;

/**
 * A part of a page.
 *
 * @param heading its heading, which the table of contents repeats
 * @param blocks the elements below it
 */
public record Section(String heading, List<Block> blocks) {
    /** Copies the blocks. */
    public Section {
        blocks = List.copyOf(blocks);
    }
}
