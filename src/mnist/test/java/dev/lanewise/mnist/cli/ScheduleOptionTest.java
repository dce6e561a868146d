package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.mnist.train.PlateauMetric;
import dev.lanewise.schedule.Constant;
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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** The option gives the expected schedule, in a training of 10 epochs with 40 steps each. */
class ScheduleOptionTest {
    static Stream<Arguments> schedules() {
        return Stream.of(
                Arguments.of("constant", new Constant(0.5)),
                Arguments.of("step", new StepDecay(0.5, 0.1, 120)),
                Arguments.of("step:factor=0.5,every=2", new StepDecay(0.5, 0.5, 80)),
                Arguments.of("step:every=7steps", new StepDecay(0.5, 0.1, 7)),
                Arguments.of("step:every=0.01", new StepDecay(0.5, 0.1, 1)),
                Arguments.of("multi-step", new MultiStep(0.5, 0.1, 200, 300)),
                Arguments.of("multi-step:at=1/250steps/99%", new MultiStep(0.5, 0.1, 40, 250, 396)),
                Arguments.of("exponential", new Exponential(0.5, StrictMath.pow(0.8, 1 / 40.0))),
                Arguments.of("exponential:every=1steps,factor=0.99", new Exponential(0.5, 0.99)),
                Arguments.of("polynomial:power=0.9,floor=0.1", new Polynomial(0.5, 0.9, 400, 0.05)),
                Arguments.of("linear-warmup", new LinearWarmup(0.5, 20, 0.01)),
                Arguments.of("cosine", new Cosine(0.5, 400, 0)),
                Arguments.of("cosine-restarts", new CosineRestarts(0.5, 40, 2, 0)),
                Arguments.of("warmup-cosine", new WarmupCosine(0.5, 20, 400, 0)),
                Arguments.of("warmup-cosine:warmup=0.5,floor=0.01", new WarmupCosine(0.5, 20, 400, 0.005)),
                Arguments.of("one-cycle", new OneCycle(0.5, 400)),
                Arguments.of("warmup-stable-decay", new WarmupStableDecay(0.5, 20, 400)),
                Arguments.of("inverse-square-root:warmup=2", new InverseSquareRoot(0.5, 80)));
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void isTheScheduleThatIsMeant(String text, Schedule expected) {
        ScheduleOption option = ScheduleOption.parse(text);
        assertEquals(expected, new ScheduleFactory(option).schedule(0.5, 40, 400, null));
        assertNull(new ScheduleFactory(option).plateau());
    }

    @Test
    void aPlateauGoesForEveryRate() {
        ScheduleOption option =
                ScheduleOption.parse("reduce-on-plateau:on=validation-accuracy,factor=0.5,patience=1,floor=0.2");
        assertEquals(PlateauMetric.VALIDATION_ACCURACY, option.metric());
        ReduceOnPlateau plateau = new ScheduleFactory(option).plateau();
        Schedule first = new ScheduleFactory(option).schedule(0.5, 40, 400, plateau);
        Schedule second = new ScheduleFactory(option).schedule(8, 40, 400, plateau);
        double[] expected = {1, 1, 0.5, 0.5, 0.25, 0.25, 0.2};
        for (double factor : expected) {
            plateau.observe(0.9);
            assertEquals(0.5 * factor, first.at(7));
            assertEquals(8 * factor, second.at(0));
        }
    }

    /** A checkpoint compares this text, which must not depend on the spelling of the option. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        step:factor=1e-1             | step:every=30%,factor=0.1      | true
        step:every=3.0,factor=.50    | step:every=3,factor=0.5        | false
        multi-step:at=050%/3         | multi-step:at=50%/3,factor=0.1 | true
        linear-warmup:warmup=0steps  | linear-warmup:warmup=0steps,start=0.01 | false
        cosine                       | cosine:floor=0                 | true
        constant                     | constant                       | false
        exponential                  | exponential:every=1,factor=0.8 | false
        """)
    void isWrittenInOneWay(String text, String canonical, boolean dependsOnTheEnd) {
        assertEquals(canonical, ScheduleOption.parse(text).toString());
        assertEquals(ScheduleOption.parse(text), ScheduleOption.parse(canonical));
        assertEquals(dependsOnTheEnd, ScheduleOption.parse(text).dependsOnTheEnd());
    }

    /** What is shown and saved is an option, whatever the number of its digits. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "multi-step:at=100101e25%/30%",
                "step:every=1e30,factor=1e-30",
                "cosine-restarts:growth=123456789012345678901234567e30",
                "cosine:floor=0.123456789012345678901234567891"
            })
    void isReadAsItIsWritten(String text) {
        ScheduleOption option = ScheduleOption.parse(text);
        assertEquals(option, ScheduleOption.parse(option.toString()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e31", "1e-31", "1234567890123456789012345678901234567890e30", "1e2147483647"})
    void numbersWithoutMeasureAreRefused(String number) {
        assertThrows(TypeConversionException.class, () -> ScheduleOption.parse("cosine:floor=" + number));
    }

    /** All keys that are lengths, in all schedules that have them. */
    static Stream<String> lengths() {
        return Stream.of(ScheduleOption.Shape.values())
                .flatMap(shape -> shape.defaults.keySet().stream()
                        .filter(ScheduleOption.LENGTHS::contains)
                        .map(key -> shape + ":" + key));
    }

    /** A length of which the text is long, or which is 0 or far more than the training in steps. */
    @ParameterizedTest
    @MethodSource("lengths")
    void aLengthOfAnySizeGivesRatesOrAMessage(String key) {
        for (String length :
                List.of("1e30", "1e-30", "9e29", "0.00000000000000000000000001", "1e18", "0", "99999999")) {
            for (String unit : List.of("", "%", "steps")) {
                if (unit.equals("steps") && (length.contains("-") || length.contains("."))) {
                    continue;
                }
                ScheduleOption option = ScheduleOption.parse(key + "=" + length + unit);
                try {
                    Schedule schedule = new ScheduleFactory(option).schedule(0.5, 40, 400, null);
                    for (long step = 0; step < 400; step++) {
                        double rate = schedule.at(step);
                        assertTrue(rate >= 0 && rate <= 0.5, () -> option + " at " + rate);
                    }
                } catch (UsageException e) {
                    assertTrue(e.getMessage().startsWith("--schedule " + option + ": "), e.getMessage());
                }
            }
        }
    }

    @Test
    void nineKeysAreLengths() {
        assertEquals(9, lengths().count());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
        warmup-cosine:warmup=1e30      | total must be at least 2305843009213693951: 400
        warmup-stable-decay:decay=1e30 | warmup and decay must fit in the 400 steps: 20 and 2305843009213693951
        multi-step:at=1e-30            | milestones must be ascending and at least 1: [0]
        cosine-restarts:growth=1e30    | growth must be below 2^63: 1000000000000000000000000000000
        cosine-restarts:growth=1e-30   | growth must be a whole number: 0.000000000000000000000000000001
        """)
    void saysWhatIsWrongWithTheLargestAndTheSmallest(String text, String message) {
        ScheduleOption option = ScheduleOption.parse(text);
        assertEquals(
                "--schedule " + option + ": " + message,
                assertThrows(UsageException.class, () -> new ScheduleFactory(option).schedule(0.5, 40, 400, null))
                        .getMessage());
    }

    @Test
    void theDefaultsAreOnesThatItWouldAccept() {
        for (ScheduleOption.Shape shape : ScheduleOption.Shape.values()) {
            ScheduleOption option = ScheduleOption.parse(shape.toString());
            assertEquals(option, ScheduleOption.parse(option.toString()));
            new ScheduleFactory(option).schedule(0.1, 6, 60, new ScheduleFactory(option).plateau());
        }
    }
}
