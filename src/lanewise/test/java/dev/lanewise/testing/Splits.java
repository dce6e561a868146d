package dev.lanewise.testing;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;

/** Arbitrary divisions of a range of elements into contiguous parts, some of them empty. They shrink towards one part. */
public final class Splits {
    private static final int SCALE = 1000;

    private Splits() {}

    /**
     * A division of a range of any length.
     *
     * @param cuts the ends of the parts, in thousandths of the length
     */
    public record Split(List<Integer> cuts) {
        /**
         * {@return the beginning of each part, and the end of the last}
         *
         * @param length the number of elements
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
     * @param parts the largest number of parts
     */
    public static Arbitrary<Split> into(int parts) {
        return Arbitraries.integers()
                .between(0, SCALE)
                .list()
                .ofMaxSize(parts - 1)
                .map(Split::new);
    }
}
