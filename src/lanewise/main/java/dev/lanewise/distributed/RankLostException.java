package dev.lanewise.distributed;

/**
 * Another rank cannot be reached any more: its process or its thread has ended, or it has not answered within the patience. The collective
 * is of no use afterwards. The training goes on from its last checkpoint, with as many ranks as there are.
 */
public final class RankLostException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** The rank or the step of which nothing is known. */
    public static final int UNKNOWN = -1;

    /** The rank that was lost. */
    private final int rank;

    /** The step in which it was lost. */
    private final long step;

    /** The reason, without the rank and the step. */
    private final String reason;

    /**
     * Makes an exception for a rank.
     *
     * @param rank the rank that was lost, or {@link #UNKNOWN}
     * @param reason what was noticed
     * @param cause the failure of the transport, or null
     */
    public RankLostException(int rank, String reason, Throwable cause) {
        this(rank, UNKNOWN, reason, cause);
    }

    private RankLostException(int rank, long step, String reason, Throwable cause) {
        super(
                (rank == UNKNOWN ? "a rank" : "rank " + rank) + " was lost"
                        + (step == UNKNOWN ? "" : " at step " + step) + ": " + reason,
                cause);
        this.rank = rank;
        this.step = step;
        this.reason = reason;
    }

    /** {@return the same exception with the step that was at work} */
    RankLostException at(long step) {
        return this.step == UNKNOWN ? new RankLostException(rank, step, reason, this) : this;
    }

    /** {@return the rank that was lost, or {@link #UNKNOWN}} */
    public int rank() {
        return rank;
    }

    /** {@return the step that was at work, from 1, or {@link #UNKNOWN}} */
    public long step() {
        return step;
    }
}
