package dev.lanewise.linalg;

import dev.lanewise.testing.Floats;
import dev.lanewise.testing.GuardedMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * Multiplies by packed matrices whose panels end before a page that may not be touched, then by ones whose panels begin behind
 * such a page: one element too many, and the process dies. For {@link PackedGuardPagesTest}, which runs it in JVMs of its own.
 */
final class PackedGuardPages {
    /** More than two of the largest tiles, and what is left of one. */
    private static final int ROWS = 26;

    private static final int[] INNER = {0, 1, 2, 3, 64, 97};

    /** Sums of more terms than a copied row has. */
    private static final int LONG = 4_200;

    private static final int NR = Panels.NR;

    /** From a part of a panel to more than the most panels that a tile takes at a time. */
    private static final int[] COLUMNS = {1, NR - 1, NR, NR + 1, 2 * NR, 3 * NR, 3 * NR + 1, 4 * NR, 5 * NR + 3, 9 * NR
    };

    private PackedGuardPages() {}

    /** With {@code behind} or {@code before} it multiplies by panels that lie out of bounds on that side. */
    public static void main(String[] arguments) {
        GuardedMemory memory = GuardedMemory.ofFloats(6 * NR * LONG);
        if (arguments.length > 0) {
            boolean behind = arguments[0].equals("behind");
            report(8, 64, NR, behind);
            PackedMatrix b = guarded(matrix(64, NR), memory, behind);
            long vector = 4 * NR / 2;
            product(8, packed(64, NR, moved(b.panels.memory, behind ? vector : -vector)), new Gemm());
        } else {
            for (boolean atEnd : new boolean[] {true, false}) {
                for (int inner : INNER) {
                    for (int columns : COLUMNS) {
                        compare(matrix(inner, columns), memory, atEnd);
                    }
                }
                compare(matrix(LONG, 5 * NR + 3), memory, atEnd);
            }
        }
        System.out.println("done");
    }

    @SuppressWarnings("restricted")
    private static MemorySegment moved(MemorySegment segment, long bytes) {
        return MemorySegment.ofAddress(segment.address() + bytes).reinterpret(segment.byteSize());
    }

    private static Matrix matrix(int inner, int columns) {
        return Matrix.of(Floats.random(inner * columns, columns), 0, inner, columns);
    }

    /** Returns a matrix with the panels in guarded memory. */
    private static PackedMatrix guarded(Matrix b, GuardedMemory memory, boolean atEnd) {
        PackedMatrix packed = PackedMatrix.of(b);
        float[] panels = packed.panels.memory.toArray(ValueLayout.JAVA_FLOAT);
        MemorySegment segment = memory.segment(panels.length, atEnd);
        MemorySegment.copy(panels, 0, segment, ValueLayout.JAVA_FLOAT, 0, panels.length);
        return packed(packed.rows, packed.columns, segment);
    }

    private static PackedMatrix packed(int rows, int columns, MemorySegment memory) {
        PackedPanels panels = new PackedPanels();
        panels.rows = rows;
        panels.memory = memory;
        return new PackedMatrix(rows, columns, panels);
    }

    private static void compare(Matrix b, GuardedMemory memory, boolean atEnd) {
        PackedMatrix packed = PackedMatrix.of(b), guarded = guarded(b, memory, atEnd);
        Gemm gemm = new Gemm();
        for (int rows = 1; rows <= ROWS; rows += b.rows == LONG ? 5 : 1) {
            report(rows, b.rows, b.columns, atEnd);
            if (!Arrays.equals(product(rows, packed, gemm), product(rows, guarded, gemm))) {
                throw new AssertionError("the products differ");
            }
        }
    }

    private static float[] product(int rows, PackedMatrix b, Gemm gemm) {
        float[] c = new float[rows * b.columns];
        Matrix a = Matrix.of(Floats.random(rows * b.rows, rows), 0, rows, b.rows);
        gemm.multiply(a, b, Epilogue.NONE, Matrix.of(c, 0, rows, b.columns));
        return c;
    }

    /** Prints the case, so that the last line of a process that dies is the case that killed it. */
    private static void report(int rows, int inner, int columns, boolean atEnd) {
        System.out.println(rows + " x " + inner + " times " + inner + " x " + columns + ", "
                + (atEnd ? "before" : "behind") + " the guard");
    }
}
