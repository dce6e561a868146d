package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Bf16Floats;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Noise;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** The state buffers of the groups of one loop, or of all, each with a number for each of their parameters. */
final class StateBuffers {
    /** The elements that are unpacked at a time. */
    private static final int PIECE = 1 << 12;

    /** Each buffer is floats or packed; the other one is null. */
    private final FloatSpan[] floats;

    private final Bf16Floats[] packed;

    StateBuffers(int count) {
        this.floats = new FloatSpan[count];
        this.packed = new Bf16Floats[count];
    }

    void set(int buffer, FloatSpan floats) {
        this.floats[buffer] = floats;
    }

    void set(int buffer, Bf16Floats packed) {
        this.packed[buffer] = packed;
    }

    /** {@return the type of the numbers of a buffer} */
    StateType type(int buffer) {
        return packed[buffer] == null ? StateType.F32 : StateType.BF16;
    }

    /** {@return the memory of a buffer} */
    MemorySegment segment(int buffer) {
        return packed[buffer] == null ? floats[buffer].segment() : packed[buffer].segment();
    }

    /**
     * Binds a loop to the buffers.
     *
     * @param seed the seed of the noise
     * @param step the number of the step
     * @param first the index of the first parameter among those of all ranks
     * @param pass 0 for the first pass of a rule that has two, 1 otherwise, so that each has its own noise
     */
    void bind(FusedLoop loop, long seed, long step, long first, int pass) {
        for (int i = 0; i < loop.buffers() - 2; i++) {
            if (packed[i] == null) {
                loop.bind(2 + i, floats[i]);
            } else {
                loop.bind(2 + i, packed[i], Noise.at(Noise.of(seed, step, 2 * i + pass), first));
            }
        }
    }

    /** {@return a range of a buffer: a view, or a read-only copy if it is not stored in floats} */
    FloatSpan view(int buffer, long from, long length) {
        if (packed[buffer] == null) {
            return floats[buffer].slice(from, length);
        }
        FloatSpan copy = FloatSpan.of(Arena.ofAuto().allocate(Float.BYTES * length, Float.BYTES));
        float[] piece = new float[(int) Math.min(PIECE, length)];
        for (long done = 0; done < length; done += PIECE) {
            int count = (int) Math.min(PIECE, length - done);
            packed[buffer].unpack(from + done, piece, 0, count);
            copy.copyFrom(piece, 0, done, count);
        }
        return FloatSpan.of(copy.segment().asReadOnly());
    }

    /** Sets a range of a buffer to a number, or to the nearest of its type. */
    void fill(int buffer, long from, long length, float value) {
        if (packed[buffer] != null) {
            packed[buffer].fill(from, length, value);
            return;
        }
        for (long i = from; i < from + length; i++) {
            floats[buffer].set(i, value);
        }
    }

    /** Adds the buffers of floats to a list. */
    void addFloats(List<FloatSpan> spans) {
        for (FloatSpan span : floats) {
            if (span != null) {
                spans.add(span);
            }
        }
    }

    /** Adds the memory of all buffers to a list. */
    void addMemory(List<MemorySegment> segments) {
        for (int i = 0; i < floats.length; i++) {
            segments.add(segment(i));
        }
    }
}
