package dev.lanewise.mnist;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What a training has measured when it is saved. How far it has come, the optimizer knows by its steps; the order of the
 * images follows from the epoch.
 *
 * @param lossSum of the images of the unfinished epoch
 * @param epochNanos the time of its steps
 * @param nanos the time of the whole training
 * @param logged the length of the log
 */
record Position(double lossSum, long epochNanos, long nanos, long logged) {
    static final Position START = new Position(0, 0, 0, 0);

    private static final String LOSS_SUM = "loss_sum";
    private static final String EPOCH_NANOS = "epoch_nanos";
    private static final String NANOS = "nanos";
    private static final String LOGGED = "metrics_bytes";

    /** For a checkpoint; a double's text is that of no other double. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(LOSS_SUM, Double.toString(lossSum));
        texts.put(EPOCH_NANOS, Long.toString(epochNanos));
        texts.put(NANOS, Long.toString(nanos));
        texts.put(LOGGED, Long.toString(logged));
        return texts;
    }

    /**
     * Reads what {@link #texts()} wrote.
     *
     * @param file for the message
     * @throws BadInput if something else is there
     */
    static Position of(Map<String, String> texts, Path file) {
        return new Position(
                number(texts, LOSS_SUM, file, Double::valueOf, Double::isFinite),
                count(texts, EPOCH_NANOS, file),
                count(texts, NANOS, file),
                count(texts, LOGGED, file));
    }

    private static long count(Map<String, String> texts, String name, Path file) {
        return number(texts, name, file, Long::valueOf, value -> value >= 0);
    }

    private static <T> T number(
            Map<String, String> texts, String name, Path file, Function<String, T> parse, Predicate<T> legal) {
        String text = texts.getOrDefault(name, "nothing");
        try {
            T value = parse.apply(text);
            if (legal.test(value)) {
                return value;
            }
        } catch (NumberFormatException e) {
            // The same message.
        }
        throw new BadInput("--resume: " + file + ": expected a number as " + name + ", found " + text);
    }
}
