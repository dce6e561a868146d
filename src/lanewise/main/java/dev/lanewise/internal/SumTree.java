package dev.lanewise.internal;

import java.util.Arrays;

/**
 * The order in which the micro-gradients of a step are added up: a binary counter. A block is the sum of {@code size} of them,
 * from {@code from} on. Two blocks of the same size that adjoin become one, if the left one begins at a multiple of the size of
 * both together; at the end, the blocks that are left are added from the right. So the order depends on the number of
 * micro-gradients alone: a rank adds what is a whole subtree among its own, and the owner of the parameters goes on with the
 * blocks of all ranks.
 */
public final class SumTree {
    /** Adds blocks. */
    @FunctionalInterface
    public interface Sum {
        /**
         * Adds a block to another, which is left of it. Blocks are what was given to {@link SumTree#push}.
         *
         * @param left the block that becomes the sum
         * @param right the block that is added
         */
        void add(int left, int right);
    }

    private final Sum sum;
    private int[] from = new int[8], size = new int[8], block = new int[8];
    private int depth;

    /**
     * Makes a tree without blocks.
     *
     * @param sum adds two blocks
     */
    public SumTree(Sum sum) {
        this.sum = sum;
    }

    /** Forgets all blocks. */
    public void clear() {
        depth = 0;
    }

    /**
     * {@return the end of the largest whole subtree that begins at a term, and ends at {@code end} or before}
     *
     * @param from the first term
     * @param end the end of the terms that there are, above {@code from}
     * @param count the number of terms of the tree
     */
    public static int subtree(int from, int end, int count) {
        int most = Integer.highestOneBit(end - from);
        return from > 0 ? from + Math.min(most, Integer.lowestOneBit(from)) : end == count ? count : most;
    }

    /**
     * {@return whether terms are a whole subtree}
     *
     * @param from the first term
     * @param end the end of the terms, above {@code from}
     * @param count the number of terms of the tree
     */
    public static boolean isSubtree(int from, int end, int count) {
        int size = end - from;
        return from == 0 && end == count || Integer.bitCount(size) == 1 && (from & size - 1) == 0;
    }

    /**
     * {@return whether the next block will be added to the last one at once, and not be kept}
     *
     * @param from the first term of the block
     * @param size the number of its terms
     */
    public boolean joins(int from, int size) {
        int top = depth - 1;
        return depth > 0 && this.size[top] == size && this.from[top] + size == from && this.from[top] % (2 * size) == 0;
    }

    /**
     * Adds the next block, which begins behind the one before it.
     *
     * @param from the first term of the block
     * @param size the number of its terms
     * @param block the block, for {@link Sum#add}
     */
    public void push(int from, int size, int block) {
        while (joins(from, size)) {
            depth--;
            sum.add(this.block[depth], block);
            from = this.from[depth];
            block = this.block[depth];
            size *= 2;
        }
        if (depth == this.from.length) {
            this.from = Arrays.copyOf(this.from, 2 * depth);
            this.size = Arrays.copyOf(this.size, 2 * depth);
            this.block = Arrays.copyOf(this.block, 2 * depth);
        }
        this.from[depth] = from;
        this.size[depth] = size;
        this.block[depth++] = block;
    }

    /** {@return the number of blocks that are left} */
    public int depth() {
        return depth;
    }

    /**
     * {@return where a block that is left begins}
     *
     * @param i the index of the block among those that are left
     */
    public int from(int i) {
        return from[i];
    }

    /**
     * {@return how many micro-gradients a block that is left has}
     *
     * @param i the index of the block among those that are left
     */
    public int size(int i) {
        return size[i];
    }

    /** {@return the block that has the sum of all} */
    public int fold() {
        for (; depth > 1; depth--) {
            sum.add(block[depth - 2], block[depth - 1]);
        }
        return block[0];
    }
}
