package dev.lanewise.optim;

/**
 * A rule whose update depends on a whole matrix. Its loops have one more buffer after the state, as long as the parameters, which is
 * neither initialized nor saved. A step has three parts: {@link #prepare} writes a matrix to this buffer, an element at a time;
 * {@link NewtonSchulz} orthogonalizes it; and {@link #update} reads it.
 */
interface MatrixRule extends KernelRule {
    /** {@return true: each group is a matrix} */
    @Override
    default boolean needsMatrix() {
        return true;
    }

    /** {@return the coefficients of the iteration} */
    Muon.Coefficients coefficients();
}
