package dev.lanewise.bench;

import java.util.EnumSet;
import java.util.Set;

/** The libraries that Lanewise is compared with. */
enum Library {
    LIBTORCH_FUSED(
            "libtorch fused",
            "`_fused_adamw_` and `_fused_sgd_` through TorchScript; the time includes the call of its interpreter",
            "`set_num_threads`, one or two",
            ""),
    LIBTORCH(
            "libtorch",
            "the optimizers of its C++ API; its modules with autograd and AdamW for the network, on OpenBLAS",
            "one or two, set for OpenBLAS too",
            ""),
    LIBTORCH_MKL("libtorch on MKL", "the same network with MKL, as PyTorch is shipped for Python", "one or two", ""),
    DJL(
            "DJL",
            "`Optimizer.update` for each parameter, as `Trainer.step` does, on its PyTorch engine, which is another"
                    + " libtorch and runs in JVMs of its own",
            "one, by `ai.djl.pytorch.num_threads`",
            ""),
    DJL_INFERENCE(
            "DJL",
            "`Linear.linear` and `relu` over kept arrays, on its PyTorch engine",
            "one or two, by `ai.djl.pytorch.num_threads`",
            ""),
    ONNX_RUNTIME(
            "ONNX Runtime",
            "`OrtSession.run` with tensors over direct buffers, for the result too",
            "one or two, by `setIntraOpNumThreads`",
            ""),
    ND4J(
            "ND4J",
            "`AdamUpdater.applyUpdater`, then `subi`, as DL4J does; ND4J has no AdamW",
            "one, by `setMaxMasterThreads`",
            "avx512f"),
    TRIBUO(
            "Tribuo (double)",
            "`RMSProp.step`, then `Parameters.update`, as its trainers do, in double precision, the only one it has;"
                    + " its Adam multiplies by √v where Adam divides, so it is not compared",
            "one, the only choice",
            ""),
    MKL("MKL", "`cblas_sgemm` on native memory", "one or two, by `MKL_Set_Num_Threads`", ""),
    OPENBLAS("OpenBLAS", "`cblas_sgemm` on native memory", "one or two, by `blas_set_num_threads`", ""),
    NETLIB(
            "netlib VectorBLAS",
            "`sgemm` of `dev.ludovic.netlib`, which Spark uses, on arrays, by the Vector API",
            "one, the only choice",
            ""),
    EJML("EJML", "`CommonOps_FDRM.mult` and its transposed forms", "one", ""),
    OJALGO("ojAlgo", "`R032Store.fillByMultiplying`", "one or two, by `PARALLELISM`", "");

    /** The name in tables. */
    final String label;

    /** The methods that the benchmarks call. */
    final String call;

    /** The threads that it runs on. */
    final String threads;

    /** The flag of {@code /proc/cpuinfo} that its machine code needs; empty if it runs on every x86-64 processor. */
    final String needs;

    Library(String label, String call, String threads, String needs) {
        this.label = label;
        this.call = call;
        this.threads = threads;
        this.needs = needs;
    }

    /** {@return the libraries whose machine code this processor can run, if it is limited to {@code instructions}} */
    static Set<Library> runnable(InstructionSet instructions) {
        return runnable(instructions.leaves(Processor.now().features()));
    }

    /** {@return the libraries whose machine code runs on a processor with {@code flags}} */
    static Set<Library> runnable(Set<String> flags) {
        Set<Library> runnable = EnumSet.allOf(Library.class);
        runnable.removeIf(library -> !library.needs.isEmpty() && !flags.contains(library.needs));
        return runnable;
    }
}
