package dev.lanewise.linalg;

import dev.lanewise.internal.kernel.Kernels;
import dev.lanewise.internal.kernel.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Panels of {@link Panels#NR} columns of a right factor, one after the other, each with all rows. They are in native memory that
 * begins at a cache line, or in an array if the JVM was started without {@code --enable-native-access} for this module: it aligns
 * arrays to 8 bytes only, and a load of 64 bytes that crosses a cache line takes two.
 */
final class PackedPanels {
    /** The bytes of a cache line. */
    private static final int LINE = 64;

    private static final float[] EMPTY = {};

    /** The number of rows of each panel, and of its columns. */
    int rows, width;

    /** The panels; null if they are in native memory. */
    float[] array;

    /** The panels; null if they are in an array. Nothing else keeps the memory, which kernels have the address of. */
    MemorySegment memory;

    /** The number of floats that there is room for. */
    private long room;

    /** A panel that is on its way to native memory. */
    private float[] scratch = EMPTY;

    /** Makes room for some panels of vectors, whose content is undefined. */
    void reserve(int panels, int rows) {
        this.rows = rows;
        width = Panels.NR;
        long floats = (long) panels * Panels.NR * rows;
        GemmLoop.checkLength(floats);
        if (floats > room || array == null && memory == null) {
            if (Platform.nativeAccess()) {
                memory = Arena.ofAuto().allocate(Float.BYTES * Math.max(floats, 1), LINE);
            } else {
                array = new float[(int) floats];
            }
            // If there was no memory, the room is what it was.
            room = floats;
        }
    }

    /** Packs all columns of a matrix; without vectors as one wide panel, because a row at a time is faster then. */
    void packAll(Matrix b) {
        if (Kernels.lanes() == 0) {
            rows = b.rows;
            width = b.columns;
            array = GemmLoop.atLeast((long) b.rows * b.columns, EMPTY);
            Packing.copy(b.array, b.offset, b.stride, b.columns, b.rows, array, 0, b.columns);
            return;
        }
        int count = Math.ceilDiv(b.columns, Panels.NR);
        reserve(count, b.rows);
        for (int panel = 0; panel < count; panel++) {
            int column = panel * Panels.NR;
            pack(b, false, column, Math.min(Panels.NR, b.columns - column), panel);
        }
        scratch = EMPTY;
    }

    /** {@return whether the panels are in native memory} */
    boolean isNative() {
        return memory != null;
    }

    /** {@return the position of a panel for a kernel: an index into the array, or an address} */
    long at(int panel) {
        long at = (long) panel * Panels.NR * rows;
        return memory == null ? at : memory.address() + Float.BYTES * at;
    }

    /**
     * Packs some columns of a matrix, padded with zeros to a panel, or rows of a matrix that is read transposed.
     *
     * @param column the first of these columns
     * @param valid how many there are, at most {@link Panels#NR}
     */
    void pack(Matrix b, boolean transposed, int column, int valid, int panel) {
        int nr = Panels.NR, to = memory == null ? panel * nr * rows : 0;
        float[] floats = array;
        if (memory != null) {
            floats = scratch = GemmLoop.atLeast((long) nr * rows, scratch);
        }
        Packing.pack(b, transposed, column, valid, floats, to, nr);
        if (memory != null) {
            long from = (long) Float.BYTES * panel * nr * rows;
            MemorySegment.copy(floats, 0, memory, ValueLayout.JAVA_FLOAT, from, nr * rows);
        }
    }

    /** Copies rows of a panel from native memory. */
    void copyTo(float[] to, int panel, int row, int rows) {
        long from = (long) Float.BYTES * (panel * this.rows + row) * width;
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, from, to, 0, rows * width);
    }
}
