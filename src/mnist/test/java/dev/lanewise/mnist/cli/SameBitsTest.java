package dev.lanewise.mnist.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.Lanewise;
import dev.lanewise.testing.Jvm;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same arguments give the same weights on any number of threads, any vector width, with and without C2. The expected
 * values are committed: a change of bits is a decision, to be made here.
 */
class SameBitsTest {
    private static final String ADAMW = "1d797557cb51060375035a4ac90af68a220e69993c44d84d618786b9d402451f";
    private static final String SGD = "ae3ca02c74a51e332bb95aab345024da5e524cd875c0b559972539346b6bfe7f";

    @TempDir
    static Path data;

    /** The first digits of MNIST, enough for a few epochs in which C2 compiles the kernels. */
    @BeforeAll
    static void takeTheFirstDigits() throws IOException {
        Path mnist = Path.of("data");
        cut(mnist.resolve("train-images-idx3-ubyte.gz"), 16, 28 * 28, 3000);
        cut(mnist.resolve("train-labels-idx1-ubyte.gz"), 8, 1, 3000);
        cut(mnist.resolve("t10k-images-idx3-ubyte.gz"), 16, 28 * 28, 500);
        cut(mnist.resolve("t10k-labels-idx1-ubyte.gz"), 8, 1, 500);
    }

    private static void cut(Path file, int header, int size, int count) throws IOException {
        try (GZIPInputStream in = new GZIPInputStream(Files.newInputStream(file))) {
            byte[] bytes = Arrays.copyOf(in.readNBytes(header + count * size), header + count * size);
            ByteBuffer.wrap(bytes).putInt(4, count);
            Files.write(data.resolve(file.getFileName().toString().replace(".gz", "")), bytes);
        }
    }

    static Stream<List<String>> machines() {
        return Stream.of(
                List.of(),
                List.of("--threads=1"),
                List.of("--threads=3"),
                List.of("-XX:UseAVX=2"),
                List.of("-XX:MaxVectorSize=16"),
                List.of("-XX:TieredStopAtLevel=1"),
                List.of("-Dlanewise.vectorBits=0"),
                List.of("-Dlanewise.vectorBits=64"),
                List.of("-Dlanewise.vectorBits=128"),
                List.of("-Dlanewise.vectorBits=256"),
                List.of("-Dlanewise.vectorBits=512"));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void theWeightsAreTheSame(List<String> machine) throws Exception {
        for (String flag : machine) {
            if (flag.startsWith("-Dlanewise.vectorBits=")) {
                int bits = Integer.parseInt(flag.substring(flag.indexOf('=') + 1));
                Assumptions.assumeTrue(bits <= Lanewise.runtime().vectorBits(), "this machine has no such vectors");
            }
        }
        List<String> flags = new ArrayList<>(Jvm.VECTOR_FLAGS);
        List<String> arguments = new ArrayList<>(List.of("--data", data.toString()));
        for (String flag : machine) {
            (flag.startsWith("--") ? arguments : flags).add(flag);
        }
        Jvm jvm = Jvm.run(flags, Trainings.class, arguments.toArray(String[]::new));
        assertEquals(0, jvm.exitCode(), jvm.err());
        assertEquals(
                List.of(ADAMW, SGD),
                Pattern.compile("test accuracy \\d+\\.\\d\\d %  weights sha256 ([0-9a-f]{64})  ")
                        .matcher(jvm.out())
                        .results()
                        .map(result -> result.group(1))
                        .toList(),
                jvm.out());
    }

    /** Two trainings in one JVM, with the same further arguments. */
    static final class Trainings {
        private static final String ADAMW = "--hidden 32,17 --batch-size 50 --epochs 2";
        private static final String SGD = "--hidden none --optimizer sgd --momentum 0.9 --schedule constant"
                + " --batch-size 77 --epochs 2 --seed 2";

        private Trainings() {}

        public static void main(String[] arguments) {
            int code = run(ADAMW, arguments);
            System.exit(code == 0 ? run(SGD, arguments) : code);
        }

        private static int run(String training, String[] further) {
            return Main.run(
                    new PrintWriter(System.out, true),
                    new PrintWriter(System.err, true),
                    Stream.of(Stream.of("train"), Stream.of(training.split(" ")), Stream.of(further))
                            .flatMap(part -> part)
                            .toArray(String[]::new));
        }
    }
}
