package dev.lanewise;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The balance of what all threads gain and lose, with a clock of its own. */
class ThreadBalanceTest {
    private final ThreadBalance balance = new ThreadBalance(() -> this.now);

    /** Overflows within the tests, as a clock may. */
    private long now = Long.MAX_VALUE - ThreadBalance.MOST - 100_000;

    /**
     * Runs a call on all threads.
     *
     * @param calling the time that it takes to call the other threads
     * @param own the caller's own shares of four, each of which takes 10,000
     * @param waiting the time that the caller then waits for the others
     */
    private void run(long calling, int own, long waiting) {
        assertTrue(balance.begin());
        now += calling;
        balance.beginShares();
        now += own * 10_000L;
        balance.endShares();
        now += waiting;
        balance.end(own, 4);
    }

    @Test
    void allThreadsAreUsedUntilTheyHaveLostWhatIsAllowed() {
        // The caller would take 40,000 alone: the first two calls lose 2,000,000 each, the others 999,999 and 1.
        run(1_000, 3, 2_009_000);
        run(0, 3, 2_010_000);
        assertTrue(balance.begin());
        run(0, 3, 1_009_999);
        assertTrue(balance.begin());
        run(0, 3, 10_001);
        assertFalse(balance.begin());
    }

    @Test
    void aGainAllowsALossOfTheSameSizeButNotOfMore() {
        run(0, 4, ThreadBalance.MOST - 1);
        run(0, 2, 100);
        run(0, 2, 100);
        run(0, 4, 2 * 19_900);
        run(0, 4, 1);
        assertFalse(balance.begin());
        now += ThreadBalance.PAUSE;
        for (int i = 0; i < 10_000; i++) {
            run(0, 2, 0);
        }
        run(0, 4, ThreadBalance.MOST - 1);
        run(0, 4, 1);
        assertFalse(balance.begin());
    }

    @Test
    void aPauseIsAsLongAsTheLastLossTells() {
        run(0, 4, ThreadBalance.MOST - 1_000);
        run(0, 4, 3_000);
        pauseOf(3_000L * ThreadBalance.PAUSE);
        run(0, 4, 2_000);
        pauseOf(2_000L * ThreadBalance.PAUSE);
        run(0, 4, 1_000_000_000_000L);
        pauseOf(ThreadBalance.LONGEST);
        run(0, 2, 19_995);
        run(0, 2, 20_003);
        assertTrue(balance.begin());
        run(0, 2, 20_002);
        pauseOf(2 * ThreadBalance.PAUSE);
    }

    private void pauseOf(long nanos) {
        assertFalse(balance.begin());
        now += nanos - 1;
        assertFalse(balance.begin());
        now++;
        assertTrue(balance.begin());
    }

    /** Another thread has taken the caller's core, in the middle of a share or before the first. */
    @Test
    void theCallersSharesCountForTwiceTheFastestOfTheOthersAtMost() {
        run(0, 4, ThreadBalance.MOST - 1);
        runWithOthers(3_000_000, 1);
        pauseOf((3_000_000L - 80_000) * ThreadBalance.PAUSE);
        runWithOthers(40_000, 2);
        runWithOthers(80_000, 0);
        pauseOf(40_000L * ThreadBalance.PAUSE);
    }

    /** Runs a call in which the caller's own shares take {@code time}, and others at the same time 30,000, 10,000 and 20,000. */
    private void runWithOthers(long time, int own) {
        assertTrue(balance.begin());
        long begin = balance.now();
        balance.beginShares();
        for (long end : new long[] {30_000, 10_000, 20_000}) {
            now = begin + end;
            balance.endOther(begin);
        }
        now = begin + time;
        balance.endShares();
        balance.end(own, 4);
    }
}
