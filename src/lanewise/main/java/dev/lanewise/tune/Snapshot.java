package dev.lanewise.tune;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.OptimizerSnapshot;
import java.util.List;
import java.util.Objects;

/**
 * A copy of the parameters and the optimizer's state, with an action that restores everything else. With it each of many runs
 * begins with the same bits, and a test leaves no trace.
 *
 * {@snippet :
 * Optimizer optimizer = new Optimizer(FloatSpan.of(new float[3]), new AdamW());
 * int[] nextBatch = {0};
 * Snapshot start = new Snapshot(optimizer, () -> nextBatch[0] = 0);
 * optimizer.step(FloatSpan.of(new float[] {1, 2, 3}));
 * start.restore();
 * }
 */
public final class Snapshot {
    private final List<FloatSpan> spans;
    private final List<FloatSpan> copies;
    private final Runnable rewind;

    /**
     * Copies floats.
     *
     * @param spans the parameters and the state: any number of spans, in any storage
     * @param rewind restores everything that is not floats to what it is now: the count of steps, the order of the data, the
     *     random numbers
     * @throws IllegalArgumentException if a span is read-only, because it cannot be restored
     */
    public Snapshot(List<FloatSpan> spans, Runnable rewind) {
        this.spans = List.copyOf(spans);
        this.rewind = Objects.requireNonNull(rewind, "rewind");
        for (FloatSpan span : this.spans) {
            if (span.segment().isReadOnly()) {
                throw new IllegalArgumentException("spans must not be read-only: " + span);
            }
        }
        this.copies = this.spans.stream().map(FloatSpan::copy).toList();
    }

    /**
     * Copies an optimizer with its parameters, as {@link Optimizer#snapshot()} does.
     *
     * @param optimizer the optimizer
     * @param rewind restores everything outside the optimizer to what it is now: the order of the data, the random numbers
     * @throws IllegalStateException if the optimizer is in a step, or if memory of its parameters is closed
     */
    public Snapshot(Optimizer optimizer, Runnable rewind) {
        this(List.of(), then(optimizer.snapshot(), rewind));
    }

    private static Runnable then(OptimizerSnapshot optimizer, Runnable rewind) {
        Objects.requireNonNull(rewind, "rewind");
        return () -> {
            optimizer.restore();
            rewind.run();
        };
    }

    /** Restores every bit of the floats, and then rewinds. It may be called any number of times. */
    public void restore() {
        for (int i = 0; i < spans.size(); i++) {
            spans.get(i).copyFrom(copies.get(i));
        }
        rewind.run();
    }
}
