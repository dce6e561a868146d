package dev.lanewise.stress;

import dev.lanewise.Workers;
import java.util.concurrent.ForkJoinPool;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** One thread runs tasks while another closes the workers: all tasks run once, by whichever thread. */
@JCStressTest
@Outcome(id = "111", expect = Expect.ACCEPTABLE, desc = "Each task has run once.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A task was lost or repeated, or its caller does not see it.")
@State
public class WorkersCloseStress {
    private final Workers workers = Workers.on(ForkJoinPool.commonPool(), 3);
    private final int[] runs = new int[3];

    /** Runs tasks. */
    @Actor
    public void run(I_Result result) {
        workers.run(runs.length, task -> runs[task]++);
        result.r1 = 100 * runs[0] + 10 * runs[1] + runs[2];
    }

    /** Closes the workers. */
    @Actor
    public void close() {
        workers.close();
    }
}
