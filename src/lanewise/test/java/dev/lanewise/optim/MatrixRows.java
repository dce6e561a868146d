package dev.lanewise.optim;

import static dev.lanewise.optim.Rows.averages;
import static dev.lanewise.optim.Rows.decays;
import static dev.lanewise.optim.Rows.goldens;
import static dev.lanewise.optim.Rows.notNegative;
import static dev.lanewise.optim.Rows.rates;
import static dev.lanewise.optim.Rows.row;

import dev.lanewise.optim.Muon.Coefficients;
import dev.lanewise.optim.Muon.Scale;
import dev.lanewise.optim.RuleTable.Bad;
import dev.lanewise.optim.RuleTable.Hand;
import dev.lanewise.optim.RuleTable.Row;
import dev.lanewise.optim.RuleTable.Valid;
import dev.lanewise.schedule.Constant;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;

/** The rows of the rules whose groups are matrices; {@link MuonTest}, {@link NorMuonTest} and {@link AdafactorTest} run them. */
final class MatrixRows {
    private static final Row ADAFACTOR = row(
            Adafactor.class,
            MatrixOracles::adafactor,
            new Adafactor().withFactored(false).withLearningRate(0.05),
            List.of(
                    new Valid(
                            new Adafactor(new Constant(0.01), -0.8, 0x1p-23, 1e-3, 1, 0, true),
                            24,
                            "row_var",
                            "col_var"),
                    new Valid(new Adafactor(new Constant(0.3), -0.7, 0, 0.1, 1.5, 0.1, true), 24, "row_var", "col_var"),
                    new Valid(new Adafactor(new Constant(0.01), -0.8, 0x1p-23, 1e-3, 1, 0, false), 32, "variance"),
                    new Valid(new Adafactor(new Constant(0.3), -0.7, 0, 0.1, 1.5, 0.1, false), 32, "variance")),
            Stream.of(
                    rates(new Adafactor()::withLearningRate),
                    bad("beta2Decay must be finite and at most 0: ", new Adafactor()::withBeta2Decay, 1e-9),
                    notNegative("epsilon1", new Adafactor()::withEpsilon1),
                    notNegative("epsilon2", new Adafactor()::withEpsilon2),
                    bad("clipThreshold must be finite and at least 1: ", new Adafactor()::withClipThreshold, 0.999),
                    decays(0.1, new Adafactor().withLearningRate(0.1)::withWeightDecay)),
            goldens(
                    "golden2/adafactor",
                    "golden2/adafactor_tiny_gradients",
                    "golden2/adafactor_wd_capped",
                    "golden2/adafactor_zero_bias"),
            List.of(new Hand(
                    new Adafactor().withFactored(false),
                    .4960471529,
                    -.2460471529,
                    .4911395366,
                    -.2486114267,
                    .4946447809,
                    -.2486114267)));

    private static Stream<Bad> bad(String message, Function<Double, UpdateRule> with, double value) {
        return Stream.of(value, Double.NEGATIVE_INFINITY, Double.NaN)
                .map(one -> new Bad(() -> with.apply(one), message + one));
    }

    static final List<Row> ROWS = List.of(
            ADAFACTOR,
            row(
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
                                    new Muon(
                                            new Constant(0.01),
                                            0,
                                            true,
                                            0.5,
                                            Scale.SPECTRAL,
                                            Coefficients.POLAR_EXPRESS),
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
                    List.of()),
            row(
                    NorMuon.class,
                    MatrixOracles::norMuon,
                    new NorMuon().withLearningRate(0.05),
                    List.of(
                            new Valid(
                                    new NorMuon(
                                            new Constant(0.02),
                                            0.95,
                                            0.95,
                                            true,
                                            0,
                                            Scale.ORIGINAL,
                                            Coefficients.JORDAN),
                                    40,
                                    "momentum_buffer",
                                    "second_momentum_buffer"),
                            new Valid(
                                    new NorMuon(
                                            new Constant(0.01),
                                            0.9,
                                            0,
                                            false,
                                            0.5,
                                            Scale.MATCH_RMS,
                                            Coefficients.POLAR_EXPRESS),
                                    40,
                                    "momentum_buffer",
                                    "second_momentum_buffer")),
                    Stream.of(
                            rates(new NorMuon()::withLearningRate),
                            averages("momentum", new NorMuon()::withMomentum),
                            averages("beta2", new NorMuon()::withBeta2),
                            decays(0.1, new NorMuon().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(
                                    new Bad(
                                            () -> new NorMuon().withScale(null),
                                            "scale must be ORIGINAL, MATCH_RMS or SPECTRAL: null"),
                                    new Bad(
                                            () -> new NorMuon().withCoefficients(null),
                                            "coefficients must be JORDAN, QUINTIC or POLAR_EXPRESS: null"))),
                    goldens("golden2/normuon", "golden2/normuon_transposed_wd"),
                    List.of()));

    private MatrixRows() {}
}
