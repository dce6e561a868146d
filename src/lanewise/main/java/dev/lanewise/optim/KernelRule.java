package dev.lanewise.optim;

/** A rule of the library, which has a vector loop besides its scalar definition; a rule from elsewhere has none. */
interface KernelRule extends UpdateRule {
    /**
     * The kernel by name, since its class can be loaded only where the Vector API is there.
     *
     * @return the name of the kernel's class without {@code Kernel}
     */
    String kernel();
}
