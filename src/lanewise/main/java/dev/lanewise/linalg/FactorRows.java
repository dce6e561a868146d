package dev.lanewise.linalg;

/** The rows of the right factor of a product, in any of the orders in which it may be kept, of which {@link ScalarProduct} makes copies. */
final class FactorRows {
    private float[] array;
    private int offset, stride;
    private boolean transposed;

    /** The factor, if it is packed; else null. */
    private PackedPanels packed;

    /** Rows of a panel that is in native memory, since each copy from there takes long until it is compiled. */
    private float[] panelRows = {};

    /** Reads rows from an array, or columns if they are transposed. */
    FactorRows set(float[] array, int offset, int stride, boolean transposed) {
        this.array = array;
        this.offset = offset;
        this.stride = stride;
        this.transposed = transposed;
        packed = null;
        return this;
    }

    FactorRows set(PackedPanels packed) {
        array = null;
        this.packed = packed;
        return this;
    }

    /** Lets the arrays be collected. */
    void clear() {
        array = null;
        packed = null;
    }

    /** Copies a part of some rows, each {@code distance} floats after the one before. */
    void copy(int row, int rows, int column, int columns, float[] to, int at, int distance) {
        if (packed != null) {
            copyPacked(row, rows, column, columns, to, at, distance);
        } else if (transposed) {
            for (int j = 0; j < columns; j++) {
                int from = offset + (column + j) * stride + row;
                for (int i = 0; i < rows; i++) {
                    to[at + i * distance + j] = array[from + i];
                }
            }
        } else {
            for (int i = 0; i < rows; i++) {
                System.arraycopy(array, offset + (row + i) * stride + column, to, at + i * distance, columns);
            }
        }
    }

    private void copyPacked(int row, int rows, int column, int columns, float[] to, int at, int distance) {
        PackedPanels packed = this.packed;
        int width = packed.width;
        for (int done = 0; done < columns; ) {
            int panel = (column + done) / width, first = (column + done) % width;
            int count = Math.min(width - first, columns - done), from = first;
            float[] floats = packed.array;
            if (packed.isNative()) {
                floats = panelRows = GemmLoop.atLeast((long) rows * width, panelRows);
                packed.copyTo(floats, panel, row, rows);
            } else {
                from += (panel * packed.rows + row) * width;
            }
            for (int i = 0; i < rows; i++) {
                System.arraycopy(floats, from + i * width, to, at + i * distance + done, count);
            }
            done += count;
        }
    }
}
