package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Jvm;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Vectors of each width have tiles, panels and transpositions of their own, of which this machine's width alone runs in the other tests. */
class GemmWidthsTest {
    @ParameterizedTest
    @ValueSource(ints = {0, 64, 128, 256, 512})
    void productsHaveTheBitsOfTheDefinition(int bits) throws Exception {
        assumeTrue(bits <= 32 * Kernels.lanes(), "this processor has no such vectors");
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.addAll(List.of("-Dlanewise.vectorBits=" + bits, "-Dlanewise.immediateKernels=true"));
        Jvm jvm = Jvm.run(flags, GemmShapes.class);
        assertEquals("1890 products with " + bits / 32 + " lanes\n", jvm.out(), jvm.err());
    }
}
