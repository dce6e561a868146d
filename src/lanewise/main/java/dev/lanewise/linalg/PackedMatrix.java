package dev.lanewise.linalg;

/**
 * A copy of a matrix in the order in which {@link Gemm} reads the right factor of a product, for a factor that is used again and
 * again, such as the weight of a layer that is no longer trained. A product by it does not pack, which takes more than half of the time if
 * there are few rows, and has the same bits as a product by the matrix.
 *
 * <p>A packed matrix is immutable, so that any number of threads can use it at the same time, each with a {@link Gemm} of its own.
 * It has as many floats as the matrix, but each row is padded to a multiple of 16 to 32.
 */
public final class PackedMatrix {
    final int rows, columns;

    /** Panels of {@link Panels#NR} columns, one after the other, each with all rows. */
    final float[] panels;

    /** Whether all elements are finite, so that 0 times any of them is 0. */
    final boolean finite;

    private PackedMatrix(int rows, int columns, float[] panels) {
        this.rows = rows;
        this.columns = columns;
        this.panels = panels;
        finite = Panels.finite(panels, 0, panels.length);
    }

    /**
     * {@return a packed copy of a matrix}
     *
     * @param b the matrix; later changes of it do not change the copy
     * @throws IllegalArgumentException if the copy would have 2³¹ or more elements
     */
    public static PackedMatrix of(Matrix b) {
        int nr = Panels.NR, panels = Math.ceilDiv(b.columns, nr);
        float[] packed = GemmLoop.atLeast((long) panels * nr * b.rows, new float[0]);
        for (int panel = 0; panel < panels; panel++) {
            int column = panel * nr, valid = Math.min(nr, b.columns - column);
            Panels.copy(b.array, b.offset + column, b.stride, valid, b.rows, packed, column * b.rows, nr);
        }
        return new PackedMatrix(b.rows, b.columns, packed);
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
