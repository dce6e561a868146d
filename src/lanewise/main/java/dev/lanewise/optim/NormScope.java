package dev.lanewise.optim;

/** The gradients over which a rule takes a norm. */
public enum NormScope {
    /** The rule uses no norm. */
    NONE,

    /** The norm is over the gradient of the parameter group. */
    GROUP,

    /** The norm is over the gradients of all groups whose rules have this scope. */
    ALL
}
