package dev.lanewise.optim;

/** Over which gradients a rule takes the norm that it asks for. */
public enum NormScope {
    /** The rule asks for no norm. */
    NONE,

    /** The gradient of the parameter group. */
    GROUP,

    /** The gradients of all the groups whose rules take the norm over all. */
    ALL
}
