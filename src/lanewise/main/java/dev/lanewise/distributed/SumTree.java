package dev.lanewise.distributed;

import java.util.Arrays;

/**
 * The order in which the micro-gradients of a step are added up: a binary counter. A block is the sum of {@code size} of them, from
 * {@code from} on. Two blocks of the same size that adjoin become one, if the left one begins at a multiple of the size of both together; at
 * the end, the blocks that are left are added from the right. So the order depends on the number of micro-gradients alone: a rank
 * adds what is a whole subtree among its own, and the owner of the parameters goes on with the blocks of all ranks.
 */
final class SumTree {
    /** Adds blocks. */
    @FunctionalInterface
    interface Sum {
        /** Adds a block to another, which is left of it. Blocks are what was given to {@link SumTree#push}. */
        void add(int left, int right);
    }

    private final Sum sum;
    private int[] from = new int[8], size = new int[8], block = new int[8];
    private int depth;

    SumTree(Sum sum) {
        this.sum = sum;
    }

    void clear() {
        depth = 0;
    }

    /** {@return whether the next block will be added to the last one at once, and not be kept} */
    boolean joins(int from, int size) {
        int top = depth - 1;
        return depth > 0 && this.size[top] == size && this.from[top] + size == from && this.from[top] % (2 * size) == 0;
    }

    /** Adds the next block, which begins behind the one before it. */
    void push(int from, int size, int block) {
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
    int depth() {
        return depth;
    }

    /** {@return where a block that is left begins} */
    int from(int i) {
        return from[i];
    }

    /** {@return how many micro-gradients a block that is left has} */
    int size(int i) {
        return size[i];
    }

    /** {@return the block that has the sum of all} */
    int fold() {
        for (; depth > 1; depth--) {
            sum.add(block[depth - 2], block[depth - 1]);
        }
        return block[0];
    }
}
