package dev.lanewise.stress;

import dev.lanewise.Workers;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads run tasks on the same workers: each call runs its own tasks once, and sees what they have written when it returns. */
@JCStressTest
@Outcome(id = "111, 111", expect = Expect.ACCEPTABLE, desc = "Each task has run once, and its caller sees it.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A task was lost or repeated, or its caller does not see it.")
@State
public class WorkersCallersStress {
    /** They outlive the states, of which there are millions. */
    private static final Workers WORKERS = Workers.of(3);

    private final int[] first = new int[3], second = new int[3];

    /** Runs tasks. */
    @Actor
    public void first(II_Result result) {
        result.r1 = run(first);
    }

    /** Runs other tasks. */
    @Actor
    public void second(II_Result result) {
        result.r2 = run(second);
    }

    private static int run(int[] runs) {
        WORKERS.run(runs.length, task -> runs[task]++);
        return 100 * runs[0] + 10 * runs[1] + runs[2];
    }
}
