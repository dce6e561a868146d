package dev.lanewise.tune;

/** The outcome of a run of training. */
public enum TrialVerdict {
    /** A loss was not finite. */
    DIVERGED,

    /** The loss jumped, or a step was about as large as the weights. */
    SPIKED,

    /** The loss hardly fell. */
    STALLED,

    /** The loss fell, and smoothly. */
    TRAINS
}
