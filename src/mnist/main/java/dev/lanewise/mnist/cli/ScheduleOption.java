package dev.lanewise.mnist.cli;

import dev.lanewise.mnist.train.PlateauMetric;
import java.math.BigDecimal;
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
 * The option {@code --schedule}: {@code NAME} or {@code NAME:KEY=VALUE,…}.
 *
 * @param shape the name
 * @param settings key → value, of all keys that the name has: a {@link TrainingLength}, a list of them, a {@link PlateauMetric}, or
 *     else a {@link BigDecimal}
 */
record ScheduleOption(Shape shape, Map<String, Object> settings) {
    static final Set<String> LENGTHS = Set.of("every", "at", "warmup", "decay", "period");

    /** The names, each with its keys and their defaults. */
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

    /**
     * Reads the option.
     *
     * @throws TypeConversionException if the text is malformed
     */
    static ScheduleOption parse(String text) {
        int colon = text.indexOf(':');
        String name = colon < 0 ? text : text.substring(0, colon);
        Shape shape = Arrays.stream(Shape.values())
                .filter(s -> s.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "expected one of " + Arrays.toString(Shape.values()) + ", found '" + name + "'"));
        Map<String, Object> settings = new LinkedHashMap<>();
        shape.defaults.forEach((key, value) -> settings.put(key, value(key, value)));
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

    private static Object value(String key, String text) {
        if (key.equals("on")) {
            return Arrays.stream(PlateauMetric.values())
                    .filter(metric -> metric.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException("expected on to be one of "
                            + Arrays.toString(PlateauMetric.values()) + ", found '" + text + "'"));
        }
        if (key.equals("at")) {
            return Stream.of(text.split("/", -1))
                    .map(part -> TrainingLength.parse(key, part))
                    .toList();
        }
        if (LENGTHS.contains(key)) {
            return TrainingLength.parse(key, text);
        }
        BigDecimal number = TrainingLength.decimal(text);
        if (number == null) {
            throw new TypeConversionException("expected " + key + " to be a number from 0, found '" + text + "'");
        }
        return number;
    }

    /** Returns the one text of a value, however the user wrote it. */
    static String text(Object value) {
        return switch (value) {
            case BigDecimal number -> number.toPlainString();
            case List<?> lengths -> lengths.stream().map(Object::toString).collect(Collectors.joining("/"));
            default -> value.toString();
        };
    }

    /** {@return whether the rates depend on the number of epochs} */
    boolean dependsOnTheEnd() {
        return switch (shape) {
            case POLYNOMIAL, COSINE, WARMUP_COSINE, ONE_CYCLE, WARMUP_STABLE_DECAY -> true;
            default -> settings.values().stream().anyMatch(value -> text(value).contains("%"));
        };
    }

    /** {@return the metric that the schedule observes after each epoch; null for most schedules} */
    PlateauMetric metric() {
        return (PlateauMetric) settings.get("on");
    }

    /** {@return the option as the user would write it, with all keys} */
    @Override
    public String toString() {
        return shape
                + settings.entrySet().stream()
                        .map(setting -> setting.getKey() + "=" + text(setting.getValue()))
                        .collect(Collectors.joining(",", settings.isEmpty() ? "" : ":", ""));
    }
}
