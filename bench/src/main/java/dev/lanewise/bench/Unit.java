package dev.lanewise.bench;

/**
 * The unit in which a table shows the measured times.
 *
 * @param name such as {@code ns per element}
 * @param conversion from a time as JMH reports it
 */
record Unit(String name, Conversion conversion) {
    /** Converts a time of a row to the unit. */
    interface Conversion {
        double of(Results.Row row, double time);
    }

    static final Unit NANOS_PER_ELEMENT = new Unit("ns per element", (row, time) -> time / row.n());
    static final Unit MICROS = new Unit("µs", (row, time) -> time);

    double of(Results.Row row, double time) {
        return conversion.of(row, time);
    }
}
