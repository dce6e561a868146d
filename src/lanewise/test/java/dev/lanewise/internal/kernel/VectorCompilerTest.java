package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.testing.Jvm;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options of the JVM tell whether it has C2, on versions whose {@code java.vm.info} does not. */
class VectorCompilerTest {
    /** Prints what is found out from the options alone. */
    public static final class Probe {
        private Probe() {}

        public static void main(String[] args) {
            System.out.println(VectorCompiler.optionsAllowIt());
        }
    }

    @ParameterizedTest
    @CsvSource({
        "-XX:TieredStopAtLevel=1, false",
        "-XX:TieredStopAtLevel=3, false",
        "-XX:TieredStopAtLevel=4, true",
        "-XX:CompilationMode=quick-only, false",
        "-XX:-UseCompiler, false",
        "-XX:-TieredCompilation, true",
        "--limit-modules=java.base, true"
    })
    void findsC2(String flag, boolean expected) throws Exception {
        Jvm jvm = Jvm.run(List.of(flag), Probe.class);
        assertEquals(expected + "\n", jvm.out(), jvm.err());
    }
}
