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
        reserve(Math.ceilDiv(b.columns, Panels.NR), b.rows);
        pack(b, false, 0, b.columns);
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
     * Packs columns of a matrix, or rows of a matrix that is read transposed, into as many panels as they need.
     *
     * @param column the first of these columns
     * @param columns how many there are; the last panel is padded with zeros
     */
    void pack(Matrix b, boolean transposed, int column, int columns) {
        int nr = Panels.NR, whole = transposed || memory == null ? 0 : columns / nr;
        packRows(b, column, whole);
        for (int panel = whole; panel * nr < columns; panel++) {
            pack(b, transposed, column + panel * nr, Math.min(nr, columns - panel * nr), panel);
        }
    }

    /** Packs whole panels row by row, as B is in memory: the rows of one panel, far apart, may each be in a page of its own. */
    private void packRows(Matrix b, int column, int panels) {
        int nr = Panels.NR;
        long panelBytes = (long) Float.BYTES * nr * rows;
        for (int row = 0; row < (panels == 0 ? 0 : rows); row++) {
            int from = b.offset + row * b.stride + column;
            long to = (long) Float.BYTES * nr * row;
            for (int panel = 0; panel < panels; panel++) {
                MemorySegment.copy(
                        b.array, from + panel * nr, memory, ValueLayout.JAVA_FLOAT, to + panel * panelBytes, nr);
            }
        }
    }

    private void pack(Matrix b, boolean transposed, int column, int valid, int panel) {
        int nr = Panels.NR, to = memory == null ? panel * nr * rows : 0;
        float[] floats = array;
        if (memory != null) {
            floats = scratch = GemmLoop.atLeast((long) nr * rows, scratch);
        }
        Packing.pack(b, transposed, column, valid, floats, to, nr);
        if (memory != null) {
            MemorySegment.copy(
                    floats, 0, memory, ValueLayout.JAVA_FLOAT, (long) Float.BYTES * panel * nr * rows, nr * rows);
        }
    }

    /** Copies rows of a panel from native memory. */
    void copyTo(float[] to, int panel, int row, int rows) {
        long from = (long) Float.BYTES * (panel * this.rows + row) * width;
        MemorySegment.copy(memory, ValueLayout.JAVA_FLOAT, from, to, 0, rows * width);
    }
}
