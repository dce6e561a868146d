package dev.lanewise.internal.kernel;

import java.lang.invoke.MethodHandles;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The constants that one copy of a kernel class is specialized for: the storage of each buffer, and the options of the rule
 * that are on (such as {@code nesterov}). A kernel reads them into {@code static final} fields, so that C2 folds every branch
 * on them.
 *
 * @param storages the storage of each buffer, in the kernel's order
 * @param options the names of the rule's options that are on
 */
record Specialization(List<Storage> storages, Set<String> options) {
    /** {@return the specialization of the calling kernel class; for the plain class, arrays and no options} */
    static Specialization of(MethodHandles.Lookup kernel) {
        try {
            Specialization spec = MethodHandles.classData(kernel, "_", Specialization.class);
            return spec == null ? new Specialization(List.of(), Set.of()) : spec;
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    /** {@return how the kernel reaches a buffer} */
    Access access(int buffer) {
        Storage storage = buffer < storages.size() ? storages.get(buffer) : Storage.ARRAY;
        return switch (storage) {
            case NATIVE -> Access.NATIVE;
            case BF16 -> Access.BF16;
            case BF16_NATIVE -> Access.BF16_NATIVE;
            case ARRAY, BYTES, STAGED -> Access.ARRAY;
        };
    }

    /** {@return some options and a further one} */
    static Set<String> with(Set<String> options, String option) {
        Set<String> all = new HashSet<>(options);
        all.add(option);
        return all;
    }

    /** {@return whether an option of the rule is on} */
    boolean has(String option) {
        return options.contains(option);
    }

    /** {@return whether the kernel adds up the terms of sums} */
    boolean addsUp() {
        return has(FusedLoop.SUMS);
    }

    /** {@return whether the kernel computes {@link Statistics}} */
    boolean takesStatistics() {
        return has(Statistics.OPTION);
    }

    /**
     * {@return the elements from one vector of the loop to the next} With statistics or sums a call updates one vector of each 16
     * elements, and further calls the others, so that element i is added to partial sum i mod 16 on any vector width.
     */
    int step() {
        return takesStatistics() || addsUp() ? Statistics.PARTIALS : Vectors.LANES;
    }

    /** {@return whether the plain class has this specialization, so that no hidden class is needed} */
    boolean isPlain() {
        return options.isEmpty() && storages.stream().allMatch(storage -> storage == Storage.ARRAY);
    }
}
