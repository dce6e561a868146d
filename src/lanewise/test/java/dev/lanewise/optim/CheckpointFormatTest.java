package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.CosineRestarts;
import dev.lanewise.schedule.Exponential;
import dev.lanewise.schedule.InverseSquareRoot;
import dev.lanewise.schedule.LinearWarmup;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.OneCycle;
import dev.lanewise.schedule.Polynomial;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.StepDecay;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.schedule.WarmupStableDecay;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Checkpoints that older versions wrote load, and training that goes on from them gets the bits that those versions got.
 * {@code test/resources/checkpoints/README.md} tells how the files were made.
 */
class CheckpointFormatTest {
    private static final Path FILES = Path.of("test/resources/checkpoints");
    private static final int SAVED = 7, CONTINUED = 10, GROUP = 4;

    /** The ranks of a run, the parameters that they share, and the plateau that their schedules follow. */
    private static final class Run {
        final float[] parameters;
        final ReduceOnPlateau plateau = new ReduceOnPlateau(
                0.01, ReduceOnPlateau.Goal.MINIMUM, 0.5, 1, 0.1, ReduceOnPlateau.Threshold.ABSOLUTE, 1, 1e-4, 0);
        final List<Optimizer> ranks = new ArrayList<>();
        private long steps;

        /**
         * Makes a run.
         *
         * @param name which one
         * @param fresh whether with the hyperparameters that the files have; otherwise with others, which the files replace
         */
        Run(String name, boolean fresh) {
            List<ParameterGroup> groups = groups(name, fresh);
            parameters = new float[GROUP * groups.size()];
            for (int i = 0; i < parameters.length; i++) {
                parameters[i] = fresh ? (i * 7 % 11 - 5) / 8f : 1;
            }
            StepOptions options = StepOptions.DEFAULT
                    .withClipping(Clipping.byNorm(6))
                    .withAverageDecay(0.875)
                    .withLossScale(new LossScale(4));
            int world = name.equals("ranks") ? 2 : 1;
            for (int rank = 0; rank < world; rank++) {
                Shard shard = new Shard(parameters.length, groups, rank, world);
                ranks.add(new Optimizer(own(parameters, shard), shard, options));
            }
        }

        private List<ParameterGroup> groups(String name, boolean fresh) {
            List<ParameterGroup> groups = new ArrayList<>();
            Schedule flat = new Constant(0.5);
            List<UpdateRule> rules = name.equals("options") ? options(fresh) : rules(fresh);
            List<Schedule> schedules = name.equals("options") ? combined() : simple();
            for (int i = 0; i < rules.size(); i++) {
                boolean own = fresh || schedules.get(i) instanceof ReduceOnPlateau;
                groups.add(new ParameterGroup(
                        "g" + i,
                        GROUP * i,
                        GROUP,
                        rules.get(i).withLearningRate(own ? schedules.get(i) : flat),
                        fresh && name.equals("options") && i == 2));
            }
            return groups;
        }

        /** What has another state with an option on is made with it, because the state must fit. */
        private static List<UpdateRule> options(boolean fresh) {
            return fresh
                    ? List.of(
                            new AdamW(new Constant(0.01), 0.75, 0.875, 1e-6, 0.1, true),
                            new Sgd(new Constant(0.05), 0.75, 0, true, 0.01),
                            new Lion(new Constant(0.001), 0.8, 0.95, 0.1),
                            new RmsProp(new Constant(0.01), 0.9, 1e-6, 0.5, true, 0.1),
                            UpdateRule.scheduled(
                                    i -> new NAdam().withWeightDecay(0.01 * i).withMomentumDecay(0.1 / (i + 1))),
                            new Sgd(new Constant(0.05), 0.9, 0.4, false, 0.01),
                            new Adam(new Constant(0.01), 0.75, 0.875, 1e-7, 0.1, true))
                    : List.of(
                            new AdamW().withAmsgrad(true),
                            new Sgd(new Constant(1), 0.5, 0, true, 0),
                            new Lion(),
                            new RmsProp(new Constant(1), 0.5, 1, 0.25, true, 0),
                            UpdateRule.scheduled(
                                    i -> new NAdam().withWeightDecay(0.01 * i).withMomentumDecay(0.1 / (i + 1))),
                            new Sgd(new Constant(1), 0.5, 0, false, 0),
                            new Adam().withAmsgrad(true));
        }

        private List<Schedule> combined() {
            return List.of(
                    new WarmupCosine(0.01, 5, 15, 0.001),
                    new LinearWarmup(0.05, 3, 0.01).then(5, new Cosine(0.05, 20, 0).times(new Exponential(1, 0.9))),
                    new Cosine(0.001, 40, 0),
                    plateau,
                    new Constant(0.01).times(0.5),
                    new OneCycle(0.05, 30, 0.3, 25, 1e4),
                    new MultiStep(0.01, 0.5, List.of(3L, 9L)).then(11, new Constant(0.002)));
        }

