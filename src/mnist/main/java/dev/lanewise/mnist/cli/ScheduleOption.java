package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.data.UsageException;
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
import dev.lanewise.schedule.ReduceOnPlateau.Goal;
import dev.lanewise.schedule.ReduceOnPlateau.Threshold;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.StepDecay;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.schedule.WarmupStableDecay;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.TypeConversionException;

/**
 * What {@code --schedule} says: {@code NAME} or {@code NAME:KEY=VALUE,…}.
 *
 * @param shape the name
 * @param settings key → value, of all keys that the name has
 */
public record ScheduleOption(Shape shape, Map<String, String> settings) {
    private static final Set<String> LENGTHS = Set.of("every", "at", "warmup", "decay", "period");

    /** The names, each with its keys and what they are if they are left out. */
    enum Shape {
        CONSTANT(""),
        STEP("every=30%,factor=0.1"),
        MULTI_STEP("at=50%/75%,factor=0.1"),
        EXPONENTIAL("every=1,factor=0.8"),
        POLYNOMIAL("power=1,floor=0"),
        LINEAR_WARMUP("warmup=5%,start=0.01"),
        COSINE("floor=0"),
        COSINE_RESTARTS("period=1,growth=2,floor=0"),
        WARMUP_COSINE("warmup=5%,floor=0"),
        ONE_CYCLE("rise=0.3,division=25,final-division=10000"),
        WARMUP_STABLE_DECAY("warmup=5%,decay=20%,floor=0"),
        INVERSE_SQUARE_ROOT("warmup=5%"),
        REDUCE_ON_PLATEAU("on=validation-loss,factor=0.1,patience=2,threshold=0.0001,cooldown=0,floor=0");

        final Map<String, String> defaults;

        Shape(String defaults) {
            this.defaults = Stream.of(defaults.split(","))
                    .filter(setting -> !setting.isEmpty())
                    .map(setting -> setting.split("="))
                    .collect(Collectors.toMap(s -> s[0], s -> s[1], (a, b) -> b, LinkedHashMap::new));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** What {@code reduce-on-plateau} may look at, after each epoch. */
    public enum Metric {
        TRAINING_LOSS,
        VALIDATION_LOSS,
        VALIDATION_ACCURACY;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /**
     * Reads the option.
     *
     * @throws TypeConversionException if it says something else
     */
    static ScheduleOption parse(String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        Shape shape = Arrays.stream(Shape.values())
                .filter(s -> s.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "expected one of " + Arrays.toString(Shape.values()) + ", found '" + name + "'"));
        Map<String, String> settings = new LinkedHashMap<>(shape.defaults);
        for (String setting :
                colon < 0 ? new String[0] : text.substring(colon + 1).split(",", -1)) {
            String key = setting.replaceFirst("=.*", "");
            if (!settings.containsKey(key) || key.equals(setting)) {
                throw new TypeConversionException(
                        settings.isEmpty()
                                ? name + " has no keys, found '" + setting + "'"
                                : "expected " + settings.keySet() + " of " + name + " as KEY=VALUE, found '" + setting
                                        + "'");
            }
            settings.put(key, value(key, setting.substring(key.length() + 1)));
        }
        return new ScheduleOption(shape, settings);
    }

    /** The value as it is written in one way only, whatever the user wrote. */
    private static String value(String key, String text) {
        if (key.equals("on")) {
            return Arrays.stream(Metric.values())
                    .map(Metric::toString)
                    .filter(text::equals)
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "expected on to be one of " + Arrays.toString(Metric.values()) + ", found '" + text + "'"));
        }
        if (key.equals("at")) {
            return Stream.of(text.split("/", -1))
                    .map(part -> Length.parse(key, part).toString())
                    .collect(Collectors.joining("/"));
        }
        if (LENGTHS.contains(key)) {
            return Length.parse(key, text).toString();
        }
        BigDecimal number = decimal(text);
        if (number == null) {
            throw new TypeConversionException("expected " + key + " to be a number from 0, found '" + text + "'");
        }
        return number.toPlainString();
    }

    /** A number from 0, or null. Longer ones would only make it slow. */
    private static BigDecimal decimal(String text) {
        try {
            BigDecimal value = text.length() <= 30 ? new BigDecimal(text) : null;
            return value == null || value.signum() < 0 || Math.abs(value.scale()) > 30
                    ? null
                    : value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
        } catch (NumberFormatException e) {
            return null;
        }
    }

    /** A part of the training. */
    private record Length(BigDecimal value, String unit) {
        static Length parse(String key, String text) {
            String unit = text.endsWith("%") ? "%" : text.endsWith("steps") ? "steps" : "";
            BigDecimal value = decimal(text.substring(0, text.length() - unit.length()));
            if (value == null) {
                throw new TypeConversionException(
                        "expected " + key + " to be a length, as 2, 5% or 200steps, found '" + text + "'");
            }
            if (unit.equals("steps") && value.scale() > 0) {
                throw new TypeConversionException(
                        "expected " + key + " to be a whole number of steps, found '" + text + "'");
            }
            return new Length(value, unit);
        }

        /** Rounded down. */
        long steps(long epoch, long all) {
            BigDecimal steps = switch (unit) {
                case "%" -> value.multiply(BigDecimal.valueOf(all)).movePointLeft(2);
                case "steps" -> value;
                default -> value.multiply(BigDecimal.valueOf(epoch));
            };
            return steps.setScale(0, RoundingMode.DOWN)
                    .min(BigDecimal.valueOf(Long.MAX_VALUE / 4))
                    .longValueExact();
        }

