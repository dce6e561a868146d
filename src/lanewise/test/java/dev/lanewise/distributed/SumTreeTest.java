package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.internal.SumTree;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.testing.Floats;
import dev.lanewise.testing.NastyFloats;
import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The order of a sum depends on the number of its terms alone. */
class SumTreeTest {
    /** The sum as a text, in which each addition is a pair of parentheses. */
    private static String text(int count, int... cuts) {
        String[] texts = new String[2 * count + 1];
        SumTree owner = new SumTree((left, right) -> texts[left] = "(" + texts[left] + texts[right] + ")");
        int blocks = 0;
        for (int c = 0; c + 1 < cuts.length; c++) {
            SumTree rank = new SumTree(
                    (left, right) -> texts[count + left] = "(" + texts[count + left] + texts[count + right] + ")");
            for (int i = cuts[c]; i < cuts[c + 1]; i++) {
                // The memory of the rank's own blocks lies behind what it has sent.
                texts[count + i] = Character.toString((char) ('a' + i));
                rank.push(i, 1, i);
            }
            for (int i = 0; i < rank.depth(); i++) {
                texts[blocks] = texts[count + rank.from(i)];
                owner.push(rank.from(i), rank.size(i), blocks++);
            }
        }
        return texts[owner.fold()];
    }

    /** The definition: the largest power of two of the terms, and the rest. */
    private static String defined(int from, int to) {
        int half = Integer.highestOneBit(to - from - 1);
        return to - from == 1
                ? Character.toString((char) ('a' + from))
                : "(" + defined(from, from + half) + defined(from + half, to) + ")";
    }

    @Test
    void theSumIsATreeOfPowersOfTwo() {
        assertEquals("a", text(1, 0, 1));
        assertEquals("(ab)", text(2, 0, 2));
        assertEquals("((ab)c)", text(3, 0, 3));
        assertEquals("(((ab)(cd))((ef)g))", text(7, 0, 7));
        assertEquals("(((ab)(cd))((ef)(gh)))", text(8, 0, 8));
    }

    @Property(tries = 500)
    void theSumDoesNotDependOnTheCuts(
            @ForAll @IntRange(min = 1, max = 64) int count,
            @ForAll @IntRange(min = 0, max = 64) int inner,
            @ForAll Random random) {
        int[] cuts = random.ints(inner, 0, count + 1).sorted().toArray();
        int[] all = new int[inner + 2];
        System.arraycopy(cuts, 0, all, 1, inner);
        all[inner + 1] = count;
        assertEquals(defined(0, count), text(count, all));
    }

    /** What a rank has left is what the subtrees say that it has. */
    @Property(tries = 200)
    void aRankIsDividedIntoTheSubtreesThatAreLeft(
            @ForAll @IntRange(min = 1, max = 200) int count, @ForAll @IntRange(min = 1, max = 200) int world) {
        for (int rank = 0; rank < world; rank++) {
            Replicas own = new Replicas(count, rank, world);
            SumTree tree = new SumTree((left, right) -> {});
            for (int i = own.from(); i < own.end(); i++) {
                tree.push(i, 1, i);
            }
            int blocks = 0;
            for (int from = own.from(), end; from < own.end(); from = end) {
                end = own.subtree(from);
                assertTrue(SumTree.isSubtree(from, end, count));
                if (world > 1) {
                    assertEquals(tree.from(blocks), from);
                    assertEquals(tree.size(blocks), end - from);
                }
                blocks++;
            }
            assertEquals(world == 1 ? 1 : tree.depth(), blocks);
        }
        assertFalse(SumTree.isSubtree(1, 3, count + 3) || SumTree.isSubtree(0, 3, 4) || SumTree.isSubtree(2, 6, 8));
    }

    @Property(tries = 500)
    void theCutsAreInOrderAndBalanced(
            @ForAll @IntRange(min = 1, max = 1024) int count, @ForAll @IntRange(min = 1, max = 1024) int world) {
        int[] cuts = new Replicas(count, 0, world).cuts();
        assertEquals(0, cuts[0]);
        assertEquals(count, cuts[world]);
        int longest = 0;
        for (int r = 0; r < world; r++) {
            assertTrue(cuts[r] <= cuts[r + 1], Arrays.toString(cuts));
            longest = Math.max(longest, cuts[r + 1] - cuts[r]);
            assertEquals(cuts[r], new Replicas(count, r, world).from());
            assertEquals(cuts[r + 1], new Replicas(count, r, world).end());
        }
        assertTrue(count < 8 * world || longest <= 1.5 * count / world, Arrays.toString(cuts));
    }

    @Provide
    Arbitrary<float[]> floats() {
        return NastyFloats.any().array(float[].class).ofMinSize(0).ofMaxSize(100);
    }

    /** Any NaN counts as any other. */
    @Property(tries = 200)
    void vectorsAddLikeScalars(
            @ForAll("floats") float[] a, @ForAll("floats") float[] b, @ForAll @IntRange(min = 0, max = 3) int storage) {
        int length = Math.min(a.length, b.length);
        float[] expected = new float[length];
        for (int i = 0; i < length; i++) {
            expected[i] = a[i] + b[i];
        }
        FloatSpan left = place(a, length, storage % 2 == 1), right = place(b, length, storage / 2 == 1);
        new VectorSum(Workers.caller()).add(left, right);
        for (int i = 0; i < length; i++) {
            assertEquals(Float.floatToIntBits(expected[i]), Float.floatToIntBits(left.get(i)));
            assertEquals(Float.floatToRawIntBits(b[i]), Float.floatToRawIntBits(right.get(i)));
        }
    }

    private static FloatSpan place(float[] values, int length, boolean inNative) {
        FloatSpan span = FloatSpan.of(Arrays.copyOf(values, length));
        return inNative ? span.copy() : span;
    }

    @Test
    void threadsAddTheSame() {
        float[] a = Floats.random(200_001, 1), b = Floats.random(200_001, 2);
        float[] expected = a.clone();
        new VectorSum(Workers.caller()).add(FloatSpan.of(expected), FloatSpan.of(b));
        try (Workers workers = Workers.of(3)) {
            new VectorSum(workers).add(FloatSpan.of(a), FloatSpan.of(b));
        }
        assertTrue(Arrays.equals(expected, a));
    }
}