        private static List<UpdateRule> rules(boolean fresh) {
            return fresh
                    ? List.of(
                            new NAdam(new Constant(0.01), 0.8, 0.9, 1e-7, 0.1, 0.1, false),
                            new Rprop(0.1, new Constant(1), 0.3, 1.5, 0.01, 0.15),
                            new NormalizedSgd(new Constant(0.05), 0.75, 1e-3, NormScope.ALL),
                            new AdamV0(new Constant(0.01), 0.5, 0.9, 1e-6),
                            new Adagrad(new Constant(0.05), 0.01, 0.1, 0.5, 1e-9),
                            new Adadelta(new Constant(0.5), 0.95, 1e-4, 0.1),
                            new Adamax(new Constant(0.01), 0.8, 0.9, 1e-3, 0.1),
                            new RAdam(new Constant(0.01), 0.8, 0.9, 1e-7, 0.1, false))
                    : List.of(
                            new NAdam(),
                            new Rprop(),
                            new NormalizedSgd().withNormScope(NormScope.ALL),
                            new AdamV0(),
                            new Adagrad(),
                            new Adadelta(),
                            new Adamax(),
                            new RAdam());
        }

        private static List<Schedule> simple() {
            return List.of(
                    new MultiStep(0.01, 0.5, List.of()),
                    new Constant(0.1),
                    new CosineRestarts(0.05, 4, 2, 0.001),
                    new InverseSquareRoot(0.01, 3),
                    new Polynomial(0.05, 2, 30, 0.001),
                    new StepDecay(0.5, 0.5, 4),
                    new WarmupStableDecay(0.01, 3, 9, 20, 0.001),
                    new Exponential(1.0 / 3, 0.999));
        }

        private static FloatSpan own(float[] all, Shard shard) {
            return FloatSpan.of(all, (int) shard.from(), (int) shard.length());
        }

        /** The gradients and the metric are exact functions of the step, small and of both signs. */
        void steps(int count) {
            for (int i = 0; i < count; i++, steps++) {
                float[] gradients = new float[parameters.length];
                for (int j = 0; j < gradients.length; j++) {
                    gradients[j] = ((j * 31 + steps * 17) % 29 - 14) / 4f;
                }
                double[] sums = new double[ranks.getFirst().shard().groups().size()];
                for (Optimizer rank : ranks) {
                    rank.sumSquares(own(gradients, rank.shard()), sums);
                }
                ranks.forEach(rank -> rank.step(own(gradients, rank.shard()), 1, sums));
                plateau.observe((steps * 5 % 7) / 2.0);
            }
        }

        List<Path> save(Path folder, String name) throws IOException {
            List<Path> files = files(folder, name);
            for (Optimizer rank : ranks) {
                new Checkpoint(rank).save(files.get(rank.shard().rank()), Map.of("epoch", "3"));
            }
            return files;
        }

        void load(Path folder, String name) throws IOException {
            for (Optimizer rank : ranks) {
                assertEquals("3", new Checkpoint(rank).load(files(folder, name)).get("epoch"));
            }
            steps = SAVED;
        }

        private List<Path> files(Path folder, String name) {
            return ranks.stream()
                    .map(rank -> folder.resolve(
                            ranks.size() == 1 ? name : name + "-" + rank.shard().rank()))
                    .map(file -> file.resolveSibling(file.getFileName() + ".safetensors"))
                    .toList();
        }

        List<Tensor> result() {
            List<Tensor> tensors = new ArrayList<>();
            tensors.add(Tensor.of("parameters", FloatSpan.of(parameters), parameters.length));
            for (Optimizer rank : ranks) {
                tensors.add(Tensor.of(
                        "average." + rank.shard().rank(),
                        rank.average(),
                        rank.average().length()));
            }
            return tensors;
        }
    }

    /** Writes the files of the present format into the folder that is the argument. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        for (String name : List.of("options", "rules", "ranks")) {
            Run run = new Run(name, true);
            run.steps(SAVED);
            run.save(folder, name);
            run.steps(CONTINUED);
            Safetensors.write(folder.resolve(name + "-continued.safetensors"), run.result(), Map.of());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"options", "rules", "ranks"})
    void goesOnFromFormat0(String name) throws IOException {
        Path folder = FILES.resolve("format0");
        Run run = new Run(name, false);
        run.load(folder, name);
        assertTextsAreThoseOf(folder, name, run);
        run.steps(CONTINUED);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors expected = Safetensors.map(folder.resolve(name + "-continued.safetensors"), arena);
            for (Tensor tensor : run.result()) {
                assertArrayEquals(
                        expected.floats(tensor.name()).toArray(),
                        FloatSpan.of(tensor.bytes()).toArray(),
                        tensor.name());
            }
        }
    }

    /** The hyperparameters are those that were saved: written anew, they have the rule and the schedule of the file in one text. */
    private static void assertTextsAreThoseOf(Path folder, String name, Run run) throws IOException {
        for (Optimizer rank : run.ranks) {
            Path file = run.files(folder, name).get(rank.shard().rank());
            try (Arena arena = Arena.ofConfined()) {
                Map<String, String> expected =
                        new LinkedHashMap<>(Safetensors.map(file, arena).metadata());
                expected.remove("epoch");
                expected.put("lanewise.format", "1");
                for (ParameterGroup group : rank.groups()) {
                    String key = group.name() + ".rule", schedule = expected.remove(group.name() + ".schedule");
                    String rule = expected.get(key);
                    expected.put(
                            key,
                            rule.startsWith("Rprop[")
                                    ? rule.replaceFirst(
                                            "learningRate=([^,]*)", "initialStep=$1, learningRate=Constant[value=1.0]")
                                    : rule.replaceFirst("learningRate=[^,]*", "learningRate=" + schedule));
                }
                assertEquals(expected, new Checkpoint(rank).metadata());
            }
        }
    }
}