        @Override
        public String toString() {
            return value.toPlainString() + unit;
        }
    }

    /** Whether the rates depend on the number of epochs. */
    boolean dependsOnTheEnd() {
        return switch (shape) {
            case POLYNOMIAL, COSINE, WARMUP_COSINE, ONE_CYCLE, WARMUP_STABLE_DECAY -> true;
            default -> settings.values().stream().anyMatch(value -> value.contains("%"));
        };
    }

    /** What the schedule looks at after each epoch; null for all but one. */
    Metric metric() {
        return shape == Shape.REDUCE_ON_PLATEAU
                ? Metric.valueOf(settings.get("on").toUpperCase(Locale.ROOT).replace('-', '_'))
                : null;
    }

    /**
     * The plateau that all learning rates follow, which begins at 1; null for all but one.
     *
     * @throws UsageException if a value is out of range
     */
    ReduceOnPlateau plateau() {
        if (shape != Shape.REDUCE_ON_PLATEAU) {
            return null;
        }
        try {
            Goal goal = metric() == Metric.VALIDATION_ACCURACY ? Goal.MAXIMUM : Goal.MINIMUM;
            return new ReduceOnPlateau(
                    1,
                    goal,
                    number("factor"),
                    whole("patience"),
                    number("threshold"),
                    Threshold.RELATIVE,
                    whole("cooldown"),
                    fraction("floor"),
                    0);
        } catch (IllegalArgumentException e) {
            throw failed(e);
        }
    }

    /**
     * The schedule of a learning rate.
     *
     * @param rate the rate, in general the highest
     * @param epoch how many steps an epoch has
     * @param all how many steps the training has
     * @param plateau from {@link #plateau()}
     * @throws UsageException if a value is out of range
     */
    Schedule of(double rate, long epoch, long all, ReduceOnPlateau plateau) {
        try {
            return switch (shape) {
                case CONSTANT -> new Constant(rate);
                case STEP -> new StepDecay(rate, number("factor"), length("every", epoch, all));
                case MULTI_STEP -> new MultiStep(rate, number("factor"), milestones(epoch, all));
                case EXPONENTIAL -> {
                    double factor = fraction("factor");
                    yield new Exponential(rate, StrictMath.pow(factor, 1.0 / length("every", epoch, all)));
                }
                case POLYNOMIAL -> new Polynomial(rate, number("power"), all, rate * fraction("floor"));
                case LINEAR_WARMUP -> new LinearWarmup(rate, steps("warmup", epoch, all), number("start"));
                case COSINE -> new Cosine(rate, all, rate * fraction("floor"));
                case COSINE_RESTARTS ->
                    new CosineRestarts(rate, length("period", epoch, all), whole("growth"), rate * fraction("floor"));
                case WARMUP_COSINE ->
                    new WarmupCosine(rate, steps("warmup", epoch, all), all, rate * fraction("floor"));
                case ONE_CYCLE -> new OneCycle(rate, all, number("rise"), number("division"), number("final-division"));
                case WARMUP_STABLE_DECAY -> {
                    long decay = steps("decay", epoch, all);
                    long warmup = steps("warmup", epoch, all);
                    if (decay > all - warmup) {
                        throw new IllegalArgumentException(
                                "warmup and decay must fit in the " + all + " steps: " + warmup + " and " + decay);
                    }
                    yield new WarmupStableDecay(rate, warmup, all - decay, all, rate * fraction("floor"));
                }
                case INVERSE_SQUARE_ROOT -> new InverseSquareRoot(rate, length("warmup", epoch, all));
                case REDUCE_ON_PLATEAU -> plateau.times(rate);
            };
        } catch (IllegalArgumentException e) {
            throw failed(e);
        }
    }

    private UsageException failed(IllegalArgumentException e) {
        return new UsageException("--schedule " + this + ": " + e.getMessage(), e);
    }

    private double number(String key) {
        return Double.parseDouble(settings.get(key));
    }

    private double fraction(String key) {
        double value = number(key);
        if (value > 1) {
            throw new IllegalArgumentException(key + " must be in [0, 1]: " + value);
        }
        return value;
    }

    private long whole(String key) {
        try {
            return new BigDecimal(settings.get(key)).longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(key + " must be a whole number: " + settings.get(key), e);
        }
    }

    private long steps(String key, long epoch, long all) {
        return Length.parse(key, settings.get(key)).steps(epoch, all);
    }

    /** At least one step, of however few the training has. */
    private long length(String key, long epoch, long all) {
        Length length = Length.parse(key, settings.get(key));
        return length.value.signum() == 0 ? 0 : Math.max(1, length.steps(epoch, all));
    }

    private List<Long> milestones(long epoch, long all) {
        return Stream.of(settings.get("at").split("/"))
                .map(text -> Length.parse("at", text).steps(epoch, all))
                .toList();
    }

    /** As the user would write it, with all keys. */
    @Override
    public String toString() {
        return shape
                + settings.entrySet().stream()
                        .map(Object::toString)
                        .collect(Collectors.joining(",", settings.isEmpty() ? "" : ":", ""));
    }
}
