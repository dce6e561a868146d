package dev.lanewise.optim;

import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.optim.CheckpointLayout.Floats;
import dev.lanewise.optim.CheckpointLayout.Range;
import dev.lanewise.optim.CheckpointLayout.State;
import dev.lanewise.optim.CheckpointReader.Piece;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * Copies the tensors of a checkpoint, and converts their elements to the nearest where the optimizer stores another type.
 *
 * @param layout the tensors of the optimizer
 * @param pieces the files, which have been checked
 */
record StateConversion(CheckpointLayout layout, List<Piece> pieces) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

    /** The elements that are packed at a time, a number of whole blocks. */
    private static final int PIECE = 16 * Int8Floats.BLOCK;

    /** {@return whether elements of a type can be loaded into a buffer} */
    static boolean isPossible(DType from, Floats to, boolean conversion) {
        return from == to.dtype() || conversion && isConvertible(from, to) && isConvertible(to.dtype(), to);
    }

    private static boolean isConvertible(DType dtype, Floats tensor) {
        return dtype == DType.F32 || dtype == DType.BF16 || dtype == DType.U8 && tensor.state() != null;
    }

    /** Copies what the files have of a tensor. Where blocks are packed anew, this is done for all of a group, with its last tensor. */
    void copy(Floats tensor) {
        if (tensor.unit() > 1) {
            // Blocks that are packed here get their scales with them.
            String name = tensor.name();
            if (pieces.stream().allMatch(piece -> piece.tensor(name) != null) && isStoredInBlocks(name)) {
                pieces.forEach(piece -> copy(piece, tensor, layout.cut(tensor, piece.range()), DType.F32));
            }
        } else if (tensor.dtype() == DType.U8
                && !isStoredInBlocks(tensor.state().scales())) {
            if (tensor.equals(parts(tensor.state().scales()).getLast())) {
                pack(tensor.state());
            }
        } else {
            pieces.forEach(piece -> copy(piece, tensor, layout.cut(tensor, piece.range()), tensor.dtype()));
        }
    }

    private List<Floats> parts(String scales) {
        return layout.floats().stream()
                .filter(tensor ->
                        tensor.state() != null && tensor.state().scales().equals(scales))
                .toList();
    }

    /** {@return whether all files have the state with these scales in blocks} */
    private boolean isStoredInBlocks(String scales) {
        return parts(scales).stream()
                .allMatch(part -> pieces.stream()
                        .allMatch(piece -> piece.tensor(part.name()).dtype() == DType.U8));
    }

    /** Packs a buffer of a group anew. */
    private void pack(State state) {
        GroupState group = layout.optimizer().group(state.group());
        long length = group.length(), first = group.from + group.shift;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment floats = arena.allocate(Float.BYTES * length, Float.BYTES);
            for (Floats part : parts(state.scales())) {
                for (Piece piece : pieces) {
                    Range own = layout.range();
                    long from = own.start(piece.range().start(part.part().from()));
                    long end = own.end(piece.range().end(part.part().end())), at = from - own.from() - group.from;
                    if (from < end) {
                        copy(piece, part, floats.asSlice(Float.BYTES * at, Float.BYTES * (end - from)), DType.F32);
                    }
                }
            }
            float[] values = new float[PIECE];
            for (long done = 0; done < length; done += PIECE) {
                int count = (int) Math.min(PIECE, length - done);
                MemorySegment.copy(floats, FLOAT, Float.BYTES * done, values, 0, count);
                group.buffers.set(state.buffer(), first + done, values, count);
            }
        }
    }

    /** Copies the elements of a tensor that a file and the optimizer have to memory of some type. */
    private void copy(Piece piece, Floats tensor, MemorySegment to, DType type) {
        long count = to.byteSize() * Byte.SIZE / type.bits();
        if (count == 0) {
            return;
        }
        Tensor source = piece.tensor(tensor.name());
        MemorySegment bytes = source.bytes();
        long begin = piece.range().start(tensor.part().from());
        long from = (layout.range().start(begin) - begin) / tensor.unit();
        if (source.dtype() == type) {
            long size = type.bits() / Byte.SIZE;
            to.copyFrom(bytes.asSlice(size * from, size * count));
            return;
        }
        MemorySegment scales = null;
        boolean positive = false;
        long start = 0;
        if (source.dtype() == DType.U8) {
            ParameterGroup group = layout.groups().get(tensor.state().group());
            scales = piece.tensor(tensor.state().scales()).bytes();
            positive = group.rule().state().get(tensor.state().buffer()).kind() == StateBuffer.Kind.POSITIVE;
            start = begin - piece.range().start(group.from());
        }
        for (long i = 0; i < count; i++) {
            long at = from + i;
            float x = switch (source.dtype()) {
                case F32 -> bytes.get(FLOAT, Float.BYTES * at);
                case BF16 -> Bf16Span.bf16ToFloat(bytes.get(SHORT, Short.BYTES * at));
                default ->
                    Int8Floats.decode(
                            bytes.get(ValueLayout.JAVA_BYTE, at),
                            scales.get(FLOAT, Float.BYTES * ((start + at) / Int8Floats.BLOCK)),
                            positive);
            };
            if (type == DType.F32) {
                to.set(FLOAT, Float.BYTES * i, x);
            } else {
                to.set(SHORT, Short.BYTES * i, Bf16Span.floatToBf16(x));
            }
        }
    }
}
