package dev.lanewise.optim;

import dev.lanewise.optim.Oracles.Oracle;
import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Golden;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongFunction;
import java.util.stream.Stream;

/** The parts from which the families' rows are made. */
final class Rows {
    private static final double NAN = Double.NaN, INFINITY = Double.POSITIVE_INFINITY;

    private Rows() {}

    static <R extends UpdateRule> Row row(
            Class<R> type,
            Function<R, Oracle> oracle,
            R converging,
            List<Valid> valid,
            Stream<Stream<Bad>> bad,
            Stream<String> golden,
            List<Hand> hand) {
        return new Row(
                type,
                valid,
                bad.flatMap(one -> one).toList(),
                rule -> oracle.apply(type.cast(rule)),
                converging,
                golden.map(file -> new Golden(file, valid.getFirst().rule())).toList(),
                hand);
    }

    /** The row with golden trajectories of a variant, whose hyperparameters are its own where a file does not name them. */
    static Row withGoldens(Row row, UpdateRule variant, String... files) {
        Stream<Golden> more = goldens(files).map(file -> new Golden(file, variant));
        return new Row(
                row.type(),
                row.valid(),
                row.bad(),
                row.oracle(),
                row.converging(),
                Stream.concat(row.golden().stream(), more).toList(),
                row.hand());
    }

    /** The golden trajectories of a rule whose hyperparameters are its defaults where a file does not name them. */
    static Stream<String> goldens(String... files) {
        return Stream.of(files);
    }

    static Stream<Bad> rates(Function<Double, UpdateRule> with) {
        return notNegative("learningRate", with);
    }

    static Stream<Bad> notNegative(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be finite and not negative: ", with, -1e-9, INFINITY, NAN);
    }

    static Stream<Bad> positive(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be finite and above 0: ", with, 0, -1, INFINITY, NAN);
    }

    static Stream<Bad> averages(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be in [0, 1): ", with, -0.1, 1, INFINITY, NAN);
    }

    static Stream<Bad> between(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be in (0, 1): ", with, 0, 1, INFINITY, NAN);
    }

    static Stream<Bad> atMost(int most, String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be in [0, " + most + "]: ", with, -1e-9, most + 1e-9, INFINITY, NAN);
    }

    /** A number of steps, from 0. */
    static Stream<Bad> steps(String name, LongFunction<UpdateRule> with) {
        return Stream.of(new Bad(() -> with.apply(-1), name + " must be at least 0: -1"));
    }

    static Stream<Bad> decays(double learningRate, Function<Double, UpdateRule> with) {
        return Stream.concat(
                notNegative("weightDecay", with),
                Stream.of(new Bad(
                        () -> with.apply(10.0),
                        "learningRate × weightDecay must be below 1: " + learningRate + " × 10.0 = 1.0")));
    }

    private static Stream<Bad> bad(String message, Function<Double, UpdateRule> with, double... values) {
        return Arrays.stream(values).mapToObj(value -> new Bad(() -> with.apply(value), message + value));
    }
}
