package dev.lanewise;

import dev.lanewise.internal.kernel.Platform;

/** Reports the capabilities of the Java virtual machine that the library uses. */
public final class Lanewise {
    private Lanewise() {}

    /**
     * {@return the vector width in use, and the reason for it} The width is fixed for the life of the JVM and changes no
     * result: every kernel gives the same bits with any width and without vectors.
     *
     * @throws IllegalArgumentException if the system property {@code lanewise.vectorBits} has a value that is not
     *     allowed
     */
    public static RuntimeInfo runtime() {
        return new RuntimeInfo(Platform.vectorBits(), Platform.reason(), Platform.nativeAccess());
    }
}
