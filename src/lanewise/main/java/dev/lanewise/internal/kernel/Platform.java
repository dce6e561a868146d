package dev.lanewise.internal.kernel;

import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Decides once how the kernels run. This class mentions no class of {@code jdk.incubator.vector}, which may be absent; it reads
 * the width from {@link Vectors} only after it has found the module.
 */
public final class Platform {
    /** The system property that overrides the vector width; 0 selects the scalar definitions. */
    public static final String VECTOR_BITS = "lanewise.vectorBits";

    private static final int[] WIDTHS = {0, 64, 128, 256, 512};

    private static final boolean NATIVE_ACCESS = Platform.class.getModule().isNativeAccessEnabled();

    private record Decision(int vectorBits, String reason) {}

    private static volatile Decision decision;

    private Platform() {}

    /**
     * {@return the width of the vectors in use: 64, 128, 256 or 512; 0 where the scalar definitions run}
     *
     * @throws IllegalArgumentException if the property {@value #VECTOR_BITS} has a value that is not allowed
     */
    public static int vectorBits() {
        return decision().vectorBits;
    }

    /**
     * {@return the reason for this width; for 0, also the flag or module that vectors need}
     *
     * @throws IllegalArgumentException if the property {@value #VECTOR_BITS} has a value that is not allowed
     */
    public static String reason() {
        return decision().reason;
    }

    /** {@return whether the kernels may address native memory directly} */
    public static boolean nativeAccess() {
        return NATIVE_ACCESS;
    }

    /**
     * {@return false only if kernels are known not to run, without the classes of the Vector API and of logging, which take
     * 20 and 100 ms to load} If the Vector API is missing, {@link #vectorBits} finds out.
     *
     * @throws IllegalArgumentException if the property {@value #VECTOR_BITS} has a value that is not allowed
     */
    static boolean mayHaveVectors() {
        return System.getProperty(VECTOR_BITS) == null && !Readiness.IMMEDIATE || vectorBits() > 0;
    }

    private static boolean hasModule() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent();
    }

    private static Decision decision() {
        Decision made = decision;
        return made == null ? decideOnce() : made;
    }

    private static synchronized Decision decideOnce() {
        if (decision == null) {
            String override = System.getProperty(VECTOR_BITS);
            decision = decide(override);
            if (decision.vectorBits == 0 && override == null) {
                System.getLogger("dev.lanewise")
                        .log(
                                System.Logger.Level.WARNING,
                                "scalar code is in use, which is several times slower: {0}",
                                decision.reason);
            }
        }
        return decision;
    }

    private static Decision decide(String override) {
        int wanted = override == null ? -1 : parse(override);
        if (wanted == 0) {
            return new Decision(0, "-D" + VECTOR_BITS + "=0");
        }
        if (!hasModule()) {
            if (wanted > 0) {
                throw new IllegalArgumentException(VECTOR_BITS
                        + " must be 0 without the Vector API (add --add-modules jdk.incubator.vector to the"
                        + " java command): " + override);
            }
            return new Decision(
                    0,
                    "the Vector API is missing; add --add-modules jdk.incubator.vector to the java command or to the"
                            + " environment variable JDK_JAVA_OPTIONS");
        }
        int widest = Vectors.Widest.BITS;
        if (wanted > Math.max(widest, 64)) {
            throw new IllegalArgumentException(
                    VECTOR_BITS + " must be at most " + widest + " on this machine: " + override);
        }
        if (wanted > 0) {
            return new Decision(wanted, "-D" + VECTOR_BITS + "=" + wanted);
        }
        if (widest < 128 || !VectorCompiler.isPresent()) {
            return new Decision(
                    0,
                    "this JVM does not compile vector code; run it with its C2 compiler, that is without"
                            + " -XX:TieredStopAtLevel, -XX:-UseCompiler or -Xint");
        }
        return new Decision(widest, "the widest vectors of this machine");
    }

    private static int parse(String override) {
        for (int width : WIDTHS) {
            if (override.equals(Integer.toString(width))) {
                return width;
            }
        }
        throw new IllegalArgumentException(VECTOR_BITS + " must be one of "
                + Arrays.stream(WIDTHS).mapToObj(Integer::toString).collect(Collectors.joining(", ")) + ": "
                + override);
    }
}
