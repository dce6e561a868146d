package dev.lanewise.internal.kernel;

import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Set;

/**
 * What one copy of a kernel class was linked for: the storage of each buffer, and the variant of the rule (such as
 * {@code nesterov}). A kernel reads it into {@code static final} constants, so that whatever depends on it is decided
 * before the loop is compiled.
 *
 * @param storages the storage of each buffer, in the kernel's order
 * @param variant the names of the rule's options that are on
 */
record Link(List<Storage> storages, Set<String> variant) {
    /** The link of the calling kernel class; the class as it was compiled is linked for arrays and no option. */
    static Link of(MethodHandles.Lookup kernel) {
        try {
            Link link = MethodHandles.classData(kernel, "_", Link.class);
            return link == null ? new Link(List.of(), Set.of()) : link;
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    Lanes lanes(int buffer) {
        return buffer < storages.size() && storages.get(buffer) == Storage.NATIVE ? Lanes.NATIVE : Lanes.ARRAY;
    }

    boolean has(String option) {
        return variant.contains(option);
    }

    /** Whether the kernel takes {@link Statistics}. */
    boolean takesStatistics() {
        return has(Statistics.OPTION);
    }

    /**
     * From one vector of the loop to the next: those between are for other calls where statistics have more lanes than a
     * vector.
     */
    int step() {
        return takesStatistics() ? Statistics.LANES : Vectors.LANES;
    }

    boolean isPlain() {
        return variant.isEmpty() && storages.stream().allMatch(storage -> storage == Storage.ARRAY);
    }
}
