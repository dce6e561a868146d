package dev.lanewise.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The order of operations that a power failure cannot harm. A system may write to the disk in another order than it was told to, except
 * for what was forced before: so the content of a file is forced before the file replaces another, and then the directory is, which
 * has its name.
 */
public final class Durability {
    private Durability() {}

    /**
     * Checks the order of operations on files.
     *
     * @param done operations of {@link FaultyFiles}
     * @return the files that were replaced, in this order
     * @throws AssertionError if a file was moved before its content was forced, or if its directory was not forced after it
     */
    public static List<String> replaced(List<String> done) {
        List<String> replaced = new ArrayList<>();
        Set<String> unforced = new HashSet<>();
        for (int i = 0; i < done.size(); i++) {
            String[] words = done.get(i).split(" ");
            switch (words[0]) {
                case "open", "write", "truncate" -> unforced.add(words[1]);
                case "force" -> unforced.remove(words[1]);
                case "move" -> {
                    if (unforced.contains(words[1])) {
                        throw new AssertionError(words[1] + " was moved before it was forced: " + done);
                    }
                    String folder = "force " + Path.of(words[2]).getParent();
                    if (i + 1 == done.size() || !done.get(i + 1).equals(folder)) {
                        throw new AssertionError("the directory was not forced after " + done.get(i) + ": " + done);
                    }
                    replaced.add(words[2]);
                }
                default -> {}
            }
        }
        return replaced;
    }
}
