package dev.lanewise.internal.kernel;

import dev.lanewise.Lanewise;
import java.util.Arrays;
import java.util.stream.Collectors;

/**
 * Decides once how the kernels run. Nothing here mentions a class of {@code jdk.incubator.vector}, which may be absent;
 * only after the module is known to be there is {@link Vectors} asked for the width.
 */
public final class Platform {
    /** The system property that overrides the width: 0 for the scalar definitions. */
    public static final String VECTOR_BITS = "lanewise.vectorBits";

    private static final int[] WIDTHS = {0, 64, 128, 256, 512};
    private static Lanewise.Runtime runtime;

    private Platform() {}

    /**
     * The decision, made at the first call.
     *
     * @return how the kernels run
     * @throws IllegalArgumentException if the property has a value that is not allowed
     */
    public static synchronized Lanewise.Runtime runtime() {
        if (runtime == null) {
            runtime = decide(System.getProperty(VECTOR_BITS));
            if (runtime.vectorBits() == 0 && System.getProperty(VECTOR_BITS) == null) {
                System.getLogger("dev.lanewise")
                        .log(
                                System.Logger.Level.WARNING,
                                "scalar code is in use, several times slower: {0}",
                                runtime.reason());
            }
        }
        return runtime;
    }

    private static Lanewise.Runtime decide(String override) {
        boolean nativeAccess = Platform.class.getModule().isNativeAccessEnabled();
        int wanted = override == null ? -1 : parse(override);
        if (wanted == 0) {
            return new Lanewise.Runtime(0, "-D" + VECTOR_BITS + "=0", nativeAccess);
        }
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            if (wanted > 0) {
                throw new IllegalArgumentException(VECTOR_BITS + " is " + override
                        + ", but the Vector API is not there: add --add-modules jdk.incubator.vector to the"
                        + " java command");
            }
            return new Lanewise.Runtime(
                    0,
                    "the Vector API is not there; add --add-modules jdk.incubator.vector to the java command",
                    nativeAccess);
        }
        int widest = Vectors.Widest.BITS;
        if (wanted > Math.max(widest, 64)) {
            throw new IllegalArgumentException(
                    VECTOR_BITS + " is " + override + ", but vectors have at most " + widest + " bits here");
        }
        if (wanted > 0) {
            return new Lanewise.Runtime(wanted, "-D" + VECTOR_BITS + "=" + wanted, nativeAccess);
        }
        // Without C2 every vector is an object; the API tells its width all the same.
        String vm = System.getProperty("java.vm.info", "");
        if (widest < 128 || vm.contains("emulated-client") || vm.contains("interpreted mode")) {
            return new Lanewise.Runtime(
                    0,
                    "this JVM does not compile vector code; run it with its C2 compiler, that is without"
                            + " -XX:TieredStopAtLevel, -XX:-UseCompiler or -Xint",
                    nativeAccess);
        }
        return new Lanewise.Runtime(widest, "the widest vectors of this machine", nativeAccess);
    }

    private static int parse(String override) {
        for (int width : WIDTHS) {
            if (override.equals(Integer.toString(width))) {
                return width;
            }
        }
        throw new IllegalArgumentException(VECTOR_BITS + " is " + override + ", but must be one of "
                + Arrays.stream(WIDTHS).mapToObj(Integer::toString).collect(Collectors.joining(", ")));
    }
}
