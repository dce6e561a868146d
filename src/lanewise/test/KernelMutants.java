import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.platform.engine.DiscoverySelector;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;
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
    private static final String KERNELS = "dev.lanewise.internal.kernel.", TESTS = "dev.lanewise.optim.";

    /** The tests, which take a rule; the first kills most. */
    private static final List<String> KILLERS = List.of(
            "RuleBitsTest.everyLengthAndOffset",
            "StatisticsTest.hasTheSameBitsWithoutVectorsAndInEveryStorage",
            "Bf16GradientsTest.everyRuleHasTheBitsOfFloats",
            "RuleBitsTest.everyStorage");

    /** Classes of tests, or single ones, for what those leave out: rules of matrices and of rows, options together, and kernels of no rule. */
    private static final Map<String, List<String>> OTHERS = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "AdamWTerms",
                    List.of(
                            "optim.CautionTest",
                            "optim.StatisticsTest#hasTheSameBitsWithEveryTermOfTheFirstPassOfAdamW")),
            Map.entry("Add", List.of("distributed.SumTreeTest")),
            Map.entry("Average", List.of("optim.ParameterAverageTest")),
            Map.entry("Copy", List.of("optim.Bf16CopyTest", "internal.kernel.Bf16FloatsTest")),
            Map.entry("Dot", List.of("internal.kernel.DotProductTest")),
            Map.entry("Int8", List.of("optim.Int8StateTest")),
            Map.entry("Muon", List.of("optim.MuonPassesTest")),
            Map.entry("RowWiseAdagrad", List.of("optim.RowParityTest")),
            Map.entry("SumOfSquares", List.of("internal.kernel.SumOfSquaresTest", "optim.NormLawsTest")),
            Map.entry("Waxpby", List.of("optim.FlatVectorsTest"))));

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
     * @param arguments the kernels' names without {@code Kernel}, or none for all; for the process of the mutants, {@code --from}, a number and one name
     */
    public static void main(String[] arguments) throws Exception {
        if (arguments.length > 0 && arguments[0].equals("--from")) {
            runFrom(Integer.parseInt(arguments[1]), arguments[2]);
            return;
        }
        for (String kernel : arguments.length > 0 ? List.of(arguments) : kernels()) {
            List<MutationDetails> mutants = mutants(kernel);
            int survived = 0, ended = 0;
            for (int next = 0; next < mutants.size(); ) {
                List<String> results = run(next, kernel, mutants.size());
                for (String result : results) {
                    survived += result.startsWith("survived") ? 1 : 0;
                    ended += result.startsWith("ended") ? 1 : 0;
                    if (!result.startsWith("killed")) {
                        MutationDetails mutant = mutants.get(next);
                        System.out.println(kernel + " " + result + ": " + mutant.getMethod() + ", line "
                                + mutant.getLineNumber() + ": " + mutant.getDescription());
                    }
                    next++;
                }
            }
            System.out.println(kernel + ": " + mutants.size() + " mutants, " + survived + " survived, " + ended
                    + " ended their process");
        }
    }

    /** {@return the kernels that are defined from the bytes of their class files} */
    private static List<String> kernels() throws Exception {
        Stream<String> ofRules = rules(KernelMutants.class.getClassLoader(), "Bf16GradientsTest")
                .flatMap(rule -> Stream.of(name(rule, "kernel"), name(rule, "prepareKernel")));
        return Stream.concat(ofRules, OTHERS.keySet().stream())
                .distinct()
                .sorted()
                .toList();
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

    /** {@return the results of mutants from one on, in a process that ends at the latest after the first that ends it} */
    private static List<String> run(int from, String kernel, int count) throws IOException, InterruptedException {
        Path log = Files.createTempFile("mutants", ".log");
        Process process = new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx1g",
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-XX:-CreateCoredumpOnCrash",
                        "-XX:ErrorFile=/dev/null",
                        // Shorter vectors have no kernel of int8 state.
                        "-Dlanewise.vectorBits=" + (kernel.equals("Int8") ? 256 : 128),
                        "-Dlanewise.immediateKernels=true",
                        "-cp",
                        System.getProperty("java.class.path"),
                        System.getProperty("source"),
                        "--from",
                        Integer.toString(from),
                        kernel))
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
        if (results.size() < count - from) {
            results.add(late ? "ended after " + SECONDS + " seconds" : "ended the process");
        }
        return results;
    }

    /** Runs the mutants of a kernel from one on, and prints a line for each. */
    private static void runFrom(int from, String kernel) throws Exception {
        Mutater mutater = mutater();
        List<MutationDetails> mutants = mutants(kernel);
        PrintStream out = System.out;
        String name = KERNELS + kernel + "Kernel";
        String fails =
                killer(kernel, new MutantLoader(name, source().getBytes(name).orElseThrow()));
        if (fails != null) {
            throw new IllegalStateException("without a mutant fails " + fails);
        }
        out.println(READY);
        out.flush();
        for (MutationDetails mutant : mutants.subList(from, mutants.size())) {
            byte[] bytes = mutater.getMutation(mutant.getId()).getBytes();
            String killer = killer(kernel, new MutantLoader(name, bytes));
            out.println(killer == null ? "survived" : "killed by " + killer);
            out.flush();
        }
        System.exit(0);
    }

    /** {@return the first test that fails; null if all pass} */
    private static String killer(String kernel, ClassLoader loader) throws Exception {
        int runs = 0;
        for (String killer : KILLERS) {
            String[] names = killer.split("\\.");
            Class<?> tests = loader.loadClass(TESTS + names[0]);
            Method test = Stream.of(tests.getDeclaredMethods())
                    .filter(method -> method.getName().equals(names[1]) && method.getParameterCount() == 1)
                    .findFirst()
                    .orElseThrow();
            test.setAccessible(true);
            var constructor = tests.getDeclaredConstructor();
            constructor.setAccessible(true);
            for (Object rule : rules(loader, names[0]).toList()) {
                if (name(rule, "kernel").equals(kernel)
                        || name(rule, "prepareKernel").equals(kernel)) {
                    runs++;
                    try {
                        test.invoke(constructor.newInstance(), rule);
                    } catch (InvocationTargetException | LinkageError e) {
                        return killer;
                    }
                }
            }
        }
        for (String tests : OTHERS.getOrDefault(kernel, List.of())) {
            runs++;
            if (fails("dev.lanewise." + tests, loader)) {
                return tests;
            }
        }
        if (runs == 0) {
            throw new IllegalArgumentException("kernels must be among " + kernels() + ": " + kernel);
        }
        return null;
    }

    /**
     * {@return whether a test of a class fails}
     *
     * @param tests the name of the class, with {@code #} and that of a method without parameters for one test
     */
    private static boolean fails(String tests, ClassLoader loader) throws ClassNotFoundException {
        String[] names = tests.split("#");
        Class<?> type = loader.loadClass(names[0]);
        DiscoverySelector selector = names.length == 1
                ? DiscoverySelectors.selectClass(type)
                : DiscoverySelectors.selectMethod(type, names[1]);
        Thread.currentThread().setContextClassLoader(loader);
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selector)
                                .filters(TagFilter.excludeTags("slow", "exhaustive"))
                                // One case that fails is enough.
                                .configurationParameter("jqwik.shrinking.default", "OFF")
                                .build(),
                        listener);
        TestExecutionSummary summary = listener.getSummary();
        if (summary.getTestsStartedCount() == 0) {
            throw new IllegalStateException("no test of " + tests + " was run");
        }
        return summary.getTotalFailureCount() > 0;
    }

    /** {@return the configurations with a kernel that the tests of a class run} */
    private static Stream<Object> rules(ClassLoader loader, String tests) throws Exception {
        Method rules = loader.loadClass(TESTS + tests).getDeclaredMethod("rules");
        rules.setAccessible(true);
        Class<?> own = loader.loadClass(TESTS + "KernelRule");
        return ((Stream<?>) rules.invoke(null)).filter(own::isInstance).map(rule -> rule);
    }

    private static String name(Object rule, String method) {
        try {
            Method name = rule.getClass().getMethod(method);
            name.setAccessible(true);
            return (String) name.invoke(rule);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(rule + "." + method, e);
        }
    }
}
