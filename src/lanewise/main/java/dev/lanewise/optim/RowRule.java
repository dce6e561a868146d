package dev.lanewise.optim;

/**
 * A rule that updates the rows of a table, with one number of state for each row and buffer. It runs in a {@link RowOptimizer}; in an
 * {@link Optimizer} there are no rows.
 *
 * <p>Its {@link #update} has another meaning than that of other rules: the elements in [{@code from}, {@code to}) are one row, and
 * element {@code from} of each state buffer is the state of this row.
 */
interface RowRule extends KernelRule {}
