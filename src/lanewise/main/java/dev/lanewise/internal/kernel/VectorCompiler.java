package dev.lanewise.internal.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/** Finds out whether this JVM compiles the vectors of kernels, which only its C2 compiler does. */
final class VectorCompiler {
    /** From this version on the text about the JVM has no word on its compilers unless it has none at all. */
    private static final int SILENT = 27;

    private VectorCompiler() {}

    /** {@return false if vectors are known to stay objects, although the Vector API reports their width} */
    static boolean isPresent() {
        String info = System.getProperty("java.vm.info", "");
        if (info.contains("emulated-client") || info.contains("interpreted mode")) {
            return false;
        }
        // The management classes take 30 ms to load.
        return Runtime.version().feature() < SILENT || optionsAllowIt();
    }

    /** {@return false if the options of the JVM are known to leave C2 out} */
    static boolean optionsAllowIt() {
        return ModuleLayer.boot().findModule("jdk.management").isEmpty() || Options.allowC2();
    }

    /** A separate class, because the module that it needs may be absent. */
    private static final class Options {
        private Options() {}

        static boolean allowC2() {
            return !option("TieredStopAtLevel").matches("[0-3]")
                    && !option("CompilationMode").equals("quick-only")
                    && !option("UseCompiler").equals("false");
        }

        /** {@return the value of an option, which is empty where the JVM has none of that name} */
        private static String option(String name) {
            try {
                return ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class)
                        .getVMOption(name)
                        .getValue();
            } catch (IllegalArgumentException | NullPointerException e) {
                return "";
            }
        }
    }
}
