package dev.lanewise.memory;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.internal.kernel.Storage;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.UpdateRule;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way to wrap another library's memory that the documentation shows takes steps in that memory itself. */
class ZeroCopyTest {
    private static final int N = 10_000;

    private static final float[] START = Floats.uniform(N, 1);
    private static final float[] GRADIENT = Floats.uniform(N, 2);

    /** Returns the result of a step on the same values in arrays. */
    private static float[] stepped(UpdateRule rule) {
        float[] parameters = START.clone();
        new Optimizer(FloatSpan.of(parameters), rule).step(FloatSpan.of(GRADIENT));
        return parameters;
    }

    @Test
    void directBuffer() {
        int n = N;
        // @start region="direct"
        ByteBuffer buffer = ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder());
        FloatSpan parameters = FloatSpan.of(MemorySegment.ofBuffer(buffer));
        // @end
        FloatBuffer floats = buffer.asFloatBuffer();
        floats.put(START).rewind();
        assertEquals(Storage.NATIVE, Storage.of(parameters));

        new Optimizer(parameters, new AdamW()).step(FloatSpan.of(GRADIENT));

        float[] found = new float[n];
        floats.get(found);
        assertArrayEquals(stepped(new AdamW()), found);
    }

    /** The segment of a buffer begins at its position and ends at its limit; the buffer's byte order does not matter. */
    @Test
    void directBufferWithAPositionOfTheOtherByteOrder() {
        ByteBuffer buffer = ByteBuffer.allocateDirect(4 * N + 12);
        buffer.position(8).limit(8 + 4 * N);
        FloatSpan parameters = FloatSpan.of(MemorySegment.ofBuffer(buffer));
        assertEquals(N, parameters.length());
        parameters.set(0, 1.5f);
        ByteOrder other =
                ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        assertEquals(1.5f, buffer.order(ByteOrder.nativeOrder()).getFloat(8));
        assertNotEquals(1.5f, buffer.order(other).getFloat(8));

        FloatBuffer floats = buffer.order(ByteOrder.nativeOrder()).asFloatBuffer();
        floats.put(START).rewind();
        FloatSpan view = FloatSpan.of(MemorySegment.ofBuffer(floats));
        assertEquals(Storage.NATIVE, Storage.of(view));
        new Optimizer(view, new AdamW()).step(FloatSpan.of(GRADIENT));
        assertArrayEquals(stepped(new AdamW()), parameters.toArray());
    }

    /** The floats are beyond 2³¹ bytes, and the last ones beyond 2³¹ elements, of a file that is nearly all holes. */
    @Test
    void fileOfMoreThan2GiB(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("parameters");
        long floats = (1L << 31) + 2L * N;
        for (long from : new long[] {(1L << 29) + 3, (1L << 31) - N / 2, floats - N}) {
            // @start region="mapped"
            try (FileChannel channel = FileChannel.open(
                            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
                    Arena arena = Arena.ofConfined()) {
                MemorySegment mapped = channel.map(MapMode.READ_WRITE, 0, 4 * floats, arena);
                FloatSpan parameters = FloatSpan.of(mapped).slice(from, N);
                // @end
                assertEquals(4 * floats, mapped.byteSize());
                assertEquals(Storage.STAGED, Storage.of(parameters));
                parameters.copyFrom(START, 0, 0, N);

                // @start region="mapped-step"
                Optimizer optimizer = new Optimizer(parameters, new AdamW());
                optimizer.step(FloatSpan.of(GRADIENT));
                parameters.segment().force();
            }
            // @end
            byte[] bytes = new byte[4 * N];
            try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                assertEquals(4 * floats, channel.size());
                assertEquals(bytes.length, channel.read(ByteBuffer.wrap(bytes), 4 * from));
            }
            float[] found = FloatSpan.of(MemorySegment.ofArray(bytes)).toArray();
            assertArrayEquals(stepped(new AdamW()), found);
        }
    }

    /** A segment keeps the memory of an automatic arena or of a buffer as long as it is reachable, also while a step runs. */
    @Test
    void memoryStaysWhileItIsReachable() throws InterruptedException {
        FloatSpan parameters = FloatSpan.of(MemorySegment.ofBuffer(ByteBuffer.allocateDirect(4 * N)));
        FloatSpan gradients = FloatSpan.of(Arena.ofAuto().allocate(4L * N));
        for (int i = 0; i < 3; i++) {
            System.gc();
            Thread.sleep(1);
            parameters.copyFrom(START, 0, 0, N);
            gradients.copyFrom(GRADIENT, 0, 0, N);
            new Optimizer(parameters, new AdamW()).step(gradients);
            assertArrayEquals(stepped(new AdamW()), parameters.toArray());
        }
        assertTrue(parameters.segment().scope().isAlive());
    }

    /**
     * Memory that another thread could free during a step, and a file that another process could cut short, are not addressed
     * directly, even if a buffer wraps them.
     */
    @Test
    void bufferOfASharedArenaOrAFileIsStaged(@TempDir Path folder) throws IOException {
        try (Arena arena = Arena.ofShared()) {
            ByteBuffer buffer = arena.allocate(16).asByteBuffer();
            assertEquals(Storage.STAGED, Storage.of(FloatSpan.of(MemorySegment.ofBuffer(buffer))));
        }
        try (FileChannel channel = FileChannel.open(
                folder.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer mapped = channel.map(MapMode.READ_WRITE, 0, 16);
            assertEquals(Storage.STAGED, Storage.of(FloatSpan.of(MemorySegment.ofBuffer(mapped))));
        }
    }
}
