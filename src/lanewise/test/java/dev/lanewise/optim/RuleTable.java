package dev.lanewise.optim;

import dev.lanewise.optim.Oracles.Oracle;
import dev.lanewise.schedule.Constant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Every rule with what its tests need to know. A rule that is not here fails {@link RuleCatalogTest}. */
final class RuleTable {
    private static final double NAN = Double.NaN, INFINITY = Double.POSITIVE_INFINITY;

    private RuleTable() {}

    /**
     * One rule.
     *
     * @param type its record
     * @param valid configurations; the first is the default, with the values that the documentation and PyTorch have, and
     *     together they have every option on
     * @param bad hyperparameters that are refused
     * @param oracle its formula in double
     * @param converging hyperparameters at which it has to converge
     * @param golden trajectories by PyTorch, or by the lecture's formulas in PyTorch
     * @param hand trajectories of three steps, calculated in double from the formula apart from any library
     */
    record Row(
            Class<? extends UpdateRule> type,
            List<Valid> valid,
            List<Bad> bad,
            Function<UpdateRule, Oracle> oracle,
            UpdateRule converging,
            List<Golden> golden,
            List<Hand> hand) {
        @Override
        public String toString() {
            return type.getSimpleName();
        }
    }

    /** A configuration, its memory traffic, and what its state is called. */
    record Valid(UpdateRule rule, int bytes, String... state) {
        @Override
        public String toString() {
            return rule.toString();
        }
    }

    record Bad(Supplier<UpdateRule> rule, String message) {}

    /** A file in {@code golden/}, and what the gradient is multiplied by. */
    record Golden(String file, UpdateRule rule, double gradientFactor) {
        Golden(String file, UpdateRule rule) {
            this(file, rule, 1);
        }
    }

    /**
     * From (0.5, −0.25), with the gradients (0.1, −0.4), (0.3, 0.2), (−0.2, 0), the parameters after each step.
     */
    record Hand(UpdateRule rule, double... parameters) {}

