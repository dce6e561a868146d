package dev.lanewise.optim;

import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.RowLoop;
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

    /**
     * Returns the lanes of the shortest vectors with which the kernel of the first pass runs over arrays. With shorter ones the
     * definition takes less time: C2 vectorizes its loop, and a sum over the terms that it writes needs fewer registers.
     *
     * @return the lanes, at least 1; by default 16 for a kernel that adds up
     */
    default int prepareLanes() {
        return addsUp() ? 16 : 1;
    }

    /**
     * Returns the index of the coefficient of the decay, for a rule that adds no product with the parameters where that is 0,
     * because it takes less time without. The definition then leaves it out, and another kernel runs, with the option {@code
     * undecayed}. The decay is no option of the rule, so that it may become 0 from step to step.
     *
     * @return the index; by default −1, for a rule that always adds the product, or has none
     */
    default int decayCoefficient() {
        return -1;
    }

    /** {@return the name by which a loop finds the kernel of a rule; no kernel has that of a rule of the application's own} */
    static String kernelOf(UpdateRule rule) {
        return rule instanceof KernelRule own ? own.kernel() : rule.getClass().getName();
    }

    /**
     * {@return the loop of a rule's update, whose buffers are still to be bound}
     *
     * @param rule the rule
     * @param buffers the number of buffers: parameters, gradient and state
     * @param inputs the number of arrays that the caller fills before a run
     * @param threads the number of ranges that may run at the same time
     * @param statistics whether runs compute statistics
     */
    static FusedLoop loop(UpdateRule rule, int buffers, int inputs, int threads, boolean statistics) {
        return new FusedLoop(kernelOf(rule), rule.options(), buffers, inputs, 0, threads, statistics)
                .withDecay(decayOf(rule));
    }

    /**
     * {@return the loop of a rule's update over single rows, whose buffers are still to be bound}
     *
     * @param rule the rule
     * @param ofRows whether the kernel takes one row of any length
     * @param buffers the number of buffers: parameters, gradient and state
     * @param columns the number of elements of a row
     * @param threads the number of callers that may run at the same time
     */
    static RowLoop rowLoop(UpdateRule rule, boolean ofRows, int buffers, int columns, int threads) {
        return new RowLoop(kernelOf(rule), rule.options(), ofRows, buffers, columns, threads).withDecay(decayOf(rule));
    }

    private static int decayOf(UpdateRule rule) {
        return rule instanceof KernelRule own ? own.decayCoefficient() : -1;
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
