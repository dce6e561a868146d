package dev.lanewise.optim;

import dev.lanewise.Lanewise;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;

/**
 * Runs every configuration of every rule long enough for C2 to compile its kernel, and prints the vector width and a digest
 * of all bits on the way, those of the statistics included. For {@link RuleWidthsTest}, which runs it in JVMs of its own.
 */
final class Trajectories {
    private static final int N = 128 + 13, STEPS = Integer.getInteger("steps", 500);

    private Trajectories() {}

    public static void main(String[] arguments) throws NoSuchAlgorithmException {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (UpdateRule rule : RuleTable.all().toList()) {
            for (StateType state : StateType.values()) {
                follow(rule, FloatSpan.of(new float[N]), state, digest);
                follow(rule, FloatSpan.of(Arena.ofAuto().allocate(4 * N)), state, digest);
            }
        }
        for (UpdateRule rule : List.of(new AdamW(), new Lion())) {
            followBf16(rule, FloatSpan.of(new float[N]), Bf16Span.of(new short[N]), digest);
            followBf16(
                    rule, FloatSpan.of(new float[N]), Bf16Span.of(Arena.ofAuto().allocate(2 * N)), digest);
        }
        for (UpdateRule rule : RowParityTest.RULES) {
            followRows(rule, 32, digest);
            followRows(rule, 37, digest);
        }
        // On a line of its own, although the JVM's thread that compiles may be in the middle of one.
        System.out.print(
                "\n" + Lanewise.runtime().vectorBits() + " " + HexFormat.of().formatHex(digest.digest()) + "\n");
    }

    private static void follow(UpdateRule rule, FloatSpan parameters, StateType state, MessageDigest digest) {
        Random random = new Random(1);
        for (int i = 0; i < N; i++) {
            parameters.set(i, (float) random.nextGaussian());
        }
        float[] gradient = new float[N];
        StepOptions options =
                StepOptions.DEFAULT.withStatistics(!parameters.isArray()).withState(state);
        MatrixShape shape = rule.needsMatrix() ? MatrixShape.inputsByOutputs(47, N / 47) : null;
        ParameterGroup all = new ParameterGroup("all", 0, N, rule).withShape(shape);
        Optimizer optimizer = new Optimizer(parameters, List.of(all), options);
        for (int step = 0; step < STEPS; step++) {
            fill(gradient, random);
            optimizer.step(FloatSpan.of(gradient));
            if (step % 25 == 24) {
                digest.update(optimizer.report().toString().getBytes(StandardCharsets.UTF_8));
                add(optimizer.parameters(), digest);
                rule.state().forEach(buffer -> add(optimizer.state("all", buffer.name()), digest));
            }
        }
    }

    /** Fills a gradient with all magnitudes from far below the flush to overflow of the square, and with zeros of both signs. */
    private static void fill(float[] gradient, Random random) {
        for (int i = 0; i < N; i++) {
            int scale = random.nextInt(200) - 130;
            gradient[i] = scale > 66 ? -0f : scale > 63 ? 0 : Math.scalb(random.nextFloat() - 0.5f, scale);
        }
    }

    /** Steps with gradients and a copy in bf16. */
    private static void followBf16(UpdateRule rule, FloatSpan parameters, Bf16Span gradients, MessageDigest digest) {
        Random random = new Random(3);
        StepOptions options =
                StepOptions.DEFAULT.withClipping(Clipping.byNorm(1)).withBf16Copy(true);
        Optimizer optimizer = new Optimizer(parameters, rule, options);
        FloatSpan copy = FloatSpan.of(new float[N]);
        for (int step = 0; step < STEPS; step++) {
            fill(gradients, random);
            optimizer.step(gradients);
            optimizer.bf16Copy().copyTo(copy);
            add(copy, digest);
        }
        add(parameters, digest);
    }

    private static void fill(Bf16Span gradients, Random random) {
        for (int i = 0; i < N; i++) {
            gradients.set(i, Math.scalb(random.nextFloat() - 0.5f, random.nextInt(60) - 50));
        }
    }

    /** Steps over rows, which repeat. */
    private static void followRows(UpdateRule rule, int columns, MessageDigest digest) {
        int rows = 50;
        Random random = new Random(2);
        RowOptimizer optimizer = new RowOptimizer(FloatSpan.of(new float[rows * columns]), columns, rule);
        float[] gradient = new float[20 * columns];
        for (int step = 0; step < STEPS; step++) {
            for (int i = 0; i < gradient.length; i++) {
                gradient[i] = Math.scalb(random.nextFloat() - 0.5f, random.nextInt(60) - 30);
            }
            optimizer.step(random.ints(20, 0, rows).toArray(), FloatSpan.of(gradient));
        }
        add(optimizer.table(), digest);
        rule.state().forEach(buffer -> add(optimizer.state(buffer.name()), digest));
    }

    private static void add(FloatSpan span, MessageDigest digest) {
        ByteBuffer bytes = ByteBuffer.allocate((int) (4 * span.length())).order(ByteOrder.LITTLE_ENDIAN);
        for (float x : span.toArray()) {
            bytes.putInt(Float.floatToIntBits(x));
        }
        digest.update(bytes.array());
    }
}
