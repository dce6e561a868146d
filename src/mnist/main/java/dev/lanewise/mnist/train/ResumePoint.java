package dev.lanewise.mnist.train;

import dev.lanewise.mnist.data.UsageException;
import dev.lanewise.schedule.ReduceOnPlateau;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The measurements of a training when it is saved. Its progress is the optimizer's number of steps; the order of the images
 * follows from the epoch.
 *
 * @param lossSum the sum of the losses of the images of the unfinished epoch
 * @param epochNanos the time of its steps
 * @param nanos the time of the whole training
 * @param logged the length of the log
 * @param loggedCrc the CRC-32C of the log; −1 if a checkpoint does not have it, which older ones do not
 * @param plateau where the schedule is, if a checkpoint of the first format has it here; or null. A newer one restores it with the
 *     optimizer's schedules
 */
public record ResumePoint(
        double lossSum, long epochNanos, long nanos, long logged, long loggedCrc, ReduceOnPlateau.State plateau) {
    public static final ResumePoint START = new ResumePoint(0, 0, 0, 0, 0, null);

    private static final String LOSS_SUM = "loss_sum";
    private static final String EPOCH_NANOS = "epoch_nanos";
    private static final String NANOS = "nanos";
    private static final String LOGGED = "metrics_bytes";
    private static final String LOGGED_CRC = "metrics_crc32c";
    private static final String PLATEAU = "plateau_";
    private static final String RATE = "rate";
    private static final String BEST = "best";
    private static final String BAD = "bad";
    private static final String COOLING = "cooling";

    /** {@return the texts for a checkpoint} The text of a double reads back as that double. */
    Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put(LOSS_SUM, Double.toString(lossSum));
        texts.put(EPOCH_NANOS, Long.toString(epochNanos));
        texts.put(NANOS, Long.toString(nanos));
        texts.put(LOGGED, Long.toString(logged));
        if (loggedCrc >= 0) {
            texts.put(LOGGED_CRC, Long.toString(loggedCrc));
        }
        return texts;
    }

    /**
     * Reads what {@link #texts()} wrote.
     *
     * @param file for the message
     * @throws UsageException if something else is there
     */
    static ResumePoint of(Map<String, String> texts, Path file) {
        return new ResumePoint(
                number(texts, LOSS_SUM, file, Double::valueOf, Double::isFinite),
                count(texts, EPOCH_NANOS, file),
                count(texts, NANOS, file),
                count(texts, LOGGED, file),
                texts.containsKey(LOGGED_CRC) ? count(texts, LOGGED_CRC, file) : -1,
                texts.containsKey(PLATEAU + RATE) ? plateau(texts, file) : null);
    }

    private static ReduceOnPlateau.State plateau(Map<String, String> texts, Path file) {
        return new ReduceOnPlateau.State(
                number(texts, PLATEAU + RATE, file, Double::valueOf, rate -> rate >= 0 && rate <= 1),
                number(texts, PLATEAU + BEST, file, Double::valueOf, best -> !best.isNaN()),
                count(texts, PLATEAU + BAD, file),
                count(texts, PLATEAU + COOLING, file));
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
        throw new UsageException("--resume: " + file + ": expected a number as " + name + ", found " + text);
    }
}
