package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Bf16Floats;
import dev.lanewise.internal.kernel.FusedLoop;
import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.internal.kernel.Noise;
import dev.lanewise.internal.kernel.PackedFloats;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/** The state buffers of the groups of one loop, or of all, each with a number for each of their parameters. */
final class StateBuffers {
    /** The elements that are unpacked at a time. */
    private static final int PIECE = 1 << 12;

    /** Each buffer is floats or packed; the other one is null. */
    private final FloatSpan[] floats;

    private final PackedFloats[] packed;

    StateBuffers(int count) {
        this.floats = new FloatSpan[count];
        this.packed = new PackedFloats[count];
    }

    void set(int buffer, FloatSpan floats) {
        this.floats[buffer] = floats;
    }

    /** Makes a buffer of another type. */
    void set(int buffer, StateType type, StateBuffer.Kind kind, long length, boolean direct) {
        packed[buffer] = type == StateType.BF16
                ? new Bf16Floats(length, direct)
                : new Int8Floats(length, kind == StateBuffer.Kind.POSITIVE);
    }

    /** {@return the type of the numbers of a buffer} */
    StateType type(int buffer) {
        return packed[buffer] == null
                ? StateType.F32
                : packed[buffer] instanceof Bf16Floats ? StateType.BF16 : StateType.INT8;
    }

    /** {@return the memory of a buffer} */
    MemorySegment segment(int buffer) {
        return packed[buffer] == null ? floats[buffer].segment() : packed[buffer].segment();
    }

    /** {@return the scales of a buffer, a float for each block; null if it has none} */
    MemorySegment scales(int buffer) {
        return packed[buffer] instanceof Int8Floats blocks ? blocks.scales() : null;
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
        PackedFloats.Room room = new PackedFloats.Room();
        for (long done = 0; done < length; done += PIECE) {
            int count = (int) Math.min(PIECE, length - done);
            packed[buffer].unpack(from + done, piece, 0, count, room);
            copy.copyFrom(piece, 0, done, count);
        }
        return FloatSpan.of(copy.segment().asReadOnly());
    }

    /** Sets a range of a buffer, which begins as a group does, to a number, or to the nearest of its type. */
    void fill(int buffer, long from, long length, float value) {
        float[] piece = new float[(int) Math.min(PIECE, length)];
        Arrays.fill(piece, value);
        for (long done = 0; done < length; done += PIECE) {
            set(buffer, from + done, piece, (int) Math.min(PIECE, length - done));
        }
    }

    /** Sets a range of a buffer, which begins as a block does, to numbers, or to the nearest of its type. */
    void set(int buffer, long from, float[] values, int count) {
        if (packed[buffer] == null) {
            floats[buffer].copyFrom(values, 0, from, count);
        } else {
            packed[buffer].packNearest(values, from, count);
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
            if (scales(i) != null) {
                segments.add(scales(i));
            }
        }
    }
}
