package dev.lanewise.bench;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Serving;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Measures how long a prediction takes for each of several threads that call all the time, alone and beside a thread that trains
 * the network 784-256-128-10 by AdamW and publishes it; and how soon that thread, whose kernels have never run in this JVM, takes
 * its steps.
 */
final class ServeLatency {
    private static final int[] SIZES = {784, 256, 128, 10};
    private static final int INPUTS = SIZES[0], CLASSES = SIZES[3], BATCH = 128;

    /** The steps after which the trainer publishes, and those whose times are printed. */
    private static final int PUBLISHED = 10;

    private static final int[] SHOWN = {1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000};

    private final int readers, rows;
    private final double seconds;
    private final Mlp mlp = new Mlp(SIZES);
    private final Serving serving;

    ServeLatency(int readers, int rows, double seconds) {
        this.readers = readers;
        this.rows = rows;
        this.seconds = seconds;
        mlp.initialize(1);
        serving = new Serving(mlp);
    }

    /** The times of calls, in 32 classes for each power of two, so that a quantile is at most 3 % too low. */
    private static final class Histogram {
        private final long[] counts = new long[64 * 32];

        void add(long nanos) {
            int power = 63 - Long.numberOfLeadingZeros(nanos | 32);
            counts[power * 32 + (int) (nanos >>> power - 5 & 31)]++;
        }

        void add(Histogram other) {
            for (int i = 0; i < counts.length; i++) {
                counts[i] += other.counts[i];
            }
        }

        long count() {
            long sum = 0;
            for (long count : counts) {
                sum += count;
            }
            return sum;
        }

        String cells(double seconds) {
            return "%.0f | %.1f | %.1f | %.1f | %.0f"
                    .formatted(count() / seconds, quantile(0.5), quantile(0.99), quantile(0.999), quantile(1));
        }

        /** {@return the time that a share of the calls do not exceed, in microseconds} */
        double quantile(double share) {
            long left = (long) Math.ceil(share * count());
            int i = -1;
            while (left > 0) {
                left -= counts[++i];
            }
            return (32L + i % 32 << i / 32 - 5) / 1e3;
        }
    }

    /** A thread that predicts until the phase ends. */
    private final class Reader extends Thread {
        private final Histogram histogram = new Histogram();
        private final AtomicBoolean ended;

        Reader(AtomicBoolean ended) {
            this.ended = ended;
        }

        @Override
        public void run() {
            float[] x = new float[rows * INPUTS], logits = new float[rows * CLASSES];
            Values.fill(FloatSpan.of(x), 2, 0, 1);
            while (!ended.get()) {
                long begin = System.nanoTime();
                serving.latest().predict(x, 0, rows, logits, 0);
                histogram.add(System.nanoTime() - begin);
            }
        }
    }

    /** The thread that trains until the phase ends. */
    private final class Trainer extends Thread {
        private final AtomicBoolean ended;
        private final List<Double> times = new ArrayList<>();

        Trainer(AtomicBoolean ended) {
            this.ended = ended;
        }

        @Override
        public void run() {
            float[] x = new float[BATCH * INPUTS];
            Values.fill(FloatSpan.of(x), 3, 0, 1);
            int[] labels = new int[BATCH];
            for (int i = 0; i < BATCH; i++) {
                labels[i] = i % CLASSES;
            }
            Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
            long begin = System.nanoTime();
            while (!ended.get()) {
                mlp.forwardBackward(x, 0, labels, 0, BATCH);
                optimizer.step(mlp.gradients());
                times.add((System.nanoTime() - begin) / 1e9);
                if (times.size() % PUBLISHED == 0) {
                    serving.publish(mlp);
                }
            }
        }
    }

    private Trainer phase(int readers, boolean training, boolean printed) {
        AtomicBoolean ended = new AtomicBoolean();
        List<Reader> all = new ArrayList<>();
        for (int i = 0; i < readers; i++) {
            all.add(new Reader(ended));
            all.getLast().start();
        }
        Trainer trainer = training ? new Trainer(ended) : null;
        if (training) {
            trainer.start();
        }
        try {
            Thread.sleep((long) (seconds * 1e3));
            ended.set(true);
            Histogram sum = new Histogram();
            for (Reader reader : all) {
                reader.join();
                sum.add(reader.histogram);
            }
            if (training) {
                trainer.join();
            }
            if (printed) {
                String steps = training ? "%.0f".formatted(trainer.times.size() / seconds) : "–";
                System.out.println("| " + readers + " | " + steps + " | "
                        + (readers > 0 ? sum.cells(seconds) : "– | – | – | – | –") + " |");
            }
            return trainer;
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    void run() {
        // C2 compiles the predictions meanwhile, and no kernel of a step.
        phase(1, false, false);
        Trainer cold = phase(readers, true, false);
        StringBuilder line = new StringBuilder("A cold trainer beside " + readers + " readers, seconds to step");
        for (int step : SHOWN) {
            if (step <= cold.times.size()) {
                line.append(" %d: %.2f;".formatted(step, cold.times.get(step - 1)));
            }
        }
        System.out.println(line + " " + cold.times.size() + " steps in " + seconds + " s");
        phase(0, true, false);
        System.out.println("| readers | steps a second | predictions of " + rows
                + " rows a second | p50 in µs | p99 | p99.9 | largest |");
        System.out.println("|--:|--:|--:|--:|--:|--:|--:|");
        phase(1, false, true);
        phase(readers, false, true);
        phase(readers, true, true);
        phase(0, true, true);
    }
}
