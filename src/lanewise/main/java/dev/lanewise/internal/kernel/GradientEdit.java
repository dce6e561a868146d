package dev.lanewise.internal.kernel;

/** Changes gradients before a rule reads them, as clipping does. A {@link FusedLoop} applies it to a copy. */
@FunctionalInterface
public interface GradientEdit {
    /**
     * Changes the first elements of an array.
     *
     * @param gradient the array
     * @param from the index of the first element among the gradients of the loop
     * @param count the number of elements
     */
    void apply(float[] gradient, long from, int count);
}
