package dev.lanewise.internal.kernel;

import static dev.lanewise.internal.kernel.Int8Floats.BLOCK;
import static dev.lanewise.internal.kernel.Int8Floats.CUT;
import static dev.lanewise.internal.kernel.Int8Floats.LEAST_POSITIVE;
import static dev.lanewise.internal.kernel.Int8Floats.LEAST_SIGNED;
import static dev.lanewise.internal.kernel.Int8Floats.TWICE;
import static dev.lanewise.internal.kernel.Vectors.FLOAT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.INTS;
import static dev.lanewise.internal.kernel.Vectors.INT_TYPE;
import static dev.lanewise.internal.kernel.Vectors.LANES;
import static dev.lanewise.internal.kernel.Vectors.SPECIES;
import static jdk.incubator.vector.VectorOperators.B2I;
import static jdk.incubator.vector.VectorOperators.I2B;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;
import static jdk.incubator.vector.VectorOperators.LT;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.lang.invoke.MethodHandles;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/** The vector loops of {@link Int8Floats}, which pack and unpack whole blocks. */
public final class Int8Kernel {
    private static final Specialization SPEC = Specialization.of(MethodHandles.lookup());
    private static final boolean PACK = SPEC.has(Int8Floats.PACK), POSITIVE = SPEC.has(Int8Floats.POSITIVE);
    private static final int BIAS = POSITIVE ? Int8Floats.POSITIVE_BIAS : Int8Floats.SIGNED_BIAS;
    private static final VectorSpecies<Byte> BYTES = Vectors.species(byte.class, Byte.BYTES);

    static void run(Object[] arrays, long[] at, int count, float[] c) {
        byte[] codes = (byte[]) arrays[0];
        float[] scales = (float[]) arrays[1], values = (float[]) arrays[2];
        int first = (int) at[0], noise = (int) at[1], offset = (int) at[2];
        // Calls without elements count among those of the methods below as well, which C2 compiles by themselves.
        for (int block = 0; block == 0 || block < count; block += BLOCK) {
            // A trial may end within a block.
            int length = Math.min(BLOCK, count - block), code = first + block, value = offset + block;
            if (PACK) {
                pack(values, value, codes, code, scales, length, noise + block * Noise.STRIDE);
            } else if (scales[code / BLOCK] < 0) {
                for (int i = 0; i < length; i++) {
                    values[value + i] = Int8Floats.decode(codes[code + i], scales[code / BLOCK], POSITIVE);
                }
            } else {
                unpack(codes, code, scales[code / BLOCK], values, value, length);
            }
        }
    }

    private static void unpack(byte[] codes, int code, float scale, float[] values, int value, int length) {
        if (length == 0) {
            return;
        }
        for (int i = 0; i < length; i += LANES) {
            IntVector bits =
                    (IntVector) ByteVector.fromArray(BYTES, codes, code + i).convertShape(B2I, INTS, 0);
            IntVector y = bits.and(POSITIVE ? 0xFF : 0x7F).add(BIAS).lanewise(LSHL, CUT);
            FloatVector x = (FloatVector) y.reinterpretShape(SPECIES, 0);
            if (!POSITIVE) {
                FloatVector small = ((FloatVector) y.add(TWICE).reinterpretShape(SPECIES, 0)).sub(LEAST_SIGNED);
                x = x.blend(small, x.compare(LT, LEAST_SIGNED));
            }
            x = x.mul(scale);
            if (!POSITIVE) {
                IntVector sign = bits.and(0x80).lanewise(LSHL, 24);
                x = (FloatVector)
                        ((IntVector) x.reinterpretShape(INTS, 0)).or(sign).reinterpretShape(SPECIES, 0);
            }
            FLOAT_TYPE.cast(x).intoArray(values, value + i);
        }
    }

    private static void pack(float[] values, int value, byte[] codes, int code, float[] scales, int length, int noise) {
        if (length == 0) {
            return;
        }
        IntVector max = IntVector.zero(INTS);
        for (int i = 0; i < length; i += LANES) {
            max = bits(FloatVector.fromArray(SPECIES, values, value + i))
                    .and(0x7FFFFFFF)
                    .max(max);
        }
        int most = INT_TYPE.cast(max).reduceLanes(MAX);
        if (most >= 0x7F800000) {
            Int8Floats.encode(values, value, codes, code, scales, length, noise, Noise.STRIDE, POSITIVE);
            return;
        }
        scales[code / BLOCK] = Int8Floats.scale(most);
        float inverse = Int8Floats.inverse(most);
        IntVector noises = IntVector.zero(INTS).addIndex(1).mul(Noise.STRIDE).add(noise);
        for (int i = 0; i < length; i += LANES) {
            FloatVector x = FLOAT_TYPE.cast(FloatVector.fromArray(SPECIES, values, value + i));
            FloatVector y = FLOAT_TYPE.cast(x.abs()).mul(inverse);
            IntVector bits = POSITIVE ? bits(y.blend(LEAST_POSITIVE, y.compare(LT, LEAST_POSITIVE))) : bits(y);
            if (!POSITIVE) {
                bits = bits.blend(
                        bits(y.add(LEAST_SIGNED)).sub(TWICE),
                        y.compare(LT, LEAST_SIGNED).cast(INTS));
            }
            IntVector round =
                    noises.add(IntVector.broadcast(INTS, i * Noise.STRIDE)).lanewise(LSHR, 32 - CUT);
            IntVector all = bits.add(round).lanewise(LSHR, CUT).sub(BIAS);
            if (!POSITIVE) {
                all = all.or(bits(x).lanewise(LSHR, 24).and(0x80));
            }
            ((ByteVector) all.convertShape(I2B, BYTES, 0)).intoArray(codes, code + i);
        }
    }

    private static IntVector bits(FloatVector x) {
        return (IntVector) x.reinterpretShape(INTS, 0);
    }
}
