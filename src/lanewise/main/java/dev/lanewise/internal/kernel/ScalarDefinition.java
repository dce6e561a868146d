package dev.lanewise.internal.kernel;

/** The scalar definition of a rule, which has the same bits as its kernel. */
@FunctionalInterface
public interface ScalarDefinition {
    /**
     * Updates the elements in place.
     *
     * @param buffers parameters, gradient, then the state buffers
     * @param from the index of the first element, which is the same in all buffers
     * @param to the end of the range
     * @param constants the rule's coefficients
     */
    void update(float[][] buffers, int from, int to, float[] constants);
}
