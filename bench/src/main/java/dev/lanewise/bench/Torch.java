package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.MemorySegment;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.mkl.global.mkl_rt;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.CompilationUnit;
import org.bytedeco.pytorch.Function;
import org.bytedeco.pytorch.IValue;
import org.bytedeco.pytorch.IValueVector;
import org.bytedeco.pytorch.QualifiedName;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Calls libtorch for the benchmarks. */
final class Torch {
    private Torch() {}

    /** {@return a tensor of zeros in memory that libtorch allocates} */
    static Tensor tensor(int n) {
        return torch.empty(n).fill_(new Scalar(0));
    }

    /** {@return the memory of a tensor} */
    @SuppressWarnings("restricted")
    static FloatSpan span(Tensor tensor) {
        FloatPointer pointer = tensor.data_ptr_float();
        return FloatSpan.of(MemorySegment.ofAddress(pointer.address()).reinterpret(4 * tensor.numel()));
    }

    /** Sets the threads of libtorch and, because libtorch does not, those of the OpenBLAS or MKL that it calls. */
    static void threads(int threads) {
        torch.set_num_threads(threads);
        if (System.getProperty("org.bytedeco.openblas.load") == null) {
            openblas_nolapack.blas_set_num_threads(threads);
        } else {
            mkl_rt.MKL_Set_Num_Threads(threads);
        }
    }

    /**
     * A function of TorchScript with its arguments, because the binding lacks PyTorch's fused steps. They take lists of
     * tensors; lists made in the function itself would be optimized away, and the step with them.
     */
    static final class Call {
        private static final String SCRIPT = """
            def single(x: Tensor) -> List[Tensor]:
                return [x]

            def none() -> List[Tensor]:
                return []

            def adamw(p: List[Tensor], g: List[Tensor], m: List[Tensor], v: List[Tensor], steps: List[Tensor],
                    none: List[Tensor], lr: float):
                torch._fused_adamw_(p, g, m, v, none, steps, lr=lr, beta1=0.9, beta2=0.999, weight_decay=0.01,
                    eps=1e-8, amsgrad=False, maximize=False)

            def sgd(p: List[Tensor], g: List[Tensor], b: List[Tensor], lr: float):
                torch._fused_sgd_(p, g, b, weight_decay=0.0, momentum=0.9, lr=lr, dampening=0.0, nesterov=False,
                    maximize=False, is_first_step=False)
            """;

        private static final CompilationUnit UNIT = torch.compile(SCRIPT);

        private final Function function;
        private final IValueVector arguments;
        private final IValueVector stack = new IValueVector();

        Call(String function, IValue... arguments) {
            this.function = UNIT.find_function(new QualifiedName(function));
            this.arguments = new IValueVector(arguments);
        }

        static IValue list(Tensor tensor) {
            return new Call("single", new IValue(tensor)).result();
        }

        static IValue none() {
            return new Call("none").result();
        }

        private IValue result() {
            run();
            return new IValue(stack.get(0));
        }

        void run() {
            stack.put(arguments);
            function.run(stack);
        }
    }
}
