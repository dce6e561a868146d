package dev.lanewise.bench;

import static dev.lanewise.bench.Training.N;
import static dev.lanewise.bench.Training.START;
import static dev.lanewise.bench.Training.STEPS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** The lines of the page on memory of other libraries about ND4J. */
@Tag("natives")
class Nd4jZeroCopyTest {
    // @start region="nd4j"
    /** The memory of an array, which keeps the array for as long as it is itself kept. */
    @SuppressWarnings("restricted")
    static FloatSpan span(INDArray array) {
        if (array.dataType() != DataType.FLOAT || array.elementWiseStride() != 1) {
            throw new IllegalArgumentException("an array must be of floats without gaps: " + array.shapeInfoToString());
        }
        MemorySegment address = MemorySegment.ofAddress(array.data().address() + 4 * array.offset());
        return FloatSpan.of(
                address.reinterpret(4 * array.length(), Arena.ofAuto(), gone -> Reference.reachabilityFence(array)));
    }
    // @end

    @Test
    void trainsAnArrayInPlace() {
        INDArray parameters = Nd4j.createFromArray(START);

        // @start region="nd4j-step"
        Optimizer optimizer = new Optimizer(span(parameters), new AdamW());
        INDArray gradients = Nd4j.create(DataType.FLOAT, N);
        for (int step = 0; step < STEPS; step++) {
            gradients.assign(parameters);
            optimizer.step(span(gradients));
        }
        // @end
        assertEquals(Storage.NATIVE, Storage.of(optimizer.parameters()));
        assertArrayEquals(Training.result(), parameters.toFloatVector());
    }

    @Test
    void aViewIsWhereItShouldBe() {
        INDArray matrix = Nd4j.create(DataType.FLOAT, 4, N);
        INDArray view = matrix.getRow(2);
        span(view).copyFrom(START, 0, 0, N);
        assertArrayEquals(START, view.toFloatVector());
        assertArrayEquals(START, span(matrix).slice(2L * N, N).toArray());
        INDArray inner = view.get(NDArrayIndex.interval(5, 9));
        span(inner).set(1, 7);
        assertEquals(7, matrix.getFloat(2, 6));
        assertThrows(IllegalArgumentException.class, () -> span(matrix.getColumn(3)));
        INDArray corner = matrix.get(NDArrayIndex.interval(0, 2), NDArrayIndex.interval(0, 3));
        assertThrows(IllegalArgumentException.class, () -> span(corner));
        assertThrows(IllegalArgumentException.class, () -> span(matrix.castTo(DataType.DOUBLE)));
    }

    @Test
    void keepsTheArray() throws InterruptedException {
        FloatSpan span = span(Nd4j.createFromArray(START));
        for (int i = 0; i < 5; i++) {
            System.gc();
            Thread.sleep(20);
            Nd4j.valueArrayOf(new long[] {N}, 3f, DataType.FLOAT);
        }
        assertArrayEquals(START, span.toArray());
    }
}
