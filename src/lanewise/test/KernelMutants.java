import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.pitest.classinfo.ClassByteArraySource;
import org.pitest.classinfo.ClassName;
import org.pitest.classpath.ClassloaderByteArraySource;
import org.pitest.mutationtest.EngineArguments;
import org.pitest.mutationtest.engine.Mutater;
import org.pitest.mutationtest.engine.MutationDetails;
import org.pitest.mutationtest.engine.gregor.config.GregorEngineFactory;

/**
 * Tests the tests of kernels with mutants, in all forms of a kernel. PIT changes a class that is loaded, but a kernel for
 * options, statistics or native memory is defined from the bytes of its class file. Here PIT makes the mutants, and a class loader of
 * its own for each gives the changed bytes as the class and as the file. The mutants run in a process of their own, which is started
 * again after one that ends it or does not end.
 *
 * <p>{@code mutants.md} has the command, and the reasons for those that no test kills.
 */
public final class KernelMutants {
    private static final String KERNELS = "dev.lanewise.internal.kernel.";

    /**
     * The widths of vectors in bits, where they are not 128 alone: products have other tiles for 512, sums have fma from 256 on,
     * and shorter vectors than 256 have no kernel of int8 state.
     */
    private static final Map<String, List<Integer>> BITS = Map.ofEntries(
            Map.entry("AdamWTerms", List.of(128, 256)),
            Map.entry("Column", List.of(512, 128)),
            Map.entry("Dot", List.of(128, 256)),
            Map.entry("Gemm", List.of(128, 512)),
            Map.entry("Int8", List.of(256)),
            Map.entry("LambTerms", List.of(128, 256)),
            Map.entry("Narrow", List.of(512)),
            Map.entry("NonZero", List.of(128, 512)),
            Map.entry("Packed", List.of(128, 512)),
            Map.entry("Panel", List.of(128, 512)),
            Map.entry("Pixels", List.of(256)),
            Map.entry("Prepacked", List.of(512, 128)),
            Map.entry("Strip", List.of(512)),
            Map.entry("SumOfSquares", List.of(128, 256)),
            Map.entry("Transpose", List.of(512, 256, 128)));

    /** A mutant that takes longer loops forever. */
    private static final int SECONDS = 120;

    /** What the process of the mutants prints once the tests have passed without one. */
    private static final String READY = "the tests pass";

    private static final List<String> MUTATORS =
            List.of("DEFAULTS", "EXPERIMENTAL_NAKED_RECEIVER", "EXPERIMENTAL_ARGUMENT_PROPAGATION");

    private KernelMutants() {}

    /**
     * Prints each mutant that no test kills, and for each kernel how many there are.
     *
     * @param arguments the kernels' names without {@code Kernel}, or none for all; for the process of the mutants, {@code --run},
     *     one name, and numbers of mutants
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("--run")) {
            runMutants(
                    arguments[1],
                    Stream.of(arguments).skip(2).map(Integer::valueOf).toList());
            return;
        }
        for (String kernel : arguments.length > 0 ? List.of(arguments) : KernelKillers.kernels()) {
            List<MutationDetails> mutants = mutants(kernel);
            Map<Integer, String> left = new TreeMap<>();
            IntStream.range(0, mutants.size()).forEach(i -> left.put(i, ""));
            for (int bits : BITS.getOrDefault(kernel, List.of(128))) {
                // With the next width, only those run that are left.
                List<Integer> next = List.copyOf(left.keySet());
                for (boolean tested = false; !next.isEmpty(); tested = true) {
                    List<String> results = run(kernel, bits, tested, next);
                    for (int i = 0; i < results.size(); i++) {
                        left.put(next.get(i), results.get(i));
                    }
                    next = next.subList(results.size(), next.size());
                }
                left.values().removeIf(result -> result.startsWith("killed"));
            }
            left.forEach((i, result) -> System.out.println(kernel + " " + result + ": "
                    + mutants.get(i).getMethod() + ", line " + mutants.get(i).getLineNumber() + ": "
                    + mutants.get(i).getDescription()));
            long ended = left.values().stream()
                    .filter(result -> result.startsWith("ended"))
                    .count();
            System.out.println(kernel + ": " + mutants.size() + " mutants, " + (left.size() - ended) + " survived, "
                    + ended + " ended their process");
        }
    }

    private static ClassByteArraySource source() {
        return new ClassloaderByteArraySource(KernelMutants.class.getClassLoader());
    }

    private static Mutater mutater() {
        return new GregorEngineFactory()
                .createEngine(EngineArguments.arguments().withMutators(MUTATORS))
                .createMutator(source());
    }

    private static List<MutationDetails> mutants(String kernel) {
        return mutater().findMutations(ClassName.fromString(KERNELS + kernel + "Kernel"));
    }

    /**
     * {@return the results of the first of some mutants, in a process that ends at the latest after the first that ends it}
     *
     * @param tested whether the tests are known to pass without a mutant, so that they need not run again
     */
    private static List<String> run(String kernel, int bits, boolean tested, List<Integer> numbers)
            throws IOException, InterruptedException {
        Path log = Files.createTempFile("mutants", ".log");
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "-Dtested=" + tested,
                "-Dlanewise.vectorBits=" + bits,
                "-Dlanewise.immediateKernels=true",
                "-cp",
                System.getProperty("java.class.path"),
                System.getProperty("source"),
                "--run",
                kernel));
        numbers.forEach(number -> command.add(number.toString()));
        Process process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        long size = 0, since = System.nanoTime();
        boolean late = false;
        while (!process.waitFor(100, TimeUnit.MILLISECONDS)) {
            if (Files.size(log) > size) {
                size = Files.size(log);
                since = System.nanoTime();
            } else if (System.nanoTime() - since > TimeUnit.SECONDS.toNanos(SECONDS)) {
                late = true;
                process.destroyForcibly();
            }
        }
        List<String> lines = Files.readAllLines(log, StandardCharsets.ISO_8859_1);
        if (!lines.contains(READY)) {
            throw new IllegalStateException("the process of the mutants failed: " + log);
        }
        List<String> results = new ArrayList<>(lines.stream()
                .filter(line -> line.startsWith("killed") || line.startsWith("survived"))
                .toList());
        Files.delete(log);
        if (results.size() < numbers.size()) {
            results.add(late ? "ended after " + SECONDS + " seconds" : "ended the process");
        }
        return results;
    }

    /** Runs some mutants of a kernel, and prints a line for each. */
    private static void runMutants(String kernel, List<Integer> numbers) throws Exception {
        Mutater mutater = mutater();
        List<MutationDetails> mutants = mutants(kernel);
        PrintStream out = System.out;
        String name = KERNELS + kernel + "Kernel";
        if (!Boolean.getBoolean("tested")) {
            String fails = KernelKillers.killer(
                    kernel, new MutantLoader(name, source().getBytes(name).orElseThrow()));
            if (fails != null) {
                throw new IllegalStateException("without a mutant fails " + fails);
            }
        }
        out.println(READY);
        out.flush();
        for (int number : numbers) {
            byte[] bytes = mutater.getMutation(mutants.get(number).getId()).getBytes();
            String killer = KernelKillers.killer(kernel, new MutantLoader(name, bytes));
            out.println(killer == null ? "survived" : "killed by " + killer);
            out.flush();
        }
        System.exit(0);
    }
}
