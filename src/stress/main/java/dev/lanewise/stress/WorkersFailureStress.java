package dev.lanewise.stress;

import dev.lanewise.Workers;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * Two threads run tasks on the same workers, and a task of the first throws: its caller gets the exception after all tasks, the
 * other none.
 */
@JCStressTest
@Outcome(id = "1111, 111", expect = Expect.ACCEPTABLE, desc = "The failure reached its caller, and no task was lost.")
@Outcome(expect = Expect.FORBIDDEN, desc = "The failure was lost or went astray, or a task was lost or repeated.")
@State
public class WorkersFailureStress {
    private static final Workers WORKERS = Workers.of(3);

    private final int[] first = new int[3], second = new int[3];

    /** Runs tasks of which the middle one throws. */
    @Actor
    public void first(II_Result result) {
        result.r1 = run(first, 1);
    }

    /** Runs tasks that do not throw. */
    @Actor
    public void second(II_Result result) {
        result.r2 = run(second, -1);
    }

    private static int run(int[] runs, int thrower) {
        int failed = 0;
        try {
            WORKERS.run(runs.length, task -> {
                runs[task]++;
                if (task == thrower) {
                    throw new IllegalArgumentException("expected");
                }
            });
        } catch (IllegalArgumentException e) {
            failed = 1;
        }
        return 1000 * failed + 100 * runs[0] + 10 * runs[1] + runs[2];
    }
}
