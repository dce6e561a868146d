package dev.lanewise.mnist.train;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.safetensors.AtomicFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files of a command. They are compared before any of them is opened: an output that is another output or an input, whatever
 * the names and links that lead to it, would destroy that.
 */
public final class CommandFiles {
    /** As many links as Linux follows. */
    private static final int MOST_LINKS = 40;

    private enum Use {
        READ,
        WRITTEN,
        /** Written to a directory that the command makes. */
        MADE
    }

    private record Entry(String name, Path file, Use use) {}

    private final List<Entry> entries = new ArrayList<>();

    /**
     * Adds a file that is read, or would be read if it were there.
     *
     * @param name the option that leads to it
     */
    public CommandFiles reads(String name, Path file) {
        entries.add(new Entry(name, file, Use.READ));
        return this;
    }

    /**
     * Adds a file that is written, in a directory that must exist.
     *
     * @param name the option that leads to it
     * @param file the path; or null if the option is not given
     */
    public CommandFiles writes(String name, Path file) {
        if (file != null) {
            entries.add(new Entry(name, file, Use.WRITTEN));
        }
        return this;
    }

    /** Adds a file that is written, in a directory that the command makes if it does not exist. */
    public CommandFiles makes(String name, Path file) {
        entries.add(new Entry(name, file, Use.MADE));
        return this;
    }

    /**
     * Compares the files.
     *
     * @throws UsageException if two are the same and one of them is written, or if one cannot be where it should
     */
    public void check() {
        List<Path> places = entries.stream().map(entry -> place(entry.file)).toList();
        for (int i = 0; i < entries.size(); i++) {
            for (int j = i + 1; j < entries.size(); j++) {
                checkSame(entries.get(i), places.get(i), entries.get(j), places.get(j));
            }
        }
        for (Entry entry : entries) {
            if (entry.use == Use.WRITTEN) {
                OutputFile.checkPlace(entry.name, entry.file);
                if (AtomicFile.isUnfinished(entry.file)) {
                    throw new UsageException(entry.name
                            + " must not end in a number and .tmp, as unfinished files do, which are removed: "
                            + entry.file);
                }
            }
        }
        for (int i = 0; i < entries.size(); i++) {
            for (int j = 0; j < entries.size(); j++) {
                checkInside(entries.get(i), places.get(i), entries.get(j), places.get(j));
            }
        }
    }

    private static void checkSame(Entry one, Path place, Entry other, Path otherPlace) {
        if ((one.use != Use.READ || other.use != Use.READ) && same(place, otherPlace)) {
            throw new UsageException(one.name + " and " + other.name + " must not be the same file: " + one.file);
        }
    }

    /** Refuses a file in the place of a directory that is yet to be made. */
    private static void checkInside(Entry one, Path place, Entry other, Path otherPlace) {
        if (one.use == Use.WRITTEN && other.use == Use.MADE && otherPlace.startsWith(place)) {
            throw new UsageException(one.name + " must not be a directory of " + other.name + ": " + one.file);
        }
    }

    private static boolean same(Path one, Path other) {
        try {
            return one.equals(other) || Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
        } catch (IOException e) {
            // One of them was removed meanwhile.
            return false;
        }
    }

    /** {@return the path, without links, of the file that is or will be there} */
    static Path place(Path file) {
        return place(file.toAbsolutePath(), 0);
    }

    private static Path place(Path file, int links) {
        try {
            return file.toRealPath();
        } catch (IOException missing) {
            Path parent = file.getParent();
            if (parent == null) {
                return file;
            }
            Path place = place(parent, links).resolve(file.getFileName()).normalize();
            return Files.isSymbolicLink(place) && links < MOST_LINKS ? place(target(place), links + 1) : place;
        }
    }

    private static Path target(Path link) {
        try {
            return link.resolveSibling(Files.readSymbolicLink(link));
        } catch (IOException e) {
            return link;
        }
    }
}
