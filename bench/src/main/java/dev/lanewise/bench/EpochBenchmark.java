package dev.lanewise.bench;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Measures an epoch of the network of {@link MlpBenchmark}: as many images as MNIST has are gathered into batches in a new order,
 * and each batch is a training step.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
public class EpochBenchmark {
    static final Exhibit EXHIBIT = new Exhibit(
            EpochBenchmark.class,
            "Training epoch of an MLP",
            "How long does an epoch of that MLP over 60,000 images take: a new order, batches gathered in it, and a"
                    + " step for each?",
            List.of(new Plan.Part(
                            EpochBenchmark.class,
                            Plan.EPOCH,
                            Map.of("images", List.of("strokes"), "batch", List.of("128")))
                    .of("lanewise", "libtorchMkl")),
            List.of(new Plan.Part(EpochBenchmark.class, Plan.LONG_EPOCH, Map.of("batch", List.of("32", "128")))
                    .of("lanewise", "libtorchMkl")
                    .forks(3)),
            new TableSpec(
                            "One training epoch of the MLP over 60,000 images",
                            new Unit("ms", (row, time) -> time),
                            List.of("images", "batch", "threads"),
                            MlpBenchmark.COLUMNS,
                            TableSpec.toPeers(Column.LANEWISE, MlpBenchmark.COLUMNS))
                    .labeled(row -> "MLP training epoch, " + MlpBenchmark.setting(row))
                    .drawn(TableSpec.Figure.RATIOS));

    private static final int IMAGES = 60_000;
    private static final int PIXELS = 784;

    private static int[] labels() {
        return new SplittableRandom(2).ints(IMAGES, 0, 10).toArray();
    }

    /** The network of the library. */
    @State(Scope.Benchmark)
    public static class Ours extends MlpBenchmark.Ours {
        private float[] all;
        private final int[] classes = labels();
        private final int[] order = new int[IMAGES];
        private final SplittableRandom random = new SplittableRandom(3);
        private float[] rows;
        private int[] rowLabels;

        @Setup
        public void allocateBatch() {
            all = MlpBenchmark.images(images, IMAGES);
            rows = new float[batch * PIXELS];
            rowLabels = new int[batch];
            for (int i = 0; i < IMAGES; i++) {
                order[i] = i;
            }
        }

        private double epoch() {
            for (int i = IMAGES - 1; i > 0; i--) {
                int j = random.nextInt(i + 1);
                int image = order[i];
                order[i] = order[j];
                order[j] = image;
            }
            double loss = 0;
            for (int from = 0; from < IMAGES; from += batch) {
                int count = Math.min(batch, IMAGES - from);
                for (int i = 0; i < count; i++) {
                    System.arraycopy(all, order[from + i] * PIXELS, rows, i * PIXELS, PIXELS);
                    rowLabels[i] = classes[order[from + i]];
                }
                loss += step(rows, 0, rowLabels, 0, count);
            }
            return loss;
        }
    }

    /** The same network of libtorch's modules, with its autograd; a batch is selected from the tensor of all images. */
    @State(Scope.Benchmark)
    public static class Peer extends MlpBenchmark.Peer {
        private Tensor all;
        private Tensor classes;

        @Setup
        public void allocateImages() {
            all = torch.empty(IMAGES, PIXELS);
            Torch.span(all).copyFrom(MlpBenchmark.images(images, IMAGES), 0, 0, IMAGES * PIXELS);
            classes = torch.empty(
                    new long[] {IMAGES}, new TensorOptions(torch.ScalarType.Long), new MemoryFormatOptional());
            LongPointer pointer = classes.data_ptr_long();
            int[] labels = labels();
            for (int i = 0; i < IMAGES; i++) {
                pointer.put(i, labels[i]);
            }
        }

        @SuppressWarnings("try")
        private void epoch() {
            try (PointerScope scope = new PointerScope()) {
                Tensor order = torch.randperm(IMAGES);
                for (int from = 0; from < IMAGES; from += batch) {
                    try (PointerScope step = new PointerScope()) {
                        Tensor rows = order.narrow(0, from, Math.min(batch, IMAGES - from));
                        step(all.index_select(0, rows), classes.index_select(0, rows));
                    }
                }
            }
        }
    }

    @Benchmark
    public double lanewise(Ours ours) {
        return ours.epoch();
    }

    /** Runs an epoch on OpenBLAS. */
    @Benchmark
    public void libtorch(Peer peer) {
        peer.epoch();
    }

    /** Runs an epoch on MKL. */
    @Benchmark
    @Fork(jvmArgsAppend = "-Dorg.bytedeco.openblas.load=mkl")
    public void libtorchMkl(Peer peer) {
        peer.epoch();
    }
}
