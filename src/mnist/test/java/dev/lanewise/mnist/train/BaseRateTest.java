package dev.lanewise.mnist.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Rprop;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.Schedule;
import org.junit.jupiter.api.Test;

class BaseRateTest {
    private static final Schedule COSINE = new Cosine(0.25, 9);

    @Test
    void isTheLearningRateOfARule() {
        assertEquals(0.125, BaseRate.of(new AdamW(0.125)));
        assertEquals(1, BaseRate.unit(new AdamW(0.125)));
        assertEquals(new AdamW(COSINE), BaseRate.follow(new AdamW(0.125), COSINE));
    }

    @Test
    void isTheFirstStepOfRprop() {
        Rprop rule = new Rprop().withInitialStep(0.125);
        assertEquals(0.125, BaseRate.of(rule));
        assertEquals(0.25, BaseRate.of(rule.withLearningRate(2)));
        assertEquals(0.125, BaseRate.unit(rule));
        assertEquals(rule, BaseRate.follow(rule, new Constant(0.125)));
        assertEquals(rule.withLearningRate(COSINE.times(8)), BaseRate.follow(rule, COSINE));
        // A product with the reciprocal, (1 / 49.0) * (1 / (1 / 49.0)), need not be 1; the factor of a constant is.
        Rprop other = new Rprop().withInitialStep(1 / 49.0);
        assertEquals(other, BaseRate.follow(other, new Constant(1 / 49.0)));
    }
}
