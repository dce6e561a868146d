package dev.lanewise.spark;

/**
 * A rank has failed by itself: its {@link RankProgram} threw an exception for another reason than the loss of a rank. The
 * training is not begun again.
 */
public final class RankFailedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The rank that failed. */
    private final int rank;

    RankFailedException(int rank, String message) {
        super(message);
        this.rank = rank;
    }

    /** {@return the rank that failed} */
    public int rank() {
        return rank;
    }
}
