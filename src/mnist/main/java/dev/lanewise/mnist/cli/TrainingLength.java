package dev.lanewise.mnist.cli;

import java.math.BigDecimal;
import java.math.RoundingMode;
import picocli.CommandLine.TypeConversionException;

/**
 * A length of time within a training, as {@code 2}, {@code 5%} or {@code 200steps}.
 *
 * @param value the number
 * @param unit {@code %} of the training, {@code steps}, or nothing for epochs
 */
record TrainingLength(BigDecimal value, String unit) {
    private static final int LONGEST = 64, LARGEST_SCALE = 30;

    /**
     * Reads a length.
     *
     * @param key what the length is for
     * @throws TypeConversionException if the text is no length
     */
    static TrainingLength parse(String key, String text) {
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
        return new TrainingLength(value, unit);
    }

    /**
     * {@return the number of steps, rounded down}
     *
     * @param epoch the steps of an epoch
     * @param all the steps of the training
     */
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

    /**
     * Returns the number, or null if the text is not a number of at least 0. Very long numbers are refused: they take long to
     * compute with. The number itself is written without an exponent, and that text must be one that is read.
     */
    static BigDecimal decimal(String text) {
        try {
            BigDecimal value = text.length() <= LONGEST ? new BigDecimal(text) : null;
            if (value == null || value.signum() < 0 || Math.abs(value.scale()) > LARGEST_SCALE) {
                return null;
            }
            BigDecimal shortest = value.signum() == 0 ? BigDecimal.ZERO : value.stripTrailingZeros();
            return shortest.toPlainString().length() <= LONGEST ? shortest : null;
        } catch (NumberFormatException e) {
            return null;
        }
    }
}
