package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Jvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Vectors of each width have tiles, panels and transpositions of their own, of which this machine's width alone runs in the other
 * tests.
 */
class GemmWidthsTest {
    private static final List<String> ARRAYS_ONLY = List.of("--add-modules=jdk.incubator.vector");

    @ParameterizedTest
    @ValueSource(ints = {0, 64, 128, 256, 512})
    void productsHaveTheBitsOfTheDefinition(int bits) throws Exception {
        assumeTrue(bits <= 32 * Kernels.lanes(), "this processor has no such vectors");
        check(Jvm.VECTOR_FLAGS, bits, true);
    }

    /** Scalar products run until kernels are compiled, which happens at another moment in each run. */
    @ParameterizedTest
    @ValueSource(ints = {64, 128, 256, 512})
    void productsHaveTheBitsOfTheDefinitionWhileKernelsAreCompiled(int bits) throws Exception {
        assumeTrue(bits <= 32 * Kernels.lanes(), "this processor has no such vectors");
        check(Jvm.VECTOR_FLAGS, bits, false);
    }

    /** Panels are in arrays then, and the tiles have another form. */
    @Test
    void productsHaveTheBitsOfTheDefinitionWithoutNativeMemory() throws Exception {
        check(ARRAYS_ONLY, 32 * Kernels.lanes(), true);
    }

    /** C1 compiles no vectors, so that all products that can be scalar are. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void scalarProductsHaveTheBitsOfTheDefinition(boolean arraysOnly) throws Exception {
        List<String> flags = new ArrayList<>(arraysOnly ? ARRAYS_ONLY : Jvm.VECTOR_FLAGS);
        flags.add("-XX:TieredStopAtLevel=1");
        check(flags, 32 * Kernels.lanes(), false);
    }

    private static void check(List<String> flags, int bits, boolean immediate) throws Exception {
        List<String> all = new ArrayList<>(flags);
        all.addAll(List.of("-Dlanewise.vectorBits=" + bits, "-Dlanewise.immediateKernels=" + immediate));
        Jvm jvm = Jvm.run(all, GemmShapes.class);
        assertEquals("3027 products with " + bits / 32 + " lanes\n", jvm.out(), jvm.err());
    }
}
