package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * A copy of a matrix in the order in which {@link Gemm} reads the right factor of a product, for a factor that is used again and
 * again, such as the weight of a layer that is no longer trained. A product by it does not pack, which takes more than half of the time if
 * there are few rows, and has the same bits as a product by the matrix.
 *
 * <p>A packed matrix is immutable, so that any number of threads can use it at the same time, each with a {@link Gemm} of its own.
 * It has as many floats as the matrix, but each row is padded to a multiple of 4 to 32. They are in native memory that begins at a cache line, and
 * that is freed when nothing refers to the matrix; or in an array, if the JVM was started without {@code --enable-native-access} for this module.
 * Products of one row take 1.5 to 1.8 times as long then, because the JVM aligns arrays to 8 bytes only.
 */
public final class PackedMatrix {
    /** The bytes of a cache line. */
    private static final int LINE = 64;

    final int rows, columns;

    /** Panels of {@link Panels#NR} columns, one after the other, each with all rows; null if they are in native memory. */
    final float[] array;

    /** The same panels in native memory, and their address; null and 0 if they are in an array. */
    final MemorySegment memory;

    final long address;

    /** Whether all elements are finite, so that 0 times any of them is 0. */
    final boolean finite;

    /** Makes a matrix of panels that are in an array or in native memory; the other is null. */
    PackedMatrix(int rows, int columns, boolean finite, float[] array, MemorySegment memory) {
        this.rows = rows;
        this.columns = columns;
        this.finite = finite;
        this.array = array;
        this.memory = memory;
        this.address = memory == null ? 0 : memory.address();
    }

    /**
     * {@return a packed copy of a matrix}
     *
     * @param b the matrix; later changes of it do not change the copy
     * @throws IllegalArgumentException if the copy would have 2³¹ or more elements
     */
    public static PackedMatrix of(Matrix b) {
        // Without vectors, a row at a time is faster.
        int nr = Kernels.lanes() > 0 ? Panels.NR : Math.max(b.columns, 1), panels = Math.ceilDiv(b.columns, nr);
        float[] packed = GemmLoop.atLeast((long) panels * nr * b.rows, new float[0]);
        for (int panel = 0; panel < panels; panel++) {
            int column = panel * nr, valid = Math.min(nr, b.columns - column);
            Panels.copy(b.array, b.offset + column, b.stride, valid, b.rows, packed, column * b.rows, nr);
        }
        boolean finite = Panels.finite(packed, 0, packed.length);
        if (Kernels.lanes() == 0 || !Platform.nativeAccess()) {
            return new PackedMatrix(b.rows, b.columns, finite, packed, null);
        }
        // The copy in the array is garbage, by which the collector notices that native memory is in use too.
        MemorySegment memory = Arena.ofAuto().allocate((long) Float.BYTES * packed.length, LINE);
        MemorySegment.copy(packed, 0, memory, ValueLayout.JAVA_FLOAT, 0, packed.length);
        return new PackedMatrix(b.rows, b.columns, finite, null, memory);
    }

    /** {@return the position of a panel for a kernel: an index into the array, or an address} */
    long at(int panel) {
        long at = (long) panel * Panels.NR * rows;
        return memory == null ? at : address + Float.BYTES * at;
    }

    /** {@return the number of rows} */
    public int rows() {
        return rows;
    }

    /** {@return the number of columns} */
    public int columns() {
        return columns;
    }
}
