package dev.lanewise.testing;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Divisions of a range of elements into contiguous parts, empty ones among them. They shrink towards one part. */
public final class Splits {
    private static final int SCALE = 1000;

    private Splits() {}

    /**
     * A division, before it is known how many elements there are.
     *
     * @param cuts where it is cut, in thousandths of all
     */
    public record Split(List<Integer> cuts) {
        /**
         * {@return where the parts begin, and where the last one ends}
         *
         * @param length how many elements there are
         */
        public int[] bounds(int length) {
            return IntStream.concat(
                            IntStream.of(0, length), cuts.stream().mapToInt(cut -> (int) ((long) length * cut / SCALE)))
                    .sorted()
                    .toArray();
        }
    }

    /**
     * {@return divisions into any number of parts}
     *
     * @param parts how many at most
     */
    public static Arbitrary<Split> into(int parts) {
        return Arbitraries.integers()
                .between(0, SCALE)
                .list()
                .ofMaxSize(parts - 1)
                .map(Split::new);
    }
}
