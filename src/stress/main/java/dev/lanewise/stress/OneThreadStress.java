package dev.lanewise.stress;

import dev.lanewise.internal.OneThread;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads enter at the same time: each is let in alone and sees what the other has done, or is refused. */
@JCStressTest
@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "One came after the other.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "One was refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "Both were within, or one did not see the other's count.")
@State
public class OneThreadStress {
    private final OneThread calling = new OneThread("a call");
    private int count;
    private boolean first, second;

    /** Enters. */
    @Actor
    public void first() {
        first = enter();
    }

    /** Enters too. */
    @Actor
    public void second() {
        second = enter();
    }

    private boolean enter() {
        try {
            calling.enter();
        } catch (IllegalStateException e) {
            return false;
        }
        count++;
        calling.leave();
        return true;
    }

    /** Compares how many were let in with what they have counted. */
    @Arbiter
    public void compare(II_Result result) {
        result.r1 = (first ? 1 : 0) + (second ? 1 : 0);
        result.r2 = count;
    }
}
