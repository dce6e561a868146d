package dev.lanewise.internal.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.Lanewise;
import dev.lanewise.WarmUpReport;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.nn.Mlp;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.Sgd;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.testing.Jvm;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Each test runs in a JVM of its own, whose kernels are not compiled and need not run at once. */
class ReadinessTest {
    /** The flags of an application, in which kernels wait until they are compiled. */
    private static final List<String> FLAGS =
            List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED");

    private static List<String> run(Class<?> main, String... flags) throws Exception {
        List<String> all = new ArrayList<>(FLAGS);
        all.addAll(List.of(flags));
        Jvm jvm = Jvm.run(all, main);
        assertEquals(0, jvm.exitCode(), jvm.err());
        return jvm.out().lines().toList();
    }

    /** Prints what a kernel is asked to do when its definition reports times. */
    static final class Trials {
        public static void main(String[] arguments) {
            List<Integer> calls = new ArrayList<>();
            Readiness poor = new Readiness("poor", vectors -> calls.add(vectors) ? vectors : 0);
            for (int i = 0; i < 100; i++) {
                poor.defined(1_000_000, 1);
            }
            System.out.println("without credit: " + calls);
            Readiness absent = new Readiness("absent", vectors -> calls.add(vectors) ? -1 : 0);
            absent.defined(1_000_000_000, 1);
            absent.defined(1_000_000_000, 1);
            System.out.println("absent: " + calls + " " + absent.isReady());
            calls.clear();
            Readiness slow = new Readiness("slow", vectors -> {
                calls.add(vectors);
                long end = System.nanoTime() + 100_000L * vectors;
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                return vectors;
            });
            slow.defined(100_000_000, 100_000_000);
            long trials = calls.stream().filter(n -> n == 12).count();
            long empty = calls.stream().filter(n -> n == 0).count();
            System.out.println("slow: " + calls.get(0) + " " + (trials > 0 && empty == 256 + 40 * trials) + " "
                    + calls.getLast() + " " + slow.isReady());
            slow.defined(1, 1_000_000);
            System.out.println("still slow: " + slow.isReady());
            Readiness interrupted = new Readiness("interrupted", vectors -> {
                // The first calls without iterations after linking take 10 µs, and no trial is fast.
                boolean first = calls.size() > 256 && calls.size() < 297;
                calls.add(vectors);
                long end = System.nanoTime() + (vectors == 12 || first ? 10_000 : 0);
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                return vectors;
            });
            calls.clear();
            interrupted.defined(100_000_000, 100_000_000);
            System.out.println("interrupted: " + (calls.size() > 2_000) + " " + interrupted.isReady());
            Readiness fast = new Readiness("fast", vectors -> vectors);
            fast.defined(100_000_000, 100_000_000);
            System.out.println("fast: " + fast.isReady());
            Readiness broken = new Readiness("broken", vectors -> {
                throw new IllegalStateException("no such class");
            });
            broken.defined(1_000_000_000, 1);
            broken.defined(1_000_000_000, 1);
            System.out.println("broken: " + broken.isReady() + " " + broken.isPending());
        }
    }

    /** Prints whether a kernel is tried that is met after a warm-up has tried another one for long. */
    static final class AfterWarmUp {
        public static void main(String[] arguments) {
            Readiness slow = new Readiness("slow", vectors -> {
                long end = System.nanoTime() + 20_000_000L * Math.min(vectors, 1);
                while (System.nanoTime() < end) {
                    Thread.onSpinWait();
                }
                return vectors;
            });
            slow.tryAgain();
            Readiness later = new Readiness("later", vectors -> vectors);
            later.defined(130_000_000, 130_000_000);
            System.out.println(later.isReady());
        }
    }

    /** Prints what becomes of kernels that C2 has compiled badly: one that was, one that gets so, and one that is interpreted. */
    static final class Lost {
        private static int links;

        private static long trial(int vectors) {
            links += vectors == Readiness.LINKING ? 1 : 0;
            for (long end = System.nanoTime() + 700; links < 2 && vectors > 1 && System.nanoTime() < end; ) {
                Thread.onSpinWait();
            }
            return vectors;
        }

        public static void main(String[] arguments) throws ReflectiveOperationException {
            Readiness kernel = new Readiness("bad at first", Lost::trial);
            Method empty = Readiness.class.getDeclaredMethod("callEmpty", int.class);
            empty.setAccessible(true);
            // The calls without iterations, with which a trial is compared, must be compiled.
            for (int i = 0; i < 5_000; i++) {
                empty.invoke(kernel, 40);
            }
            kernel.defined(1_000_000_000, 1_000_000_000);
            System.out.println("bad at first: linked " + links + " times, " + kernel.isReady());
            kernel.ran(1_900, 100);
            for (int i = 0; i < 3; i++) {
                kernel.ran(1_000_000_000, 100);
            }
            System.out.println("late three times: " + kernel.isReady());
            kernel.ran(1_000_000_000, 100);
            System.out.println("late four times: " + kernel.isReady());
            kernel.defined(1_000_000_000, 1_000_000_000);
            System.out.println("tried again: linked " + links + " times, " + kernel.isReady());

            Sgd rule = new Sgd();
            List<Storage> arrays = Collections.nCopies(2 + rule.state().size(), Storage.ARRAY);
            SpecializedKernel sgd = Kernels.specialize("Sgd", arrays, Set.of(FusedLoop.UNDECAYED));
            Optimizer optimizer = new Optimizer(FloatSpan.of(new float[1_024]), rule);
            FloatSpan gradient = FloatSpan.of(new float[1_024]);
            for (long end = System.nanoTime() + 500_000_000; System.nanoTime() < end; ) {
                optimizer.step(gradient);
            }
            Object readiness = field(SpecializedKernel.class, "readiness").get(sgd);
            ((Lateness) field(Readiness.class, "lateness").get(readiness)).compiled(1, 1_000);
            field(Readiness.class, "ready").setBoolean(readiness, true);
            int steps = 0;
            for (; sgd.isReady() && steps < 1_000; steps++) {
                optimizer.step(gradient);
            }
            System.out.println("interpreted: " + steps + " steps");
        }

