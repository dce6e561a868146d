package dev.lanewise.optim;

import dev.lanewise.fuzz.Inputs;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.CosineRestarts;
import dev.lanewise.schedule.Exponential;
import dev.lanewise.schedule.InverseSquareRoot;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.OneCycle;
import dev.lanewise.schedule.Polynomial;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.StepDecay;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.schedule.WarmupStableDecay;
import java.util.List;
import java.util.stream.Stream;

/** A text of a rule or a schedule in a file is refused, or is a rule that can be written and read again. */
public final class RuleTextFuzz {
    private static final ReduceOnPlateau PLATEAU = new ReduceOnPlateau(0.1);
    private static final long[] STEPS = {0, 1, 2, 9, 10, 11, 99, 100, 1 << 20, Long.MAX_VALUE / 2, Long.MAX_VALUE};

    private RuleTextFuzz() {}

    /** {@return the texts of all rules and schedules} */
    public static List<byte[]> seeds() {
        Stream<Object> rules = Rules.all().stream().map(Rules.Entry::defaults);
        Stream<Object> schedules = Stream.of(
                new Cosine(0.1, 100, 0.01),
                new CosineRestarts(0.1, 10, 2, 0),
                new Exponential(0.1, 0.9),
                new InverseSquareRoot(0.1, 10),
                new LinearWarmup(0.1, 10, 0.5),
                new MultiStep(0.1, 0.1, List.of(10L, 20L)),
                new OneCycle(0.1, 100, 0.3, 25, 1e4),
                new Polynomial(0.1, 2, 100, 0),
                new StepDecay(0.1, 0.1, 30),
                new WarmupCosine(0.1, 10, 100, 0),
                new WarmupStableDecay(0.1, 10, 80, 100, 0),
                new Cosine(0.1, 100, 0).times(0.5).then(50, new Exponential(0.1, 0.5)),
                PLATEAU.times(0.1),
                PLATEAU.state());
        return Inputs.texts(Stream.concat(rules, schedules).map(RuleCodec::write));
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) {
        Inputs.bounded(input, () -> read(Inputs.text(input)));
    }

    private static void read(String text) {
        Object value;
        try {
            value = RuleCodec.read(text, Object.class, PLATEAU);
        } catch (IllegalArgumentException e) {
            Inputs.checkMessage(e);
            return;
        }
        if (value instanceof Schedule schedule) {
            check(schedule, text);
        }
        if (value instanceof UpdateRule rule) {
            if (rule.learningRate() != RuleCodec.FUNCTION) {
                check(rule.learningRate(), text);
            }
            rule.at(0);
        }
        if (value instanceof Record) {
            String again = RuleCodec.write(value);
            if (!value.equals(RuleCodec.read(again, Object.class, PLATEAU))) {
                throw new AssertionError(text + " is read as " + again);
            }
        }
    }

    private static void check(Schedule schedule, String text) {
        // Each step of an optimizer checks its rate, since factors can be too large together.
        boolean product = text.contains("Product");
        for (long step : STEPS) {
            double rate = schedule.at(step);
            if (!product && !(rate >= 0 && rate < Double.POSITIVE_INFINITY)) {
                throw new AssertionError(text + " is " + rate + " at " + step);
            }
        }
    }
}
