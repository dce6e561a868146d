package dev.lanewise.optim;

import dev.lanewise.internal.Check;
import java.util.Objects;

/**
 * A line search chooses the length of a step of {@link Lbfgs} along its direction.
 *
 * <p>With φ(t) = the loss at θ + t·d, the strong Wolfe conditions are φ(t) ≤ φ(0) + c₁·t·φ′(0) and |φ′(t)| ≤ c₂·|φ′(0)|: the loss
 * falls enough, and the slope has flattened enough that the next pair of the history has positive curvature.
 *
 * @param kind whether there is a search
 * @param sufficientDecrease c₁, the part of the initial slope that the loss must have fallen by; in (0, 1)
 * @param curvature c₂, the part of the initial slope that may be left; in (c₁, 1)
 * @param maxIterations the evaluations after the first of a search; at least 1. A search that has found no point with
 *     both conditions by then takes the lower end of its bracket
 * @see <a href="https://link.springer.com/book/10.1007/978-0-387-40065-5">Nocedal and Wright, Numerical Optimization, chapter 3</a>
 */
public record LineSearch(Kind kind, double sufficientDecrease, double curvature, int maxIterations) {
    /** Whether there is a search. */
    public enum Kind {
        /** Every step has the learning rate as its length. */
        NONE,

        /** A bracket is found and then narrowed by cubic interpolation, until both strong Wolfe conditions hold. */
        STRONG_WOLFE
    }

    /** PyTorch's constants. */
    private static final double C1 = 1e-4, C2 = 0.9;

    private static final int MAX_ITERATIONS = 25;

    /**
     * Checks the values.
     *
     * @throws IllegalArgumentException if one is out of range
     */
    public LineSearch {
        Objects.requireNonNull(kind, "kind");
        if (!(sufficientDecrease > 0 && sufficientDecrease < 1)) {
            throw new IllegalArgumentException("sufficientDecrease must be in (0, 1): " + sufficientDecrease);
        }
        if (!(curvature > sufficientDecrease && curvature < 1)) {
            throw new IllegalArgumentException(
                    "curvature must be above sufficientDecrease " + sufficientDecrease + " and below 1: " + curvature);
        }
        Check.atLeast(1, "maxIterations", maxIterations);
    }

    /** {@return no search: each step has the learning rate as its length} */
    public static LineSearch none() {
        return new LineSearch(Kind.NONE, C1, C2, MAX_ITERATIONS);
    }

    /** {@return a search for the strong Wolfe conditions with PyTorch's constants: c₁ = 1e-4, c₂ = 0.9, 25 iterations} */
    public static LineSearch strongWolfe() {
        return strongWolfe(C1, C2, MAX_ITERATIONS);
    }

    /**
     * Creates a search for the strong Wolfe conditions.
     *
     * @param sufficientDecrease c₁, in (0, 1)
     * @param curvature c₂, in (c₁, 1)
     * @param maxIterations the evaluations after the first of a search; at least 1
     * @return the search
     * @throws IllegalArgumentException if a value is out of range
     */
    public static LineSearch strongWolfe(double sufficientDecrease, double curvature, int maxIterations) {
        return new LineSearch(Kind.STRONG_WOLFE, sufficientDecrease, curvature, maxIterations);
    }
}