    static final List<Row> ROWS = List.of(
            row(
                    Sgd.class,
                    Oracles::sgd,
                    new Sgd(new Constant(1e-3), 0.9, 0, false, 0),
                    List.of(
                            new Valid(new Sgd(new Constant(1e-3), 0, 0, false, 0), 12),
                            new Valid(new Sgd(new Constant(0.05), 0, 0, false, 0.1), 12),
                            new Valid(new Sgd().withMomentum(0.9), 20, "momentum_buffer"),
                            new Valid(new Sgd(new Constant(0.05), 0.9, 0.4, false, 0.01), 20, "momentum_buffer"),
                            new Valid(new Sgd(new Constant(0.03), 0.8, 0, true, 0.02), 20, "momentum_buffer")),
                    Stream.of(
                            rates(new Sgd()::withLearningRate),
                            averages("momentum", new Sgd()::withMomentum),
                            decays(0.1, new Sgd().withLearningRate(0.1)::withWeightDecay),
                            Stream.of(
                                    new Bad(() -> new Sgd().withDampening(1.5), "dampening must be in [0, 1]: 1.5"),
                                    new Bad(() -> new Sgd().withDampening(-0.1), "dampening must be in [0, 1]: -0.1"),
                                    new Bad(() -> new Sgd().withDampening(NAN), "dampening must be in [0, 1]: NaN"),
                                    new Bad(
                                            () -> new Sgd().withNesterov(true),
                                            "momentum must be above 0 with nesterov: 0.0"),
                                    new Bad(
                                            () -> new Sgd(new Constant(0.1), 0.9, 0.2, true, 0),
                                            "dampening must be 0 with nesterov: 0.2"))),
                    List.of(
                            new Golden("sgd", new Sgd(new Constant(0.05), 0, 0, false, 0)),
                            new Golden("sgd_momentum", new Sgd(new Constant(0.05), 0.9, 0, false, 0)),
                            new Golden("sgd_dampening", new Sgd(new Constant(0.05), 0.9, 0.4, false, 0)),
                            new Golden("sgd_nesterov_wd", new Sgd(new Constant(0.03), 0.8, 0, true, 0.02))),
                    List.of(
                            new Hand(new Sgd(new Constant(0.1), 0, 0, false, 0), .49, -.21, .46, -.23, .48, -.23),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0, false, 0),
                                    .49,
                                    -.21,
                                    .451,
                                    -.194,
                                    .4359,
                                    -.1796),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0, true, 0),
                                    .481,
                                    -.174,
                                    .4159,
                                    -.1796,
                                    .42231,
                                    -.16664),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0.1, false, 0),
                                    .49,
                                    -.21,
                                    .454,
                                    -.192,
                                    .4396,
                                    -.1758),
                            new Hand(
                                    new Sgd(new Constant(0.1), 0.9, 0, false, 0.01),
                                    .4895,
                                    -.20975,
                                    .4495605,
                                    -.19331525,
                                    .4331653895,
                                    -.1783306597))),
            row(
                    NormalizedSgd.class,
                    Oracles::normalizedSgd,
                    new NormalizedSgd().withMomentum(0.5),
                    List.of(
                            new Valid(
                                    new NormalizedSgd(new Constant(1e-2), 0.9, 0, NormScope.GROUP),
                                    24,
                                    "momentum_buffer"),
                            new Valid(
                                    new NormalizedSgd(new Constant(0.05), 0, 1e-3, NormScope.ALL),
                                    24,
                                    "momentum_buffer")),
                    Stream.of(
                            rates(new NormalizedSgd()::withLearningRate),
                            averages("momentum", new NormalizedSgd()::withMomentum),
                            notNegative("epsilon", new NormalizedSgd()::withEpsilon),
                            Stream.of(
                                    new Bad(
                                            () -> new NormalizedSgd().withNormScope(NormScope.NONE),
                                            "normScope must be GROUP or ALL: NONE"),
                                    new Bad(
                                            () -> new NormalizedSgd().withNormScope(null),
                                            "normScope must be GROUP or ALL: null"))),
                    List.of(new Golden("lecture_rprop", new NormalizedSgd(new Constant(0.05), 0.9, 0, NormScope.ALL))),
                    List.of(new Hand(
                            new NormalizedSgd(new Constant(0.1), 0.9, 0, NormScope.GROUP),
                            .4757464375,
                            -.1529857500,
                            .3707132018,
                            -.1211429446,
                            .3761832897,
                            -.0924844197))),
            row(
                    Rprop.class,
                    Oracles::rprop,
                    new Rprop(),
                    List.of(
                            new Valid(new Rprop(1e-2, new Constant(1), 0.5, 1.2, 1e-6, 50), 28, "prev", "step_size"),
                            new Valid(new Rprop(0.1, new Constant(1), 0.3, 2, 0.01, 0.15), 28, "prev", "step_size")),
                    Stream.of(
                            rates(new Rprop()::withLearningRate),
                            positive("initialStep", new Rprop()::withInitialStep),
                            positive("minStep", new Rprop()::withMinStep),
                            Stream.of(
                                    new Bad(() -> new Rprop().withEtaMinus(0), "etaMinus must be in (0, 1): 0.0"),
                                    new Bad(() -> new Rprop().withEtaMinus(1), "etaMinus must be in (0, 1): 1.0"),
                                    new Bad(() -> new Rprop().withEtaMinus(NAN), "etaMinus must be in (0, 1): NaN"),
                                    new Bad(
                                            () -> new Rprop().withEtaPlus(1),
                                            "etaPlus must be finite and above 1: 1.0"),
                                    new Bad(
                                            () -> new Rprop().withEtaPlus(INFINITY),
                                            "etaPlus must be finite and above 1: Infinity"),
                                    new Bad(
                                            () -> new Rprop().withEtaPlus(NAN),
                                            "etaPlus must be finite and above 1: NaN"),
                                    new Bad(
                                            () -> new Rprop().withMaxStep(1e-7),
                                            "maxStep must be finite and not below minStep, 1.0E-6: 1.0E-7"),
                                    new Bad(
                                            () -> new Rprop().withMaxStep(INFINITY),
                                            "maxStep must be finite and not below minStep, 1.0E-6: Infinity"),
                                    new Bad(
                                            () -> new Rprop().withMaxStep(NAN),
                                            "maxStep must be finite and not below minStep, 1.0E-6: NaN"))),
                    List.of(new Golden("rprop_classic", new Rprop())),
                    List.of(new Hand(new Rprop(), .49, -.24, .478, -.24, .478, -.24))),
            row(
                    RmsProp.class,
                    Oracles::rmsProp,
                    new RmsProp(),
                    List.of(
                            new Valid(new RmsProp(new Constant(1e-2), 0.99, 1e-8, 0, false, 0), 20, "square_avg"),
                            new Valid(new RmsProp().withEpsilon(0), 20, "square_avg"),
                            new Valid(
                                    new RmsProp(new Constant(0.01), 0.9, 1e-6, 0, true, 0),
                                    28,
                                    "square_avg",
                                    "grad_avg"),
                            new Valid(
                                    new RmsProp(new Constant(0.01), 0.95, 1e-6, 0.9, false, 0.01),
                                    28,
                                    "square_avg",
                                    "momentum_buffer"),
                            new Valid(
                                    new RmsProp(new Constant(0.01), 0.9, 1e-6, 0.5, true, 0.1),
                                    36,
                                    "square_avg",
                                    "momentum_buffer",
                                    "grad_avg")),
                    Stream.of(
                            rates(new RmsProp()::withLearningRate),
                            averages("alpha", new RmsProp()::withAlpha),
                            averages("momentum", new RmsProp()::withMomentum),
                            notNegative("epsilon", new RmsProp()::withEpsilon),
                            decays(0.1, new RmsProp().withLearningRate(0.1)::withWeightDecay)),
                    List.of(
                            new Golden("rmsprop", new RmsProp()),
                            new Golden("rmsprop_centered", new RmsProp(new Constant(0.01), 0.9, 1e-6, 0.5, true, 0)),
                            new Golden(
                                    "rmsprop_momentum", new RmsProp(new Constant(0.01), 0.95, 1e-6, 0.9, false, 0.01)),
                            new Golden("lecture_rmsprop", new RmsProp(new Constant(0.01), 0.99, 1e-8, 0.9, false, 0))),
                    List.of(
                            new Hand(
                                    new RmsProp(),
                                    .4000001000,
                                    -.1500000250,
                                    .3050843305,
                                    -.1949013404,
                                    .3587476078,
                                    -.1949013404),
                            new Hand(
                                    new RmsProp().withMomentum(0.9),
                                    .4000001000,
                                    -.1500000250,
                                    .2150844205,
                                    -.1049013629,
                                    .1023235863,
                                    -.0643125671),
                            new Hand(
                                    new RmsProp().withCentered(true),
                                    .3994963195,
                                    -.1494962437,
                                    .3038150987,
                                    -.1944410934,
                                    .3575519880,
                                    -.1944410934),
                            new Hand(
                                    new RmsProp().withEpsilon(1e-3),
                                    .4090909091,
                                    -.1524390244,
                                    .3170860155,
                                    -.1963544202,
                                    .3693470575,
                                    -.1963544202),
                            new Hand(
                                    new RmsProp(new Constant(0.01), 0.9, 0, 0.9, false, 0),
                                    .4683772234,
                                    -.2183772234,
                                    .4097655900,
                                    -.2046609201,
                                    .3746173168,
                                    -.1923162471))),
            row(
                    AdamV0.class,
                    Oracles::adamV0,
                    new AdamV0(new Constant(1e-3), 0.9, 0.999, 1e-8),
                    List.of(
                            new Valid(
                                    new AdamV0(new Constant(1e-4), 0.9, 0.999, 1e-8),
                                    28,
                                    "momentum_buffer",
                                    "exp_avg_sq"),
                            new Valid(
                                    new AdamV0(new Constant(0.01), 0.5, 0.9, 0), 28, "momentum_buffer", "exp_avg_sq")),
                    Stream.of(
                            rates(new AdamV0()::withLearningRate),
                            averages("momentum", new AdamV0()::withMomentum),
                            averages("beta2", new AdamV0()::withBeta2),
                            notNegative("epsilon", new AdamV0()::withEpsilon)),
                    List.of(new Golden("lecture_adam_v0", new AdamV0(new Constant(0.001), 0.9, 0.999, 1e-8))),
                    List.of(new Hand(
                            new AdamV0(new Constant(0.001), 0.9, 0.999, 0),
                            .4683772234,
                            -.2183772234,
                            .4293752733,
                            -.2070589867,
                            .4166084279,
                            -.1968674766))),
            row(
                    Adam.class,
                    Oracles::adam,
                    new Adam().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new Adam(new Constant(1e-3), 0.9, 0.999, 1e-8, 0, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Adam(new Constant(0.01), 0.8, 0.99, 0, 0.1, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new Adam(new Constant(0.01), 0.9, 0.9, 1e-8, 0.1, true),
                                    36,
                                    "exp_avg",
                                    "exp_avg_sq",
                                    "max_exp_avg_sq")),
                    Stream.of(
                            rates(new Adam()::withLearningRate),
                            averages("beta1", x -> new Adam().withBetas(x, 0.9)),
                            averages("beta2", x -> new Adam().withBetas(0.9, x)),
                            notNegative("epsilon", new Adam()::withEpsilon),
                            decays(0.1, new Adam().withLearningRate(0.1)::withWeightDecay)),
                    List.of(
                            new Golden("adam", new Adam().withLearningRate(0.01)),
                            new Golden("adam_l2", new Adam(new Constant(0.01), 0.8, 0.99, 1e-6, 0.1, false)),
                            new Golden("amsgrad", new Adam(new Constant(0.01), 0.9, 0.9, 1e-8, 0, true))),
                    List.of(
                            new Hand(
                                    new Adam(),
                                    .4990000001,
                                    -.2490000000,
                                    .4980822190,
                                    -.2487336630,
                                    .4978243152,
                                    -.2485277837),
                            new Hand(
                                    new Adam().withEpsilon(1e-3),
                                    .4990099010,
                                    -.2490024938,
                                    .4980962052,
                                    -.2487369964,
                                    .4978394897,
                                    -.2485319117),
                            new Hand(
                                    new Adam().withWeightDecay(0.01),
                                    .4990000001,
                                    -.2490000000,
                                    .4980783345,
                                    -.2487264661,
                                    .4977993934,
                                    -.2485114799),
                            new Hand(
                                    new Adam().withBetas(0.9, 0.9).withAmsgrad(true),
                                    .4990000001,
                                    -.2490000000,
                                    .4981007713,
                                    -.2487293960,
                                    .4978454841,
                                    -.2485254717))),
            row(
                    AdamW.class,
                    Oracles::adamW,
                    new AdamW().withLearningRate(0.02).withWeightDecay(0),
                    List.of(
                            new Valid(
                                    new AdamW(new Constant(1e-3), 0.9, 0.999, 1e-8, 0.01, false),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new AdamW(new Constant(0.01), 0.5, 0.9, 0, 0, false), 28, "exp_avg", "exp_avg_sq"),
                            new Valid(
                                    new AdamW(new Constant(0.01), 0.7, 0.9, 1e-8, 0.05, true),
                                    36,
                                    "exp_avg",
                                    "exp_avg_sq",
                                    "max_exp_avg_sq")),
                    Stream.of(
                            rates(new AdamW()::withLearningRate),
                            averages("beta1", x -> new AdamW().withBetas(x, 0.9)),
                            averages("beta2", x -> new AdamW().withBetas(0.9, x)),
                            notNegative("epsilon", new AdamW()::withEpsilon),
                            decays(0.1, new AdamW().withLearningRate(0.1)::withWeightDecay)),
                    List.of(
                            new Golden("adamw", new AdamW(new Constant(0.01), 0.9, 0.999, 1e-8, 0.1, false)),
                            new Golden(
                                    "adamw_amsgrad_maximize",
                                    new AdamW(new Constant(0.01), 0.7, 0.9, 1e-8, 0.05, true),
                                    -1)),
                    List.of(new Hand(
                            new AdamW(),
                            .4989950001,
                            -.2489975000,
                            .4980722291,
                            -.2487286730,
                            .4978093446,
                            -.2485203064))),
            row(
                    Lion.class,
                    Oracles::lion,
                    new Lion().withLearningRate(0.01),
                    List.of(
                            new Valid(new Lion(new Constant(1e-4), 0.9, 0.99, 0), 20, "exp_avg"),
                            new Valid(new Lion(new Constant(0.003), 0.5, 0.6, 0.1), 20, "exp_avg")),
                    Stream.of(
                            rates(new Lion()::withLearningRate),
                            averages("beta1", x -> new Lion().withBetas(x, 0.9)),
                            averages("beta2", x -> new Lion().withBetas(0.9, x)),
                            decays(0.1, new Lion().withLearningRate(0.1)::withWeightDecay)),
                    List.of(new Golden("lion", new Lion(new Constant(0.003), 0.9, 0.99, 0.1))),
                    List.of(new Hand(
                            new Lion().withWeightDecay(0.1),
                            .4998950000,
                            -.2498975000,
                            .4997900010,
                            -.2499950010,
                            .4998850031,
                            -.2498925011))),
            row(
                    Adagrad.class,
                    Oracles::adagrad,
                    new Adagrad().withLearningRate(0.5),
                    List.of(
                            new Valid(new Adagrad(new Constant(1e-2), 0, 0, 0, 1e-10), 20, "sum"),
                            new Valid(new Adagrad(new Constant(0.05), 0.01, 0.1, 0.5, 0), 20, "sum")),
                    Stream.of(
                            rates(new Adagrad()::withLearningRate),
                            notNegative("learningRateDecay", new Adagrad()::withLearningRateDecay),
                            notNegative("initialSum", new Adagrad()::withInitialSum),
                            notNegative("epsilon", new Adagrad()::withEpsilon),
                            decays(0.1, new Adagrad().withLearningRate(0.1)::withWeightDecay)),
                    List.of(new Golden("adagrad", new Adagrad(new Constant(0.05), 0.01, 0, 0, 1e-10))),
                    List.of()),
            row(
                    Adadelta.class,
                    Oracles::adadelta,
                    new Adadelta(),
                    List.of(
                            new Valid(new Adadelta(new Constant(1), 0.9, 1e-6, 0), 28, "square_avg", "acc_delta"),
                            new Valid(new Adadelta(new Constant(0.5), 0.95, 1e-4, 0.1), 28, "square_avg", "acc_delta")),
                    Stream.of(
                            rates(new Adadelta()::withLearningRate),
                            averages("rho", new Adadelta()::withRho),
                            positive("epsilon", new Adadelta()::withEpsilon),
                            decays(0.1, new Adadelta().withLearningRate(0.1)::withWeightDecay)),
                    List.of(new Golden("adadelta", new Adadelta())),
                    List.of()),
            row(
                    Adamax.class,
                    Oracles::adamax,
                    new Adamax().withLearningRate(0.02),
                    List.of(
                            new Valid(new Adamax(new Constant(2e-3), 0.9, 0.999, 1e-8, 0), 28, "exp_avg", "exp_inf"),
                            new Valid(new Adamax(new Constant(0.01), 0.8, 0.9, 0, 0), 28, "exp_avg", "exp_inf"),
                            new Valid(new Adamax(new Constant(0.01), 0.8, 0.9, 1e-3, 0.1), 28, "exp_avg", "exp_inf")),
                    Stream.of(
                            rates(new Adamax()::withLearningRate),
                            averages("beta1", x -> new Adamax().withBetas(x, 0.9)),
                            averages("beta2", x -> new Adamax().withBetas(0.9, x)),
                            notNegative("epsilon", new Adamax()::withEpsilon),
                            decays(0.1, new Adamax().withLearningRate(0.1)::withWeightDecay)),
                    List.of(new Golden("adamax", new Adamax().withLearningRate(0.01))),
                    List.of()),
            row(
                    NAdam.class,
                    Oracles::nAdam,
                    new NAdam().withLearningRate(0.02),
                    List.of(
                            new Valid(
                                    new NAdam(new Constant(2e-3), 0.9, 0.999, 1e-8, 0, 4e-3),
                                    28,
                                    "exp_avg",
                                    "exp_avg_sq"),
                            new Valid(
                                    new NAdam(new Constant(0.01), 0.8, 0.9, 0, 0.1, 0.1), 28, "exp_avg", "exp_avg_sq")),
                    Stream.of(
                            rates(new NAdam()::withLearningRate),
                            averages("beta1", x -> new NAdam().withBetas(x, 0.9)),
                            averages("beta2", x -> new NAdam().withBetas(0.9, x)),
                            notNegative("epsilon", new NAdam()::withEpsilon),
                            notNegative("momentumDecay", new NAdam()::withMomentumDecay),
                            decays(0.1, new NAdam().withLearningRate(0.1)::withWeightDecay)),
                    List.of(new Golden("nadam", new NAdam().withLearningRate(0.01))),
                    List.of()),
            row(
                    RAdam.class,
                    Oracles::rAdam,
                    // Its first steps are as large as the gradient, which is 232 where Rosenbrock begins.
                    new RAdam().withLearningRate(5e-4),
                    List.of(
                            new Valid(new RAdam(new Constant(1e-3), 0.9, 0.999, 1e-8, 0), 28, "exp_avg", "exp_avg_sq"),
                            new Valid(new RAdam(new Constant(0.01), 0.8, 0.9, 0, 0.1), 28, "exp_avg", "exp_avg_sq")),
                    Stream.of(
                            rates(new RAdam()::withLearningRate),
                            averages("beta1", x -> new RAdam().withBetas(x, 0.9)),
                            averages("beta2", x -> new RAdam().withBetas(0.9, x)),
                            notNegative("epsilon", new RAdam()::withEpsilon),
                            decays(0.1, new RAdam().withLearningRate(0.1)::withWeightDecay)),
                    List.of(new Golden("radam", new RAdam().withLearningRate(0.01))),
                    List.of()));

    /** All configurations of all rules, for the tests that run each. */
    static Stream<UpdateRule> rules() {
        return ROWS.stream().flatMap(row -> row.valid().stream()).map(Valid::rule);
    }

    static Row of(UpdateRule rule) {
        return ROWS.stream()
                .filter(row -> row.type() == rule.getClass())
                .findFirst()
                .orElseThrow();
    }

    private static <R extends UpdateRule> Row row(
            Class<R> type,
            Function<R, Oracle> oracle,
            R converging,
            List<Valid> valid,
            Stream<Stream<Bad>> bad,
            List<Golden> golden,
            List<Hand> hand) {
        return new Row(
                type,
                valid,
                bad.flatMap(one -> one).toList(),
                rule -> oracle.apply(type.cast(rule)),
                converging,
                golden,
                hand);
    }

    private static Stream<Bad> rates(Function<Double, UpdateRule> with) {
        return notNegative("learningRate", with);
    }

    private static Stream<Bad> notNegative(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be finite and not negative: ", with, -1e-9, INFINITY, NAN);
    }

    private static Stream<Bad> positive(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be finite and above 0: ", with, 0, -1, INFINITY, NAN);
    }

    private static Stream<Bad> averages(String name, Function<Double, UpdateRule> with) {
        return bad(name + " must be in [0, 1): ", with, -0.1, 1, INFINITY, NAN);
    }

    private static Stream<Bad> decays(double learningRate, Function<Double, UpdateRule> with) {
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
