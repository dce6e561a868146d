package dev.lanewise;

import dev.lanewise.internal.kernel.Platform;

/** Reports what the library found in the Java virtual machine it runs in. */
public final class Lanewise {
    private Lanewise() {}

    /**
     * {@return the vector width in use, and the reason for it} The answer is fixed for the life of the JVM and changes no
     * result: every kernel gives the same bits on any width and without vectors at all.
     *
     * @throws IllegalArgumentException if the system property {@code lanewise.vectorBits} has a value that is not
     *     allowed
     */
    public static RuntimeInfo runtime() {
        return new RuntimeInfo(Platform.vectorBits(), Platform.reason(), Platform.nativeAccess());
    }
}
