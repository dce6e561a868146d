package dev.lanewise.stress;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** Two threads take a step of one optimizer: each step is whole, or refused before it writes anything. */
@JCStressTest
@Outcome(id = "2, 2", expect = Expect.ACCEPTABLE, desc = "One step came after the other.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "One was refused.")
@Outcome(expect = Expect.FORBIDDEN, desc = "A step was lost, or a refused one has written.")
@State
public class OptimizerStress {
    private final float[] parameters = {0};
    private final FloatSpan gradient = FloatSpan.of(new float[] {-1});
    private final Optimizer optimizer = new Optimizer(FloatSpan.of(parameters), new Sgd(1).withMomentum(0));
    private boolean first, second;

    /** Takes a step. */
    @Actor
    public void first() {
        first = step();
    }

    /** Takes a step too. */
    @Actor
    public void second() {
        second = step();
    }

    private boolean step() {
        try {
            optimizer.step(gradient);
            return true;
        } catch (IllegalStateException e) {
            return false;
        }
    }

    /** Compares the accepted steps with how far the parameter has gone; each step adds 1. */
    @Arbiter
    public void compare(II_Result result) {
        result.r1 = (first ? 1 : 0) + (second ? 1 : 0);
        result.r2 = (int) parameters[0];
    }
}
