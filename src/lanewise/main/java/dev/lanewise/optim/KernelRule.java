package dev.lanewise.optim;

/** A rule of the library. It has a kernel beside its scalar definition, which a rule of an application does not have. */
interface KernelRule extends UpdateRule {
    /**
     * Returns the kernel's name. It is not the class, because that can be loaded only where the Vector API is present.
     *
     * @return the simple name of the kernel's class without {@code Kernel}
     */
    String kernel();
}
