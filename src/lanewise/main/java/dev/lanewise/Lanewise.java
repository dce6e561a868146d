package dev.lanewise;

import dev.lanewise.internal.kernel.Platform;

/** What this library found on the Java virtual machine it runs in. */
public final class Lanewise {
    private Lanewise() {}

    /**
     * How the kernels run here. The answer is fixed for the life of the JVM and changes no result: every kernel gives
     * the same bits on any width and without vectors at all.
     *
     * @return the width in use and why it is that one
     * @throws IllegalArgumentException if the system property {@code lanewise.vectorBits} has a value that is not
     *     allowed
     */
    public static Runtime runtime() {
        return Platform.runtime();
    }

    /**
     * How the kernels run.
     *
     * @param vectorBits the width of a vector in bits (64, 128, 256 or 512), or 0 where the scalar definitions run
     * @param reason why it is this width, and for 0 what to change
     * @param nativeAccess whether the kernels may address native memory directly; where they may not (there is no
     *     {@code --enable-native-access} for this module), native buffers are staged through small arrays, which costs
     *     about twice the time
     */
    public record Runtime(int vectorBits, String reason, boolean nativeAccess) {}
}
