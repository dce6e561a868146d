import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.platform.engine.FilterResult;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.PostDiscoveryFilter;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** The tests that run with mutants of kernels: see {@link KernelMutants}. */
final class KernelKillers {
    private static final String TESTS = "dev.lanewise.optim.";

    /** The tests, which take a rule; the first kills most. */
    private static final List<String> KILLERS = List.of(
            "RuleBitsTest.everyLengthAndOffset",
            "StatisticsTest.hasTheSameBitsWithoutVectorsAndInEveryStorage",
            "Bf16GradientsTest.everyRuleHasTheBitsOfFloats",
            "RuleBitsTest.everyStorage");

    /**
     * Classes of tests or with a {@code main}, or single tests, for what those leave out: rules of matrices and of rows, options
     * together, and kernels of no rule.
     */
    private static final Map<String, List<String>> OTHERS = new TreeMap<>(Map.ofEntries(
            Map.entry(
                    "AdamWTerms",
                    List.of(
                            "optim.CautionTest",
                            "optim.StatisticsTest#hasTheSameBitsWithEveryTermOfTheFirstPassOfAdamW")),
            Map.entry("Activation", List.of("linalg.ActivationTest")),
            Map.entry("Add", List.of("distributed.SumTreeTest")),
            Map.entry("Average", List.of("optim.ParameterAverageTest")),
            Map.entry("Column", List.of("linalg.GemmShapes")),
            Map.entry("Copy", List.of("optim.Bf16CopyTest", "internal.kernel.Bf16FloatsTest")),
            Map.entry("Derivative", List.of("linalg.ActivationTest")),
            Map.entry("Dot", List.of("internal.kernel.DotProductTest")),
            Map.entry("ExactSum", List.of("linalg.ExactSumTest", "linalg.SoftmaxTest")),
            Map.entry("Exp", List.of("linalg.ExpLoopTest", "linalg.SoftmaxTest", "linalg.ReductionsTest")),
            Map.entry("Gemm", List.of("linalg.GemmShapes", "linalg.GemmTest#blocksOfTermsChangeNoBit")),
            Map.entry("Int8", List.of("internal.kernel.Int8FloatsTest")),
            Map.entry("Muon", List.of("optim.MuonPassesTest")),
            Map.entry("Narrow", List.of("linalg.NarrowTileTest", "linalg.GemmShapes")),
            Map.entry("NonZero", List.of("linalg.GemmShapes", "linalg.GemmTest#zerosThatAreLeftOutChangeNoBit")),
            Map.entry("Packed", List.of("linalg.GemmShapes", "linalg.GemmTest#blocksOfTermsChangeNoBit")),
            Map.entry(
                    "Panel",
                    List.of(
                            "linalg.GemmShapes",
                            "linalg.GemmTest#zerosThatAreLeftOutChangeNoBit",
                            "linalg.GemmTest#notANumberPassesTheRectifierAndNotTheMask",
                            "linalg.GemmTest#zerosTimesInfinityAreNotLeftOut",
                            "linalg.ReductionsTest")),
            Map.entry("Pixels", List.of("linalg.PixelsTest")),
            Map.entry("Prepacked", List.of("linalg.GemmShapes", "linalg.PackedMatrixTest")),
            Map.entry("RowWiseAdagrad", List.of("optim.RowParityTest")),
            Map.entry("Strip", List.of("linalg.GemmShapes")),
            Map.entry("SumOfSquares", List.of("internal.kernel.SumOfSquaresTest", "optim.NormLawsTest")),
            Map.entry("Transpose", List.of("linalg.GemmShapes")),
            Map.entry("Waxpby", List.of("optim.FlatVectorsTest"))));

    private KernelKillers() {}

    /** {@return the kernels that have tests here} */
    static List<String> kernels() throws Exception {
        return Stream.concat(ofRules().stream(), OTHERS.keySet().stream())
                .distinct()
                .sorted()
                .toList();
    }

    private static Set<String> ofRules() throws Exception {
        return rules(KernelKillers.class.getClassLoader(), "Bf16GradientsTest")
                .flatMap(rule -> Stream.of(name(rule, "kernel"), name(rule, "prepareKernel")))
                .collect(Collectors.toSet());
    }

    /** {@return the first test that fails; null if all pass} */
    static String killer(String kernel, ClassLoader loader) throws Exception {
        int runs = 0;
        // For another kernel, the rules need not be loaded for each mutant.
        for (String killer : ofRules().contains(kernel) ? KILLERS : List.<String>of()) {
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
     * @param tests the name of the class, with {@code #} and that of a method for one test
     */
    private static boolean fails(String tests, ClassLoader loader) throws ReflectiveOperationException {
        String[] names = tests.split("#");
        Class<?> type = loader.loadClass(names[0]);
        Optional<Method> main = Stream.of(type.getDeclaredMethods())
                .filter(method -> method.getName().equals("main"))
                .findFirst();
        if (main.isPresent()) {
            return mainFails(main.get());
        }
        Thread.currentThread().setContextClassLoader(loader);
        SummaryGeneratingListener listener = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(DiscoverySelectors.selectClass(type))
                                // Vectors are objects where C2 does not run, so that tests of what is allocated fail.
                                .filters(TagFilter.excludeTags("slow", "exhaustive"), (PostDiscoveryFilter)
                                        test -> FilterResult.includedIf(
                                                isChosen(test.getUniqueId().toString(), names)))
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

    private static boolean isChosen(String id, String[] names) {
        return names.length == 1
                ? !id.contains("llocatesNothing")
                : id.contains(names[1] + "(") || id.contains(names[1] + "]");
    }

    private static boolean mainFails(Method main) throws IllegalAccessException {
        main.setAccessible(true);
        try {
            main.invoke(null, (Object) new String[0]);
            return false;
        } catch (InvocationTargetException e) {
            return true;
        }
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
