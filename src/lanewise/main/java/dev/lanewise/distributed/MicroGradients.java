package dev.lanewise.distributed;

import dev.lanewise.Workers;
import dev.lanewise.internal.SumTree;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;

/** The micro-gradients of a rank, added up as far as they are whole subtrees. The memory of a sum is made when it is first needed. */
final class MicroGradients {
    /** The block that is not the rank's own: the micro-gradient that is being added. */
    private static final int BORROWED = -1;

    private final long length;
    private final SumTree tree = new SumTree(this::add);
    private final VectorSum ofBorrowed, ofOwn;

    /** The memory of the tree's blocks: block i is the i-th that is left. */
    private final List<FloatSpan> blocks = new ArrayList<>();

    private FloatSpan borrowed;

    /** The sum of all micro-gradients of the rank, which is the caller's; null if the caller added them in parts. */
    private FloatSpan whole;

    MicroGradients(long length, Workers workers) {
        this.length = length;
        this.ofBorrowed = new VectorSum(workers);
        this.ofOwn = new VectorSum(workers);
    }

    void clear() {
        tree.clear();
        whole = null;
    }

    /** Sets the sum of all micro-gradients, which stays as it is until the next step. */
    void set(int from, int size, FloatSpan sum) {
        whole = sum;
        tree.push(from, size, 0);
    }

    /** Adds the sum of the next micro-gradients, a whole subtree, which the caller may overwrite afterwards. */
    void add(int from, int size, FloatSpan gradient) {
        if (tree.joins(from, size)) {
            borrowed = gradient;
            tree.push(from, size, BORROWED);
            borrowed = null;
            return;
        }
        int next = tree.depth();
        if (next == blocks.size()) {
            blocks.add(allocate(length));
        }
        blocks.get(next).copyFrom(gradient);
        tree.push(from, size, next);
    }

    private void add(int left, int right) {
        if (right == BORROWED) {
            ofBorrowed.add(blocks.get(left), borrowed);
        } else {
            ofOwn.add(blocks.get(left), blocks.get(right));
        }
    }

    /** {@return the number of sums that are left} */
    int count() {
        return tree.depth();
    }

    /** {@return a sum that is left} */
    FloatSpan block(int i) {
        return whole != null ? whole : blocks.get(i);
    }

    /** {@return the sum of all} */
    FloatSpan fold() {
        return block(tree.fold());
    }

    /** An array, as the parameters of a network are, where it can have this length: gradients in the same storage are fastest. */
    private static FloatSpan allocate(long length) {
        return length <= Integer.MAX_VALUE - 16 ? FloatSpan.of(new float[(int) length]) : allocateNative(length);
    }

    /** Memory that an engine can read and write without a copy. */
    static FloatSpan allocateNative(long length) {
        return FloatSpan.of(Arena.ofAuto().allocate(Float.BYTES * length, 64));
    }
}
