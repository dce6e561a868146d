package dev.lanewise.mnist.cli;

import dev.lanewise.fuzz.Inputs;
import dev.lanewise.mnist.cli.ScheduleOption.Shape;
import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/** A text of {@code --schedule} is refused in one line, or gives finite rates for trainings of any length. */
public final class ScheduleOptionFuzz {
    /** The steps of an epoch and of the training. */
    private static final long[][] TRAININGS = {{1, 1}, {1, 7}, {469, 4690}, {60_000, 60_000L * Integer.MAX_VALUE}};

    private ScheduleOptionFuzz() {}

    /** {@return all names with their keys} */
    public static List<byte[]> seeds() {
        Stream<String> defaults = Arrays.stream(Shape.values())
                .map(shape -> ScheduleOption.parse(shape.toString()).toString());
        return Inputs.texts(Stream.concat(
                defaults,
                Stream.of("step", "step:every=200steps,factor=1", "multi-step:at=1/2/50%", "cosine:floor=1e-3")));
    }

    /** The entry point of Jazzer. */
    public static void fuzzerTestOneInput(byte[] input) {
        String text = Inputs.text(input);
        try {
            Inputs.bounded(input, () -> ScheduleOption.parse(text));
        } catch (TypeConversionException e) {
            Inputs.checkMessage(e);
            return;
        }
        ScheduleOption option = ScheduleOption.parse(text);
        if (!option.equals(ScheduleOption.parse(option.toString()))) {
            throw new AssertionError(text + " is read as " + option);
        }
        for (long[] training : TRAININGS) {
            for (double rate : new double[] {0, 0.1, Float.MAX_VALUE}) {
                try {
                    Inputs.bounded(input, () -> make(option, rate, training[0], training[1]));
                } catch (UsageException e) {
                    Inputs.checkMessage(e);
                }
            }
        }
    }

    private static void make(ScheduleOption option, double rate, long epoch, long all) {
        ScheduleFactory factory = new ScheduleFactory(option);
        ReduceOnPlateau plateau = factory.plateau();
        check(factory.schedule(rate, epoch, all, plateau), all, rate);
        for (int i = 0; plateau != null && i < 5; i++) {
            plateau.observe(1 + i);
            check(factory.schedule(rate, epoch, all, plateau), all, rate);
        }
    }

    private static void check(Schedule schedule, long all, double rate) {
        for (long step : new long[] {0, 1, 2, all / 2, all - 1, all}) {
            double found = schedule.at(step);
            // A schedule may compute the highest rate in a form that rounds it up.
            if (!(found >= 0 && found <= rate * (1 + 1e-12))) {
                throw new AssertionError(schedule + " is " + found + " at " + step + " of " + all);
            }
        }
    }
}