        private static Field field(Class<?> type, String name) throws NoSuchFieldException {
            Field field = type.getDeclaredField(name);
            field.setAccessible(true);
            return field;
        }
    }

    /** C2 may compile a kernel badly, at first or in the middle of a process. One step in 64 is timed. */
    @Test
    void aKernelThatIsCompiledBadlyIsLinkedAnew() throws Exception {
        assertEquals(
                List.of(
                        "bad at first: linked 2 times, true",
                        "late three times: true",
                        "late four times: false",
                        "tried again: linked 3 times, true",
                        "interpreted: 67 steps"),
                run(
                        Lost.class,
                        "-XX:CompileCommand=quiet",
                        "-XX:CompileCommand=exclude,dev.lanewise.internal.kernel.SgdKernel*::run"));
    }

    /** The trials of a warm-up are at the application's expense, and those that follow at that of the definitions. */
    @Test
    void aWarmUpLeavesNoDebt() throws Exception {
        assertEquals(List.of("true"), run(AfterWarmUp.class));
    }

    @Test
    void triesAKernelWithinTheTimeOfItsDefinition() throws Exception {
        assertEquals(
                List.of(
                        "without credit: []",
                        "absent: [1] false",
                        "slow: 1 true 12 false",
                        "still slow: false",
                        "interrupted: true false",
                        "fast: true",
                        "broken: false false"),
                run(Trials.class));
    }

    /** Trains until the kernels have taken over and prints, after each of some steps, a digest of the parameters and more. */
    static final class Training {
        public static void main(String[] arguments) {
            step();
            train();
        }

        private static void train() {
            Mlp mlp = new Mlp(66, 64, 33, 10);
            mlp.initialize(1);
            Optimizer optimizer = new Optimizer(mlp.parameters(), new AdamW());
            int[] labels = new int[20];
            float[] x = new float[labels.length * 66];
            for (int step = 1; step <= 3_000; step++) {
                for (int i = 0; i < x.length; i++) {
                    x[i] = step % 2 == 0 && i % 66 % 16 >= 4 ? 0 : (i * 31 + step * 17) % 1_000 / 1_000f - 0.4f;
                }
                for (int i = 0; i < labels.length; i++) {
                    labels[i] = (i * 7 + step) % 10;
                }
                double loss = mlp.forwardBackward(x, 0, labels, 0, labels.length);
                optimizer.step(mlp.gradients());
                if (step % 500 == 0) {
                    System.out.println(
                            loss + " " + Arrays.hashCode(mlp.parameters().toArray()));
                }
            }
        }

        private static void step() {
            for (boolean statistics : new boolean[] {false, true}) {
                float[] parameters = new float[70_001], gradients = new float[parameters.length];
                Optimizer optimizer = new Optimizer(
                        FloatSpan.of(parameters), new AdamW(), StepOptions.DEFAULT.withStatistics(statistics));
                for (int step = 1; step <= 3_000; step++) {
                    for (int i = 0; i < gradients.length; i++) {
                        gradients[i] = (i * 31 + step * 17) % 1_000 / 1_000f - 0.4f;
                    }
                    optimizer.step(FloatSpan.of(gradients));
                    if (step % 500 == 0) {
                        System.out.println(Arrays.hashCode(parameters) + " "
                                + optimizer.report().groups().get(0).updateNorm());
                    }
                }
            }
        }
    }

    @Test
    void hasTheSameBitsWheneverAKernelTakesOver() throws Exception {
        List<String> definitions = run(Training.class, "-Dlanewise.vectorBits=0");
        assertEquals(18, definitions.size());
        assertEquals(definitions, run(Training.class));
        assertEquals(definitions, run(Training.class, "-Dlanewise.immediateKernels=true"));
    }

    /** Warms up the kernels of an optimizer and prints the report. */
    static final class WarmUp {
        public static void main(String[] arguments) {
            FloatSpan parameters = FloatSpan.of(new float[100]), gradients = FloatSpan.of(new float[100]);
            Optimizer optimizer =
                    new Optimizer(parameters, new AdamW(), StepOptions.DEFAULT.withStatistics(arguments.length == 0));
            for (int i = 0; i < 2; i++) {
                WarmUpReport report = Lanewise.compileKernels(Duration.ofMinutes(1), () -> optimizer.step(gradients));
                System.out.println(report.compiled() + " " + report.pending());
            }
            WarmUpReport never = Lanewise.compileKernels(Duration.ZERO, () -> {});
            System.out.println(never.runs() + " " + never.compiled());
        }
    }

    @Test
    void warmsUpTheKernelsThatTheWorkUses() throws Exception {
        assertEquals(List.of("[AdamW, SumOfSquares] []", "[] []", "1 []"), run(WarmUp.class));
    }
}
