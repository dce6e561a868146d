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

/** Vectors of each width have tiles, panels and transpositions of their own, of which this machine's width alone runs in the other tests. */
class GemmWidthsTest {
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
        check(List.of("--add-modules=jdk.incubator.vector"), 32 * Kernels.lanes(), true);
    }

    private static void check(List<String> flags, int bits, boolean immediate) throws Exception {
        List<String> all = new ArrayList<>(flags);
        all.addAll(List.of("-Dlanewise.vectorBits=" + bits, "-Dlanewise.immediateKernels=" + immediate));
        Jvm jvm = Jvm.run(all, GemmShapes.class);
        assertEquals("3027 products with " + bits / 32 + " lanes\n", jvm.out(), jvm.err());
    }
}
