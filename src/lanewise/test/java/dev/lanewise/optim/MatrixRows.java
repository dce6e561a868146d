package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.Muon.Coefficients;
import dev.lanewise.optim.Muon.Scale;
import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.stream.Stream;

/** The rows of the rules whose groups are matrices; {@link MuonTest} runs them. */
final class MatrixRows {
    static final List<Row> ROWS = List.of(row(
            Muon.class,
            MatrixOracles::muon,
            new Muon().withLearningRate(0.05).withWeightDecay(0),
            List.of(
                    new Valid(
                            new Muon(new Constant(1e-3), 0.95, true, 0.1, Scale.ORIGINAL, Coefficients.JORDAN),
                            28,
                            "momentum_buffer"),
                    new Valid(
                            new Muon(new Constant(0.01), 0.9, false, 0, Scale.MATCH_RMS, Coefficients.QUINTIC),
                            28,
                            "momentum_buffer"),
                    new Valid(
                            new Muon(new Constant(0.01), 0, true, 0.5, Scale.SPECTRAL, Coefficients.POLAR_EXPRESS),
                            28,
                            "momentum_buffer")),
            Stream.of(
                    rates(new Muon()::withLearningRate),
                    averages("momentum", new Muon()::withMomentum),
                    decays(0.1, new Muon().withLearningRate(0.1)::withWeightDecay),
                    Stream.of(
                            new Bad(
                                    () -> new Muon().withScale(null),
                                    "scale must be ORIGINAL, MATCH_RMS or SPECTRAL: null"),
                            new Bad(
                                    () -> new Muon().withCoefficients(null),
                                    "coefficients must be JORDAN, QUINTIC or POLAR_EXPRESS: null"))),
            goldens(
                    "golden2/muon",
                    "golden2/muon_match_rms",
                    "golden2/muon_no_nesterov",
                    "golden2/muon_transposed",
                    "golden2/muon_transposed_match_rms"),
            List.of()));

    private MatrixRows() {}
}
