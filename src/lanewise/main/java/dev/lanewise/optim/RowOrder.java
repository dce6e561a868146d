package dev.lanewise.optim;

import java.util.Arrays;

/**
 * The rows of a step in ascending order, which is that of the memory of their table, each once. The entries of a row keep the
 * order in which the step has them, so that sums over them have a fixed order. The arrays grow with the longest list; otherwise
 * nothing is allocated.
 */
final class RowOrder {
    private static final int DIGIT = 8;

    /** Each entry of the step: its row in the upper half and its position in the list in the lower. */
    private long[] entries = {}, spare = {};

    /** The index of the first entry of each row, and the number of entries. */
    private int[] starts = {0};

    private final int[] counts = new int[1 << DIGIT];
    private int rows;

    /**
     * Sorts a list of rows.
     *
     * @param list the rows, in any order and with repeats
     * @param count the number of entries of the list
     * @param bound the number of rows of the table
     * @throws IllegalArgumentException if an entry is no row of the table
     */
    void sort(int[] list, int count, int bound) {
        reserve(count);
        int before = 0, largest = 0;
        boolean sorted = true;
        for (int i = 0; i < count; i++) {
            int row = list[i];
            if (row < 0 || row >= bound) {
                throw new IllegalArgumentException("rows[" + i + "] must be in [0, " + bound + "): " + row);
            }
            sorted &= before <= row;
            before = row;
            largest = Math.max(largest, row);
            entries[i] = (long) row << Integer.SIZE | i;
        }
        for (int shift = 0; !sorted && shift < Integer.SIZE && largest >>> shift != 0; shift += DIGIT) {
            sortByDigit(count, Integer.SIZE + shift);
        }
        findStarts(count);
    }

    private void reserve(int count) {
        if (entries.length < count) {
            entries = new long[count];
            spare = new long[count];
            starts = new int[count + 1];
        }
    }

    private void sortByDigit(int count, int shift) {
        Arrays.fill(counts, 0);
        int mask = counts.length - 1;
        for (int i = 0; i < count; i++) {
            counts[(int) (entries[i] >>> shift) & mask]++;
        }
        for (int digit = 0, next = 0; digit < counts.length; digit++) {
            int those = counts[digit];
            counts[digit] = next;
            next += those;
        }
        for (int i = 0; i < count; i++) {
            spare[counts[(int) (entries[i] >>> shift) & mask]++] = entries[i];
        }
        long[] sorted = spare;
        spare = entries;
        entries = sorted;
    }

    private void findStarts(int count) {
        int found = 0;
        long before = -1;
        for (int i = 0; i < count; i++) {
            long row = entries[i] >>> Integer.SIZE;
            if (row != before) {
                starts[found++] = i;
            }
            before = row;
        }
        starts[found] = count;
        rows = found;
    }

    /** {@return the number of rows, without repeats} */
    int rows() {
        return rows;
    }

    /** {@return a row of the table, by its index in the order} */
    int row(int index) {
        return (int) (entries[starts[index]] >>> Integer.SIZE);
    }

    /** {@return the first entry of a row, by the row's index in the order; the entry after the last one for the number of rows} */
    int firstEntry(int index) {
        return starts[index];
    }

    /** {@return the position in the list of an entry} */
    int position(int entry) {
        return (int) entries[entry];
    }
}
