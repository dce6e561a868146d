package dev.lanewise.optim;

import java.util.Objects;

/** A rule of the library. It has a kernel beside its scalar definition, which a rule of an application does not have. */
interface KernelRule extends UpdateRule {
    /**
     * Returns the kernel's name. It is not the class, because that can be loaded only where the Vector API is present.
     *
     * @return the simple name of the kernel's class without {@code Kernel}
     */
    String kernel();

    /**
     * Returns the name of the kernel of the first pass, for a rule with reductions that prepares their terms.
     *
     * @return the simple name of the kernel's class without {@code Kernel}; by default that of {@link #kernel()}, with the option
     *     {@code prepare}
     */
    default String prepareKernel() {
        return kernel();
    }

    /**
     * Returns whether the kernel of the first pass adds up the terms of all reductions, at most two, instead of writing them.
     *
     * @return true for a kernel that is the first pass alone
     */
    default boolean addsUp() {
        return !prepareKernel().equals(kernel());
    }

    /** {@return the name by which a loop finds the kernel of a rule; no kernel has that of a rule of the application's own} */
    static String kernelOf(UpdateRule rule) {
        return rule instanceof KernelRule own ? own.kernel() : rule.getClass().getName();
    }

    /**
     * {@return the first index of a scalar definition's loop, unchanged} C2 unrolls, and so vectorizes, no loop of more than 60
     * operations. Unless the loop is known to begin at the index of an array, three of them, which convert the index, are
     * repeated for each array.
     *
     * @param from the index of the first element
     */
    static int first(int from) {
        return Objects.checkIndex(from, Integer.MAX_VALUE - 2);
    }
}
