package dev.lanewise.testing;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleSupplier;

/** Times two things in turn, for the programs that measure the integrations. */
public final class Turns {
    private static final int WARM_UP = 20;

    private Turns() {}

    /**
     * Prints the ratio of the median times of two things.
     *
     * @param name what they do
     * @param peer whose the second is
     * @param n the number of parameters
     * @param rounds the number of rounds that count
     * @param ours gives the nanoseconds of a call
     * @param theirs gives those of the peer
     */
    public static void print(String name, String peer, int n, int rounds, DoubleSupplier ours, DoubleSupplier theirs) {
        double[] our = new double[rounds], their = new double[rounds];
        for (int round = -WARM_UP; round < rounds; round++) {
            double one = ours.getAsDouble(), other = theirs.getAsDouble();
            if (round >= 0) {
                our[round] = one / n;
                their[round] = other / n;
            }
        }
        Arrays.sort(our);
        Arrays.sort(their);
        System.out.printf(
                Locale.ROOT,
                "%-18s %,9d parameters: %.2f of %s's time (%.3f / %.3f ns a parameter; minima %.3f / %.3f)%n",
                name,
                n,
                our[rounds / 2] / their[rounds / 2],
                peer,
                our[rounds / 2],
                their[rounds / 2],
                our[0],
                their[0]);
    }
}
