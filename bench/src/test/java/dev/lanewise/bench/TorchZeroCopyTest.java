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
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The lines of the page on memory of other libraries about libtorch. */
@Tag("natives")
class TorchZeroCopyTest {
    // @start region="libtorch"
    /** The memory of a tensor, which keeps the tensor for as long as it is itself kept. */
    @SuppressWarnings("restricted")
    static FloatSpan span(Tensor tensor) {
        if (!tensor.is_contiguous() || !tensor.is_cpu() || tensor.scalar_type().intern() != torch.ScalarType.Float) {
            throw new IllegalArgumentException("a tensor must be contiguous, on the CPU, and of floats");
        }
        Tensor same = new Tensor(tensor); // another handle of the same memory, to be closed here
        MemorySegment address = MemorySegment.ofAddress(same.data_ptr_float().address());
        return FloatSpan.of(address.reinterpret(4 * same.numel(), Arena.ofAuto(), gone -> same.close()));
    }
    // @end

    private static Tensor start() {
        Tensor tensor = torch.empty(N);
        span(tensor).copyFrom(START, 0, 0, N);
        return tensor;
    }

    @Test
    void trainsATensorInPlace() {
        Tensor parameters = start().requires_grad_(true);
        long address = parameters.data_ptr_float().address();

        // @start region="libtorch-step"
        Optimizer optimizer = new Optimizer(span(parameters), new AdamW());
        for (int step = 0; step < STEPS; step++) {
            parameters.square().sum().mul(new Scalar(0.5)).backward();
            optimizer.step(span(parameters.grad()));
            parameters.mutable_grad().zero_();
        }
        // @end
        assertEquals(Storage.NATIVE, Storage.of(optimizer.parameters()));
        assertEquals(address, parameters.data_ptr_float().address());
        float[] found = new float[N];
        parameters.data_ptr_float().get(found);
        assertArrayEquals(Training.result(), found);
    }

    @Test
    void refusesWhatIsNotARangeOfFloats() {
        Tensor matrix = torch.empty(3, 5);
        assertEquals(15, span(matrix).length());
        assertThrows(IllegalArgumentException.class, () -> span(matrix.t()));
        assertThrows(IllegalArgumentException.class, () -> span(matrix.to(torch.ScalarType.Double)));
        // A row is, and where it should be.
        Tensor row = matrix.select(0, 2);
        span(matrix).set(10, 7);
        assertEquals(7, span(row).get(0));
    }

    /** The span outlives all handles of its tensor. */
    @Test
    void keepsTheTensor() throws InterruptedException {
        FloatSpan span;
        try (Tensor tensor = start()) {
            span = span(tensor);
        }
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(5);
            try (Tensor other = torch.empty(N)) {
                other.fill_(new Scalar(3));
            }
        }
        assertArrayEquals(START, span.toArray());
    }
}
