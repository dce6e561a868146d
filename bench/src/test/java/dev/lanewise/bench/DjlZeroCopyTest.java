package dev.lanewise.bench;

import static dev.lanewise.bench.Training.N;
import static dev.lanewise.bench.Training.START;
import static dev.lanewise.bench.Training.STEPS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lines of the page on memory of other libraries about DJL. */
@Tag("natives")
class DjlZeroCopyTest {
    @Test
    void trainsAnArrayInPlace() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            NDArray parameters = manager.create(START);
            // @start region="djl"
            // The buffer does not keep the array: it stays as long as its manager is open.
            Optimizer optimizer = new Optimizer(span(parameters), new AdamW());
            NDArray gradients = manager.zeros(new Shape(N), DataType.FLOAT32);
            for (int step = 0; step < STEPS; step++) {
                gradients.muli(0).addi(parameters);
                optimizer.step(span(gradients));
            }
            // @end
            assertEquals(Storage.NATIVE, Storage.of(optimizer.parameters()));
            assertArrayEquals(Training.result(), parameters.toFloatArray());
        }
    }

    private static FloatSpan span(NDArray array) {
        return FloatSpan.of(MemorySegment.ofBuffer(array.toByteBuffer(true)));
    }

    @Test
    void trainsInMemoryThatWasGiven() {
        try (NDManager manager = NDManager.newBaseManager(Device.cpu())) {
            // @start region="djl-given"
            ByteBuffer memory = manager.allocateDirect(4 * N);
            NDArray parameters = manager.create(memory, new Shape(N), DataType.FLOAT32);
            FloatSpan span = FloatSpan.of(MemorySegment.ofBuffer(memory));
            // @end
            span.copyFrom(START, 0, 0, N);
            assertArrayEquals(START, parameters.toFloatArray());
            new Optimizer(span, new AdamW()).step(FloatSpan.of(START));
            assertArrayEquals(span.toArray(), parameters.toFloatArray());
        }
    }
}
