package dev.lanewise.optim;

import java.util.Objects;

/**
 * A reduction is a sum that a rule needs before its update, such as the squares of the parameters for their norm. The sum is
 * taken in double, in one fixed order, so that it has the same bits on any machine, for any number of threads and of ranks. A
 * step with reductions has two passes: see {@link UpdateRule#reductions()}.
 *
 * @param term what is added up
 * @param scope the parameters over which it is added up: {@code GROUP}, or {@code ALL} for all groups with a reduction of that scope
 *     at the same index, whose rules then must be {@linkplain UpdateRule#sharesSumsWith equal in what follows from it}
 */
public record Reduction(Term term, NormScope scope) {
    /** The terms of a sum. */
    public enum Term {
        /** The squares of the parameters before the step. */
        PARAMETER_SQUARES,
        /** The squares of what {@link UpdateRule#prepare} writes. */
        PREPARED_SQUARES,
        /** What {@link UpdateRule#prepare} writes. */
        PREPARED
    }

    /**
     * Checks the scope.
     *
     * @throws IllegalArgumentException if the scope is neither {@code GROUP} nor {@code ALL}
     */
    public Reduction {
        Objects.requireNonNull(term, "term");
        if (scope == null || scope == NormScope.NONE) {
            throw new IllegalArgumentException("scope must be GROUP or ALL: " + scope);
        }
    }

    /** {@return whether the terms are written by {@link UpdateRule#prepare}} */
    boolean isPrepared() {
        return term != Term.PARAMETER_SQUARES;
    }

    /** {@return whether the squares of the terms are added up, and not they themselves} */
    boolean isSquared() {
        return term != Term.PREPARED;
    }
}
