package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class SumOfSquaresTest {
    /** The order of the sum as its description has it. */
    private static double definition(float[] x, int from, int count) {
        double[] lanes = new double[16];
        for (int i = 0; i < count; i++) {
            lanes[i % 16] += (double) x[from + i] * x[from + i];
        }
        for (int half = 8; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                lanes[i] += lanes[i + half];
            }
        }
        return lanes[0];
    }

    @Property(tries = 300)
    void everyStorageSumsInOneOrder(@ForAll @Size(max = 300) float[] x, @ForAll @IntRange(max = 20) int offset) {
        int from = Math.min(offset, x.length);
        double expected = definition(x, from, x.length - from);
        MemorySegment memory = Arena.ofAuto().allocate(4L * x.length);
        memory.copyFrom(MemorySegment.ofArray(x));
        MemorySegment bytes = MemorySegment.ofArray(new byte[4 * x.length]).copyFrom(memory);
        for (FloatSpan span : new FloatSpan[] {
            FloatSpan.of(x),
            FloatSpan.of(memory),
            FloatSpan.of(bytes),
            FloatSpan.of(MemorySegment.ofArray(x).asReadOnly())
        }) {
            SumOfSquares sum = new SumOfSquares(1);
            sum.bind(span);
            assertEquals(expected, sum.sum(0, from, x.length - from));
        }
    }
}
