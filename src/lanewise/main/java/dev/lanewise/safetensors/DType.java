package dev.lanewise.safetensors;

import java.util.List;

/** The type of the elements of a {@link Tensor}, under its name in the safetensors format. */
public enum DType {
    /** A boolean, in a byte. */
    BOOL(8),
    /** Floating point of 4 bits, two in a byte. */
    F4(4),
    /** Floating point of 6 bits, with an exponent of 2. */
    F6_E2M3(6),
    /** Floating point of 6 bits, with an exponent of 3. */
    F6_E3M2(6),
    /** An unsigned byte. */
    U8(8),
    /** A signed byte. */
    I8(8),
    /** Floating point of 8 bits, with an exponent of 5. */
    F8_E5M2(8),
    /** Floating point of 8 bits, with an exponent of 4. */
    F8_E4M3(8),
    /** A power of two, in 8 bits. */
    F8_E8M0(8),
    /** Floating point of 8 bits, with an exponent of 4, without infinities and −0. */
    F8_E4M3FNUZ(8),
    /** Floating point of 8 bits, with an exponent of 5, without infinities and −0. */
    F8_E5M2FNUZ(8),
    /** A signed integer of 16 bits. */
    I16(16),
    /** An unsigned integer of 16 bits. */
    U16(16),
    /** Floating point of 16 bits, as in IEEE 754. */
    F16(16),
    /** Floating point of 16 bits, the upper half of a float. */
    BF16(16),
    /** A signed integer of 32 bits, Java's int. */
    I32(32),
    /** An unsigned integer of 32 bits. */
    U32(32),
    /** Java's float. */
    F32(32),
    /** A complex number of two floats. */
    C64(64),
    /** Java's double. */
    F64(64),
    /** A signed integer of 64 bits, Java's long. */
    I64(64),
    /** An unsigned integer of 64 bits. */
    U64(64);

    private static final List<DType> CONVERTIBLE = List.of(F32, F16, BF16, F64);

    private final int bits;

    DType(int bits) {
        this.bits = bits;
    }

    /** {@return the size of an element in bits} */
    public int bits() {
        return bits;
    }

    /** {@return the types whose elements {@link Safetensors#copyTo} converts to floats: F32, F16, BF16 and F64} */
    public static List<DType> convertible() {
        return CONVERTIBLE;
    }

    /** Returns the size of a tensor in bytes; −1 if a {@code long} cannot hold it or if the last byte would not be full. */
    long bytes(Iterable<Long> shape) {
        try {
            long elements = 1;
            for (long length : shape) {
                elements = Math.multiplyExact(elements, length);
            }
            long total = Math.multiplyExact(elements, bits);
            return total % 8 == 0 ? total / 8 : -1;
        } catch (ArithmeticException e) {
            return -1;
        }
    }
}
