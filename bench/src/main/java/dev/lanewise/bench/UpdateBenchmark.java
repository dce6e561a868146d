package dev.lanewise.bench;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Measures a step of one rule: fused, unfused, scalar, its memory traffic alone, and the peers. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class UpdateBenchmark {
    @Benchmark
    public void lanewise(LanewiseStep step) {
        step.run();
    }

    /** Runs a step over native memory. */
    @Benchmark
    public void lanewiseNative(LanewiseStep.Native step) {
        step.run();
    }

    /** Runs the scalar definition, which C2 vectorizes where it can. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dlanewise.vectorBits=0")
    public void scalar(LanewiseStep step) {
        step.run();
    }

    /** Runs the scalar definition one element at a time. */
    @Benchmark
    @Fork(jvmArgsAppend = {"-Dlanewise.vectorBits=0", "-XX:-UseSuperWord"})
    public void scalarWithoutSuperWord(LanewiseStep step) {
        step.run();
    }

    /** Runs a loop for each operation. */
    @Benchmark
    public double passes(UnfusedStep passes) {
        return passes.run();
    }

    /** Moves the same memory, which is the limit. */
    @Benchmark
    public float memory(MemoryTraffic traffic) {
        return traffic.move();
    }

    @Benchmark
    public void libtorchFused(TorchStep peer) {
        peer.fused.run();
    }

    @Benchmark
    public void libtorch(TorchStep peer) {
        peer.standard.step();
    }

    /** Runs a step of DJL on PyTorch; the fork loads DJL's own libtorch instead of the binding's. */
    @Benchmark
    @Fork(
            jvmArgsAppend = {
                "-DDJL_CACHE_DIR=target/peers",
                "-Dai.djl.offline=true",
                "-DOPT_OUT_TRACKING=true",
                "-Dai.djl.pytorch.num_threads=1",
                "-Dai.djl.pytorch.num_interop_threads=1"
            })
    public void djl(DjlStep peer) {
        peer.run();
    }

    @Benchmark
    public void nd4j(Nd4jStep peer) {
        peer.run();
    }

    /** Runs a step in double precision, the only one that Tribuo has. */
    @Benchmark
    public void tribuo(TribuoStep peer) {
        peer.run();
    }
}
