package dev.lanewise.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tensors of other types than F32 are read as floats and written. */
class TypesTest {
    private static final int PATTERNS = 1 << 16;

    @TempDir
    private Path folder;

    private Path write(Tensor... tensors) throws IOException {
        Path file = folder.resolve("types.safetensors");
        Safetensors.write(file, List.of(tensors), Map.of());
        return file;
    }

    private static float[] read(Path file, String name, int length) throws IOException {
        float[] floats = new float[length];
        try (Arena arena = Arena.ofConfined()) {
            Safetensors.map(file, arena).copyTo(name, FloatSpan.of(floats));
        }
        return floats;
    }

    private static short[] allPatterns() {
        short[] patterns = new short[PATTERNS];
        for (int i = 0; i < PATTERNS; i++) {
            patterns[i] = (short) i;
        }
        return patterns;
    }

    /** Returns the value of a number of 16 bits by the definition of IEEE 754: 5 bits of exponent, 10 of significand. */
    private static float half(int bits) {
        int exponent = bits >> 10 & 31, significand = bits & 1023;
        float magnitude = exponent == 31
                ? significand == 0 ? Float.POSITIVE_INFINITY : Float.NaN
                : exponent == 0 ? Math.scalb(significand, -24) : Math.scalb(1024 + significand, exponent - 25);
        return bits >> 15 == 0 ? magnitude : -magnitude;
    }

    @Test
    void everyNumberOf16BitsIsExact() throws IOException {
        List<Long> shape = List.of(256L, 256L);
        Path file = write(
                new Tensor("f16", DType.F16, shape, MemorySegment.ofArray(allPatterns())),
                Tensor.of("bf16", Bf16Span.of(allPatterns()), 256, 256));
        float[] f16 = read(file, "f16", PATTERNS), bf16 = read(file, "bf16", PATTERNS);
        for (int i = 0; i < PATTERNS; i++) {
            assertEquals(half(i), f16[i]);
            assertEquals(Float.intBitsToFloat(i << 16), bf16[i]);
        }
    }

    @Test
    void doublesAreRoundedToTheNearestFloat() throws IOException {
        double[] doubles = {
            0.1,
            -0.0,
            0x1p-150,
            0x1.000001p-150,
            0x1.fffffefp127,
            0x1.ffffffp127,
            -1e300,
            Double.NaN,
            0x1.000001p0,
            0x1.000003p0
        };
        float[] expected = {
            0.1f,
            -0f,
            0,
            Float.MIN_VALUE,
            Float.MAX_VALUE,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN,
            1,
            0x1.000004p0f
        };
        Path file = write(
                new Tensor("b", DType.BOOL, List.of(1L), MemorySegment.ofArray(new byte[1])),
                new Tensor("d", DType.F64, List.of(10L), MemorySegment.ofArray(doubles)));
        assertArrayEquals(expected, read(file, "d", 10));
    }

    @Test
    void floatsKeepTheirBits() throws IOException {
        MemorySegment bits = MemorySegment.ofArray(new int[] {0x7fa1_2345, 0x8000_0000, 1});
        Path file = write(new Tensor("f", DType.F32, List.of(3L), bits));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(12);
            Safetensors.map(file, arena).copyTo("f", FloatSpan.of(target));
            assertEquals(-1, target.mismatch(bits));
        }
    }

    /** The last block is not full, and the bytes of a tensor may begin anywhere. */
    @Test
    void anyNumberOfElementsAnywhere() throws IOException {
        int count = 2500;
        double[] doubles = new double[count];
        short[] halves = new short[count];
        float[] expected = new float[count];
        for (int i = 0; i < count; i++) {
            expected[i] = i - 1250;
            doubles[i] = expected[i];
            halves[i] = Float.floatToFloat16(expected[i]);
        }
        Bf16Span bf16 = Bf16Span.of(new short[count]);
        bf16.copyFrom(FloatSpan.of(expected));
        Path file = write(
                new Tensor("byte", DType.U8, List.of(1L), MemorySegment.ofArray(new byte[1])),
                new Tensor("f64", DType.F64, List.of((long) count), MemorySegment.ofArray(doubles)),
                new Tensor("f16", DType.F16, List.of((long) count), MemorySegment.ofArray(halves)),
                Tensor.of("bf16", bf16, 50, 50));
        assertArrayEquals(expected, read(file, "f64", count));
        assertArrayEquals(expected, read(file, "f16", count));
        float[] rounded = read(file, "bf16", count);
        for (int i = 0; i < count; i++) {
            assertEquals(bf16.get(i), rounded[i]);
        }
        MemorySegment content = MemorySegment.ofArray(Files.readAllBytes(file));
        Bf16Span view = Safetensors.of(content, "heap").bf16("bf16");
        assertArrayEquals(
                bf16.segment().toArray(ValueLayout.JAVA_SHORT),
                view.segment().toArray(ValueLayout.JAVA_SHORT_UNALIGNED));
        assertThrows(IllegalArgumentException.class, () -> view.set(0, 1));
    }

    @Test
    void refusalsNameTheTensorAndWriteNothing() throws IOException {
        byte[] content = Files.readAllBytes(write(
                Tensor.of("step", 7),
                Tensor.of("w", Bf16Span.of(new short[6]), 2, 3),
                Tensor.of("f", FloatSpan.of(new float[2]), 2)));
        MemorySegment memory = MemorySegment.ofArray(content);
        Safetensors file = Safetensors.of(memory, "file");
        float[] floats = {1, 2, 3, 4, 5};
        assertRefused(
                "target must have the length 6 of tensor w in file: 5", () -> file.copyTo("w", FloatSpan.of(floats)));
        assertRefused(
                "file: tensor step must be of a type of [F32, F16, BF16, F64] to be copied as floats: I64",
                () -> file.copyTo("step", FloatSpan.of(floats, 0, 1)));
        assertRefused("file: there is no tensor v among the 3", () -> file.copyTo("v", FloatSpan.of(floats)));
        assertRefused("file: tensor f must be of type BF16 to be read as such: F32", () -> file.bf16("f"));
        assertThrows(
                IllegalArgumentException.class,
                () -> file.copyTo(
                        "f", FloatSpan.of(MemorySegment.ofArray(new float[2]).asReadOnly())));
        assertArrayEquals(new float[] {1, 2, 3, 4, 5}, floats);
        FloatSpan own = FloatSpan.of(memory.asSlice(content.length - 8));
        assertRefused("target must not share memory with tensor f in file: " + own, () -> file.copyTo("f", own));
        assertRefused(
                "tensor w: bytes must have the size of the shape [2, 2] of BF16: 6",
                () -> Tensor.of("w", Bf16Span.of(new short[3]), 2, 2));
    }

    private static void assertRefused(String message, Runnable call) {
        assertEquals(
                message, assertThrows(IllegalArgumentException.class, call::run).getMessage());
    }
}
