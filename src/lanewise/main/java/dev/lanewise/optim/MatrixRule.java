package dev.lanewise.optim;

/**
 * A rule whose update depends on a whole matrix. Its loops have one more buffer after the state, as long as the parameters, which is
 * neither initialized nor saved. A step has three parts: {@link #prepare} writes a matrix to this buffer, an element at a time;
 * {@link NewtonSchulz} orthogonalizes it, and {@link OutputMoments} divides it where the rule has them; and {@link #update} reads it.
 */
interface MatrixRule extends KernelRule {
    /** {@return true: each group is a matrix} */
    @Override
    default boolean needsMatrix() {
        return true;
    }

    /** {@return the coefficients of the iteration} */
    Muon.Coefficients coefficients();

    /**
     * {@return the decay of the mean squares of the outputs, by which the orthogonalized matrix is divided; NaN by default, for a
     * rule that divides by none}
     */
    default double outputDecay() {
        return Double.NaN;
    }
}
