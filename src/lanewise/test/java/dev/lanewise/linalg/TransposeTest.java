package dev.lanewise.linalg;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.testing.Jvm;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Both passes of a transposition have more vectors than C2 keeps out of the heap in one method. Whether it inlines them into one
 * depends on which is hot first.
 */
class TransposeTest {
    /** Prints what products allocate after C2 has compiled all callers of the kernel too, which may take longer on a busy machine. */
    static final class Products {
        public static void main(String[] arguments) {
            int rows = 75, columns = 100, inner = 100;
            Matrix a = Matrix.of(new float[rows * inner], 0, rows, inner);
            Matrix b = Matrix.of(new float[columns * inner], 0, columns, inner);
            Matrix c = Matrix.of(new float[rows * columns], 0, rows, columns);
            for (int i = 0; i < a.array.length; i++) {
                a.array[i] = 1;
            }
            Gemm gemm = new Gemm();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long bytes = -1;
            for (int round = 0; round < 8 && (round < 2 || bytes != 0); round++) {
                for (int i = 0; i < 80_000; i++) {
                    gemm.multiplyTransposedB(a, b, c);
                }
                bytes = -threads.getCurrentThreadAllocatedBytes();
                for (int i = 0; i < 1_000; i++) {
                    gemm.multiplyTransposedB(a, b, c);
                }
                bytes += threads.getCurrentThreadAllocatedBytes();
            }
            System.out.println(bytes + " bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void allocatesNothingWhateverIsInlined(int bits) throws Exception {
        assumeTrue(bits <= 32 * Kernels.lanes(), "this processor has no such vectors");
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        flags.addAll(List.of(
                "-Dlanewise.vectorBits=" + bits,
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=inline,dev.lanewise.internal.kernel.TransposeKernel::*"));
        Jvm jvm = Jvm.run(flags, Products.class);
        assertEquals("0 bytes\n", jvm.out(), jvm.err());
    }
}
