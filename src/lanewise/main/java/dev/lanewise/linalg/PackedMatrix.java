package dev.lanewise.linalg;

/**
 * A copy of a matrix in the order in which {@link Gemm} reads the right factor of a product, for a factor that is used again and
 * again, such as the weight of a layer that is no longer trained. A product by it does not pack, which takes more than half of the time if
 * there are few rows, and has the same bits as a product by the matrix.
 *
 * <p>A packed matrix is immutable, so that any number of threads can use it at the same time, each with a {@link Gemm} of its
 * own. It has as many floats as the matrix, but each row is padded to a multiple of 4 to 32. They are in native memory that
 * begins at a cache line, and that is freed when nothing refers to the matrix; or in an array, if the JVM was started without
 * {@code --enable-native-access} for this module. Products of one row take 1.5 to 1.8 times as long then, because the JVM aligns
 * arrays to 8 bytes only.
 */
public final class PackedMatrix {
    final int rows, columns;

    /** Complete before the constructor ends, so that other threads see it without further ado. */
    final PackedPanels panels;

    PackedMatrix(int rows, int columns, PackedPanels panels) {
        this.rows = rows;
        this.columns = columns;
        this.panels = panels;
    }

    /**
     * {@return a packed copy of a matrix}
     *
     * @param b the matrix; later changes of it do not change the copy
     * @throws IllegalArgumentException if the copy would have 2³¹ or more elements
     */
    public static PackedMatrix of(Matrix b) {
        PackedPanels panels = new PackedPanels();
        panels.packAll(b);
        return new PackedMatrix(b.rows, b.columns, panels);
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
