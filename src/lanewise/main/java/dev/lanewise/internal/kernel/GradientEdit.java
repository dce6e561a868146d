package dev.lanewise.internal.kernel;

/** Changes gradients before a rule reads them, as clipping does. A {@link FusedLoop} applies it to a copy. */
@FunctionalInterface
public interface GradientEdit {
    /**
     * Changes elements of an array.
     *
     * @param gradient the array
     * @param at the index of the first element in it
     * @param from the index of the first element among the gradients of the loop
     * @param count the number of elements
     */
    void apply(float[] gradient, int at, long from, int count);
}
