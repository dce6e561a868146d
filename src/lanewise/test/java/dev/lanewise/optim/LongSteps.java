package dev.lanewise.optim;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Steps over several blocks, of all rules, and what they lead to. */
final class LongSteps {
    /** Three blocks of sums and a rest, the columns of a matrix of seven rows. */
    private static final int N = 7 * 1766;

    /** The parameters before the group, so that it has other indices than a copy. */
    private static final int BEFORE = 5;

    private LongSteps() {}

    public static void main(String[] arguments) {
        results().forEach(System.out::println);
    }

    /** Returns a line for each rule, option and storage: what was done, and a hash of parameters, state and report. */
    static List<String> results() {
        List<String> lines = new ArrayList<>();
        try (Workers two = Workers.of(2)) {
            for (UpdateRule rule : RuleTable.all().toList()) {
                for (StepOptions options : List.of(
                        StepOptions.DEFAULT,
                        StepOptions.DEFAULT.withWorkers(two),
                        StepOptions.DEFAULT.withStatistics(true),
                        StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)),
                        StepOptions.DEFAULT.withClipping(Clipping.byValue(0.3)))) {
                    if (!RuleTable.accepts(rule, options)) {
                        continue;
                    }
                    lines.add("array " + run(rule, FloatSpan.of(new float[N + BEFORE]), BEFORE, options));
                    FloatSpan segment = FloatSpan.of(Arena.ofAuto().allocate(4 * (N + BEFORE)));
                    lines.add("native " + run(rule, segment, BEFORE, options));
                }
            }
        }
        // The definition's arrays at the index of the parameters end within the group.
        int far = (1 << 22) - 5000;
        FloatSpan parameters = FloatSpan.of(new float[far + N]);
        for (UpdateRule rule : List.of(new Lamb(), new Prodigy(), new AdamW().withUpdateClipping(true))) {
            lines.add("far " + run(rule, parameters, far, StepOptions.DEFAULT));
            lines.add("far " + run(rule, parameters, far, StepOptions.DEFAULT.withClipping(Clipping.byValue(0.3))));
        }
        return lines;
    }

    private static String run(UpdateRule rule, FloatSpan parameters, int from, StepOptions options) {
        Random random = new Random(1);
        for (int i = 0; i < N; i++) {
            parameters.set(from + i, (float) random.nextGaussian());
        }
        MatrixShape shape = rule.needsMatrix() ? MatrixShape.inputsByOutputs(7, N / 7) : null;
        ParameterGroup group = new ParameterGroup("all", from, N, rule).withShape(shape);
        Optimizer optimizer = new Optimizer(parameters, List.of(group), options);
        FloatSpan gradient = FloatSpan.of(new float[(int) parameters.length()]);
        String result = rule + ", " + options.clipping().kind() + ", threads "
                + options.workers().threads() + ", statistics " + options.statistics();
        for (int step = 0; step < 3; step++) {
            for (int i = 0; i < N; i++) {
                gradient.set(from + i, (random.nextFloat() - 0.5f) * (i % 100 == 0 ? 1e4f : 1));
            }
            optimizer.step(gradient);
            result += " " + optimizer.report().toString().hashCode();
        }
        float[] after = new float[N];
        parameters.copyTo(from, after, 0, N);
        result += " " + Arrays.hashCode(after);
        for (StateBuffer buffer : rule.state()) {
            result +=
                    " " + Arrays.hashCode(optimizer.state("all", buffer.name()).toArray());
        }
        return result;
    }
}
