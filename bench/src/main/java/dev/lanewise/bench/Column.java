package dev.lanewise.bench;

/**
 * A column of a table of measurements.
 *
 * @param value the benchmark's method, or the value of a parameter, whose rows stand in the column
 * @param heading what the table calls it
 * @param library the library that the method runs; null for Lanewise, limits and controls
 */
record Column(String value, String heading, Library library) {
    static final Column LANEWISE = of("lanewise", "Lanewise");
    static final Column MEMORY = of("memory", "memory traffic");

    static Column of(String value, String heading) {
        return new Column(value, heading, null);
    }

    static Column peer(String method, Library library) {
        return new Column(method, library.label, library);
    }
}
