package dev.lanewise.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Uses segments of every kind and vectors of two lengths, as an application may do beside the library, through the same methods of
 * the JDK that the library's kernels call. C2 has one profile for each of these methods in the whole JVM, so that afterwards the
 * profile no longer predicts the class of a segment or of a vector. Vectors of more lengths do less harm: C2 compiles a call for up
 * to two classes of its receiver, and leaves one with more to be resolved once it knows the class.
 */
final class Pollution {
    private static final int ROUNDS = 30_000;
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED;
    private static final VectorShape PREFERRED = VectorShape.preferredShape();

    /** The kernels' length and half of it, or twice the least length. */
    private static final List<VectorShape> SHAPES = List.of(
            PREFERRED,
            PREFERRED == VectorShape.S_64_BIT
                    ? VectorShape.S_128_BIT
                    : VectorShape.forBitSize(PREFERRED.vectorBitSize() / 2));

    private Pollution() {}

    /** {@return a sum that depends on all of the work, so that C2 keeps it} */
    static float run() {
        float sum = 0;
        try (Arena confined = Arena.ofConfined();
                Arena shared = Arena.ofShared()) {
            float[] floats = new float[64];
            MemorySegment array = MemorySegment.ofArray(floats);
            List<MemorySegment> segments = List.of(
                    array,
                    MemorySegment.ofArray(new byte[256]),
                    confined.allocate(256),
                    shared.allocate(256),
                    Arena.ofAuto().allocate(256),
                    Arena.global().allocate(256),
                    array.asReadOnly(),
                    Arena.ofAuto().allocate(256).asReadOnly(),
                    mapped(shared));
            for (int round = 0; round < ROUNDS; round++) {
                for (MemorySegment segment : segments) {
                    VectorShape shape = SHAPES.get(round % SHAPES.size());
                    sum += scalars(segment) + vectors(shape, segment, floats) + copies(segment, floats, round % 32);
                }
            }
        }
        return sum;
    }

    private static MemorySegment mapped(Arena arena) {
        try {
            Path file = Files.createTempFile("lanewise", ".bin");
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
                return channel.map(FileChannel.MapMode.READ_WRITE, 0, 256, arena);
            } finally {
                Files.delete(file);
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static float scalars(MemorySegment segment) {
        float sum = 0;
        for (long at = 0; at < segment.byteSize(); at += 64) {
            sum += segment.get(FLOAT, at);
            if (!segment.isReadOnly()) {
                segment.set(FLOAT, at, sum * 0.5f);
            }
        }
        return sum;
    }

    private static float vectors(VectorShape shape, MemorySegment segment, float[] floats) {
        VectorSpecies<Float> species = VectorSpecies.of(float.class, shape);
        FloatVector sum = FloatVector.fromArray(species, floats, 0), two = FloatVector.broadcast(species, 2);
        DoubleVector total = DoubleVector.zero(VectorSpecies.of(double.class, shape));
        for (long at = 0, bytes = species.vectorByteSize(); at < 2 * bytes; at += bytes) {
            FloatVector x = FloatVector.fromMemorySegment(species, segment, at, ByteOrder.nativeOrder());
            sum = sum.add(x.mul(0.5f).sub(two).div(x.mul(x).add(two).sqrt()));
            sum = sum.blend(two, sum.compare(VectorOperators.GT, two));
            DoubleVector wide = (DoubleVector) sum.convertShape(VectorOperators.F2D, total.species(), 0);
            total = wide.fma(wide, total);
            if (!segment.isReadOnly()) {
                sum.mul(0.25f).intoMemorySegment(segment, at, ByteOrder.nativeOrder());
            }
        }
        sum.intoArray(floats, 0);
        return sum.lane(0) + (float) total.lane(0);
    }

    private static float copies(MemorySegment segment, float[] floats, int from) {
        MemorySegment slice = segment.asSlice(4L * from, 128);
        if (!slice.isReadOnly()) {
            MemorySegment.copy(floats, from, slice, FLOAT, 0, 32);
        }
        MemorySegment.copy(slice, FLOAT, 0, floats, from, 32);
        return floats[from];
    }
}
