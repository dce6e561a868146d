package consumer;

import dev.lanewise.Lanewise;
import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.StepOptions;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Random;

/** Trains a little on arrays, on native memory and in a network, and tells the digest of what came out. */
public final class Consumer {
    private static final int FLOATS = 70_001;

    public static void main(String[] args) throws Exception {
        System.out.println(report());
    }

    /** The runtime and the digest of all parameters. */
    public static String report() throws Exception {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        try (Arena arena = Arena.ofConfined();
                Workers workers = Workers.of(2)) {
            digest(digest, vectors(FloatSpan.of(new float[FLOATS]), Workers.caller()));
            digest(digest, vectors(FloatSpan.of(arena.allocate(4 * FLOATS, 4)), Workers.caller()));
            digest(digest, vectors(FloatSpan.of(new float[FLOATS]), workers));
        }
        digest(digest, network());
        return Lanewise.runtime() + "\n" + HexFormat.of().formatHex(digest.digest());
    }

    private static FloatSpan vectors(FloatSpan parameters, Workers workers) {
        Random random = new Random(1);
        for (int i = 0; i < FLOATS; i++) {
            parameters.set(i, random.nextFloat() - 0.5F);
        }
        StepOptions options = StepOptions.DEFAULT.withWorkers(workers);
        Optimizer optimizer = new Optimizer(parameters, new AdamW(0.01), options);
        float[] gradients = new float[FLOATS];
        for (int step = 0; step < 10; step++) {
            for (int i = 0; i < FLOATS; i++) {
                gradients[i] = random.nextFloat() - 0.5F;
            }
            optimizer.step(FloatSpan.of(gradients));
        }
        return parameters;
    }

    private static FloatSpan network() {
        Random random = new Random(2);
        Mlp mlp = new Mlp(20, 17, 10);
        mlp.initialize(3);
        Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
        float[] x = new float[8 * 20];
        int[] labels = {0, 1, 2, 3, 4, 5, 6, 7};
        for (int step = 0; step < 10; step++) {
            for (int i = 0; i < x.length; i++) {
                x[i] = random.nextFloat();
            }
            mlp.forwardBackward(x, 0, labels, 0, 8);
            optimizer.step(mlp.gradients());
        }
        return mlp.parameters();
    }

    private static void digest(MessageDigest digest, FloatSpan parameters) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * (int) parameters.length());
        for (float p : parameters.toArray()) {
            bytes.putFloat(p);
        }
        digest.update(bytes.array());
    }
}
