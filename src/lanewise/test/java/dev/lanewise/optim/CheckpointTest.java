package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.Workers;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Checkpoint.Part;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.SafetensorsException;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Cosine;
import dev.lanewise.schedule.Exponential;
import dev.lanewise.schedule.MultiStep;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
    private static final Path PYTORCH = Path.of("test/resources/golden/state/pytorch_adamw.safetensors");

    @TempDir
    Path folder;

    private static FloatSpan random(int length, long seed) {
        return FloatSpan.of(Floats.random(length, seed));
    }

    private static void steps(Optimizer optimizer, long to) {
        while (optimizer.steps() < to) {
            optimizer.step(random((int) optimizer.parameters().length(), 100 + optimizer.steps()));
        }
    }

    /** All that makes up an optimizer, as the bytes of its checkpoint. */
    private byte[] bytes(Optimizer optimizer) throws IOException {
        Path file = folder.resolve("bytes");
        new Checkpoint(optimizer).save(file);
        return Files.readAllBytes(file);
    }

    static Stream<UpdateRule> rules() {
        return RuleTable.rules();
    }

    @ParameterizedTest
    @MethodSource("rules")
    void resumedIsUninterruptedToTheBit(UpdateRule rule) throws IOException {
        Path file = folder.resolve("checkpoint");
        Random random = new Random(rule.hashCode());
        for (int round = 0; round < 5; round++) {
            int length = 1 + random.nextInt(300);
            Optimizer straight = twoGroups(rule, length);
            Optimizer first = twoGroups(rule, length);
            int stop = random.nextInt(20);
            steps(straight, 20);
            steps(first, stop);
            new Checkpoint(first).save(file);
            Optimizer second = twoGroups(rule, length);
            steps(second, random.nextInt(3));
            new Checkpoint(second).load(file);
            assertEquals(stop, second.steps());
            steps(second, 20);
            assertArrayEquals(bytes(straight), bytes(second), rule + " stopped after " + stop);
        }
    }

    private static Optimizer twoGroups(UpdateRule rule, int length) {
        return new Optimizer(
                random(2 * length + 3, 1),
                List.of(
                        new ParameterGroup("b", length + 1, length, new Sgd().withMomentum(0.9)),
                        new ParameterGroup("a", 1, length, rule.withLearningRate(new WarmupCosine(0.01, 5, 15)))),
                StepOptions.DEFAULT.withWorkers(Workers.caller()));
    }

    @Test
    void theAverageAndTheLossScaleAreResumedToo() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer straight = scaled();
        Optimizer first = scaled();
        scaledSteps(straight, 0, 30);
        scaledSteps(first, 0, 17);
        new Checkpoint(first).save(file);
        Optimizer second = scaled();
        new Checkpoint(second).load(file);
        scaledSteps(second, 17, 30);
        assertArrayEquals(bytes(straight), bytes(second));
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(
                    List.of(
                            "optimizer.step",
                            "optimizer.skipped",
                            "all.step",
                            "loss_scale.scale",
                            "loss_scale._growth_tracker",
                            "all",
                            "all.average",
                            "all.exp_avg",
                            "all.exp_avg_sq"),
                    List.copyOf(Safetensors.map(file, arena).names()));
        }
        assertEquals(
                file + ": checkpoint does not match the optimizer:\n"
                        + "  unexpected: loss_scale.scale, F64 []\n"
                        + "  unexpected: loss_scale._growth_tracker, I64 []\n"
                        + "  unexpected: all.average, F32 [50]",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Checkpoint(new Optimizer(random(50, 1), new AdamW())).load(file))
                        .getMessage());
    }

    private static Optimizer scaled() {
        return new Optimizer(
                random(50, 1),
                new AdamW(new WarmupCosine(0.01, 5, 15)),
                StepOptions.DEFAULT.withAverageDecay(0.9).withLossScale(new LossScale()));
    }

    /** Some of the gradients are infinite, so the scale changes. */
    private static void scaledSteps(Optimizer optimizer, int from, int to) {
        for (int i = from; i < to; i++) {
            FloatSpan gradients = random(50, 100 + i);
            if (i % 7 == 3) {
                gradients.set(i, Float.POSITIVE_INFINITY);
            }
            optimizer.step(gradients);
        }
    }

    /** Scheduled hyperparameters, a group frozen for a while, skipped steps, an average and a loss scale, all at once. */
    @Test
    void everythingThatChangesIsResumedToTheBit() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer straight = changing();
        changingSteps(straight, 0, 30);
        for (int stop = 0; stop <= 30; stop++) {
            Optimizer first = changing();
            changingSteps(first, 0, stop);
            new Checkpoint(first).save(file);
            Optimizer second = changing();
            changingSteps(second, 0, stop % 3);
            new Checkpoint(second).load(file);
            assertEquals(first.groups(), second.groups());
            assertEquals(first.report().skipped(), second.report().skipped());
            changingSteps(second, stop, 30);
            assertArrayEquals(bytes(straight), bytes(second), "stopped after " + stop);
        }
    }

    private static final UpdateRule SCHEDULED =
            UpdateRule.scheduled(i -> new NAdam().withWeightDecay(0.01 * i).withMomentumDecay(0.1 / (i + 1)));

    private static final Schedule CHANGING =
            new WarmupCosine(0.01, 5, 15).then(20, new Constant(0.001)).times(2);

    private static Optimizer changing() {
        return new Optimizer(
                random(60, 1),
                List.of(
                        new ParameterGroup("a", 0, 20, SCHEDULED.withLearningRate(CHANGING)),
                        new ParameterGroup("b", 20, 20, new NAdam(CHANGING)),
                        new ParameterGroup("c", 40, 20, new AdamW(CHANGING)).withFrozen(true)),
                StepOptions.DEFAULT.withAverageDecay(0.9).withLossScale(new LossScale()));
    }

    private static void changingSteps(Optimizer optimizer, int from, int to) {
        for (int i = from; i < to; i++) {
            if (i == 4) {
                optimizer.replace(optimizer.group("c").withFrozen(false));
            } else if (i == 11) {
                optimizer.replace(
                        optimizer.group("b").withFrozen(true),
                        optimizer.group("c").withRule(new AdamW(CHANGING).withWeightDecay(0.5)));
            } else if (i == 19) {
                optimizer.replace(optimizer.group("b").withFrozen(false).withRule(new NAdam(new Cosine(0.01, 40))));
            }
            FloatSpan gradients = random(60, 100 + i);
            if (i % 7 >= 5) {
                gradients.set(41, Float.NaN);
            }
            optimizer.step(gradients);
        }
    }

    @Test
    void groupsCountTheirOwnSteps() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = changing();
        changingSteps(optimizer, 0, 12);
        new Checkpoint(optimizer).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            assertEquals(10, number(saved, "optimizer.step"));
            assertEquals(10, number(saved, "a.step"));
            assertEquals(9, number(saved, "b.step"));
            assertEquals(6, number(saved, "c.step"));
            assertEquals("true", saved.metadata().get("b.frozen"));
            assertEquals("true", saved.metadata().get("a.rule.scheduled"));
            assertEquals(
                    RuleCodec.write(SCHEDULED.at(9).withLearningRate(CHANGING)),
                    saved.metadata().get("a.rule"));
            rewrite(file, saved, Map.of("c.step", 12L), Map.of());
        }
        assertMisfit(
                file
                        + ": checkpoint does not match the optimizer:\n"
                        + "  c.step: expected a whole number from 0 to 10, found 12",
                new Checkpoint(optimizer),
                file);
    }

    private static long number(Safetensors saved, String name) {
        return saved.tensor(name).bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
    }

    /** The same file with some numbers and texts replaced, or removed where they are null. */
    private static void rewrite(Path file, Safetensors saved, Map<String, Long> numbers, Map<String, String> texts)
            throws IOException {
        List<Tensor> tensors = new ArrayList<>();
        for (String name : saved.names()) {
            if (!numbers.containsKey(name)) {
                Tensor tensor = saved.tensor(name);
                byte[] copy = tensor.bytes().toArray(ValueLayout.JAVA_BYTE);
                tensors.add(new Tensor(name, tensor.dtype(), tensor.shape(), MemorySegment.ofArray(copy)));
            } else if (numbers.get(name) != null) {
                tensors.add(Tensor.of(name, numbers.get(name)));
            }
        }
        Map<String, String> metadata = new LinkedHashMap<>(saved.metadata());
        texts.forEach((name, text) -> {
            metadata.remove(name);
            if (text != null) {
                metadata.put(name, text);
            }
        });
        Safetensors.write(file, tensors, metadata);
    }

    @Test
    void goesOnWithTheHyperparametersOfTheFile() throws IOException {
        Path file = folder.resolve("checkpoint");
        AdamW rule = new AdamW().withBetas(0.8, 0.95).withWeightDecay(0.3);
        Schedule rate = new MultiStep(0.01, 0.5, List.of(3L, 8L)).times(new Exponential(1, 0.99));
        ParameterGroup group = new ParameterGroup("w", 0, 50, rule.withLearningRate(rate));
        Optimizer straight = new Optimizer(random(50, 1), List.of(group), StepOptions.DEFAULT);
        steps(straight, 5);
        new Checkpoint(straight).save(file, Map.of("epoch", "1"));
        Optimizer other =
                new Optimizer(random(50, 2), List.of(new ParameterGroup("w", 0, 50, new AdamW())), StepOptions.DEFAULT);
        assertEquals("1", new Checkpoint(other).load(file).get("epoch"));
        assertEquals(List.of(group), other.groups());
        steps(straight, 12);
        steps(other, 12);
        assertArrayEquals(bytes(straight), bytes(other));

        Optimizer own =
                new Optimizer(random(50, 2), List.of(new ParameterGroup("w", 0, 50, new AdamW())), StepOptions.DEFAULT);
        List<ParameterGroup> groups = own.groups();
        new Checkpoint(own).loadState(file);
        assertEquals(groups, own.groups());
        assertEquals(5, own.steps());
        own.replace(group);
        steps(own, 12);
        assertArrayEquals(bytes(straight), bytes(own));
    }

    @Test
    void theLimitOfSkipsHoldsAcrossARestart() throws IOException {
        Path file = folder.resolve("checkpoint");
        StepOptions options =
                StepOptions.DEFAULT.withNonFinitePolicy(NonFinitePolicy.SKIP).withSkipLimit(2);
        FloatSpan bad = FloatSpan.of(new float[] {Float.NaN});
        Optimizer first = new Optimizer(FloatSpan.of(new float[1]), new Sgd(1), options);
        first.step(bad);
        first.step(bad);
        new Checkpoint(first).save(file);
        Optimizer second = new Optimizer(FloatSpan.of(new float[1]), new Sgd(1), options);
        new Checkpoint(second).load(file);
        assertThrows(IllegalStateException.class, () -> second.step(bad));
    }

    /** As it was before hyperparameters could be loaded: without the numbers of the optimizer as a whole. */
    @Test
    void loadsTheFirstCheckpoints() throws IOException {
        Path file = folder.resolve("checkpoint");
        Map<String, Long> none = new LinkedHashMap<>();
        none.put("optimizer.step", null);
        none.put("optimizer.skipped", null);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("lanewise.format", null);
        texts.put(
                "a.rule",
                "NAdam[learningRate=0.002, beta1=0.9, beta2=0.999, epsilon=1.0E-8, weightDecay=0.0,"
                        + " momentumDecay=0.004]");
        texts.put("a.schedule", RuleCodec.write(new WarmupCosine(0.01, 5, 15)));
        texts.put("b.rule", "Sgd[learningRate=0.001, momentum=0.9, dampening=0.0, nesterov=false, weightDecay=0.0]");
        texts.put("b.schedule", "Product[one=Mine$$Lambda/0x00007f@1b2c, other=Constant[value=2.0]]");
        Optimizer first = twoGroups(new NAdam(), 7);
        steps(first, 6);
        new Checkpoint(first).save(file);
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), none, texts);
        }
        Optimizer second = new Optimizer(
                random(17, 1),
                List.of(
                        new ParameterGroup("b", 8, 7, new Sgd(step -> 0.001).withMomentum(0.9)),
                        new ParameterGroup("a", 1, 7, new NAdam(new WarmupCosine(0.01, 5, 15)))),
                StepOptions.DEFAULT);
        new Checkpoint(second).load(file);
        assertEquals(6, second.steps());
        steps(first, 20);
        steps(second, 20);
        assertArrayEquals(first.parameters().toArray(), second.parameters().toArray());
    }

    @Test
    void aPlateauIsResumed() throws IOException {
        Path file = folder.resolve("checkpoint");
        ReduceOnPlateau[] plateaus = {new ReduceOnPlateau(0.1), new ReduceOnPlateau(0.2)};
        Optimizer[] optimizers = new Optimizer[2];
        for (int i = 0; i < 2; i++) {
            optimizers[i] = new Optimizer(FloatSpan.of(new float[2]), new Sgd(plateaus[i]), StepOptions.DEFAULT);
        }
        for (int i = 0; i < 15; i++) {
            plateaus[0].observe(3 + i);
        }
        new Checkpoint(optimizers[0]).save(file);
        new Checkpoint(optimizers[1]).load(file);
        assertEquals(plateaus[0].state(), plateaus[1].state());
        assertEquals(0.01, plateaus[1].at(0), 1e-15);
        try (Arena arena = Arena.ofConfined()) {
            rewrite(
                    file,
                    Safetensors.map(file, arena),
                    Map.of(),
                    Map.of("all.schedule.state", "State[rate=0.1, best=1.0, bad=-1, cooling=0]"));
        }
        ReduceOnPlateau.State before = plateaus[1].state();
        assertMisfit(
                file + ": checkpoint does not match the optimizer:\n  schedule of all: bad must be at least 0: -1",
                new Checkpoint(optimizers[1]),
                file);
        assertEquals(before, plateaus[1].state());
    }

    /** One plateau for several groups, each at its own multiple of it. */
    @Test
    void aPlateauThatIsPartOfSchedulesIsResumed() throws IOException {
        Path file = folder.resolve("checkpoint");
        ReduceOnPlateau[] plateaus = {new ReduceOnPlateau(1), new ReduceOnPlateau(0.2)};
        Optimizer[] optimizers = new Optimizer[2];
        for (int i = 0; i < 2; i++) {
            Schedule half = plateaus[i].times(i == 0 ? 0.5 : 7);
            optimizers[i] = new Optimizer(
                    random(2, 1),
                    List.of(
                            new ParameterGroup("a", 0, 1, new Sgd(plateaus[i])),
                            new ParameterGroup("b", 1, 1, new Sgd(new Constant(0.1).then(2, half)))),
                    StepOptions.DEFAULT);
        }
        for (int i = 0; i < 15; i++) {
            plateaus[0].observe(3 + i);
        }
        new Checkpoint(optimizers[0]).save(file);
        new Checkpoint(optimizers[1]).load(file);
        assertEquals(plateaus[0].state(), plateaus[1].state());
        assertEquals(0.1, plateaus[1].at(0), 1e-15);
        assertEquals(
                new Constant(0.1).then(2, plateaus[1].times(0.5)),
                optimizers[1].group("b").rule().learningRate());
        try (Arena arena = Arena.ofConfined()) {
            rewrite(
                    file,
                    Safetensors.map(file, arena),
                    Map.of(),
                    Map.of("b.schedule.state", "State[rate=0.5, best=1.0, bad=0, cooling=0]"));
        }
        String saved = "State[rate=0.1, best=3.0, bad=3, cooling=0]";
        assertMisfit(
                file + ": checkpoint does not match the optimizer:\n  schedule of b: expected " + saved
                        + " as in another group that has it, found State[rate=0.5, best=1.0, bad=0, cooling=0]",
                new Checkpoint(optimizers[1]),
                file);
        assertEquals(saved, RuleCodec.write(plateaus[1].state()));
    }

    @Test
    void refusesAnotherFormat() throws IOException {
        Path file = folder.resolve("checkpoint");
        Checkpoint checkpoint = new Checkpoint(new Optimizer(random(2, 1), new AdamW()));
        checkpoint.save(file);
        Map<String, String> wrong = Map.of(
                "2",
                "must be at most 1, the newest that this version of Lanewise reads: 2",
                "999999999",
                "must be at most 1, the newest that this version of Lanewise reads: 999999999",
                "0",
                "must be a whole number from 1: 0",
                "1.0",
                "must be a whole number from 1: 1.0",
                "",
                "must be a whole number from 1: ");
        for (Map.Entry<String, String> format : wrong.entrySet()) {
            try (Arena arena = Arena.ofConfined()) {
                rewrite(
                        file,
                        Safetensors.map(file, arena),
                        Map.of(),
                        Map.of("lanewise.format", format.getKey(), "all.rule", "Adam"));
            }
            assertMisfit(file + ": lanewise.format " + format.getValue(), checkpoint, file);
        }
    }

    /** What has no text in the next process, as a function, is no reason to refuse a checkpoint. */
    @Test
    void aRuleWithoutATextIsComparedByItsName() throws IOException {
        record Mine(Schedule learningRate, Schedule decay) implements UpdateRule {
            @Override
            public Mine withLearningRate(Schedule learningRate) {
                return new Mine(learningRate, decay);
            }

            @Override
            public List<StateBuffer> state() {
                return List.of();
            }

            @Override
            public void coefficients(Step step, float[] constants) {}

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {}
        }
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = new Optimizer(random(2, 1), new Mine(new Constant(0.1), step -> 0.1));
        steps(optimizer, 2);
        new Checkpoint(optimizer).save(file);
        assertEquals("Mine", new Checkpoint(optimizer).metadata().get("all.rule"));
        Optimizer other = new Optimizer(random(2, 1), new Mine(new Constant(0.2), step -> 0.2));
        new Checkpoint(other).load(file);
        assertEquals(2, other.steps());
        assertMisfit(
                file + ": checkpoint does not match the optimizer:\n  rule of all: expected Sgd, found Mine",
                new Checkpoint(new Optimizer(random(2, 1), new Sgd())),
                file);
        // A text that another version of the rule had is no reason either.
        Map<String, String> texts = new LinkedHashMap<>(Map.of("all.rule", "Mine[decay=0.1]"));
        for (UpdateRule rule : List.of(
                new Mine(new Constant(0.2), step -> 0.2),
                UpdateRule.scheduled(i -> new Mine(new Constant(0.2), step -> 0.2)))) {
            try (Arena arena = Arena.ofConfined()) {
                rewrite(file, Safetensors.map(file, arena), Map.of(), texts);
            }
            Optimizer another = new Optimizer(random(2, 1), rule);
            new Checkpoint(another).load(file);
            assertEquals(2, another.steps());
            texts.put("all.rule.scheduled", "true");
        }
    }

    @Test
    void listsHyperparametersThatCannotBeLoadedAndChangesNothing() throws IOException {
        Path file = folder.resolve("checkpoint");
        record Mine(Schedule learningRate, double factor) implements UpdateRule {
            @Override
            public Mine withLearningRate(Schedule learningRate) {
                return new Mine(learningRate, factor);
            }

            @Override
            public List<StateBuffer> state() {
                return List.of();
            }

            @Override
            public void coefficients(Step step, float[] constants) {}

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {}
        }
        Schedule function = step -> 0.1;
        Optimizer optimizer = eight(
                new AdamW(),
                new AdamW(),
                new AdamW(),
                new Mine(function, 2),
                UpdateRule.scheduled(i -> new Sgd().withWeightDecay(0.125 * i)),
                new Sgd(),
                new Sgd(),
                function);
        steps(optimizer, 3);
        byte[] before = bytes(optimizer);
        new Checkpoint(optimizer).save(file);
        new Checkpoint(optimizer).load(file);
        assertArrayEquals(before, bytes(optimizer));
        assertSame(function, optimizer.group("g7").rule().learningRate());
        Optimizer other = eight(
                new AdamW(),
                new AdamW(),
                new AdamW(),
                new Mine(function, 3),
                UpdateRule.scheduled(i -> new Sgd().withWeightDecay(0.25 * i)),
                UpdateRule.scheduled(i -> new Sgd().withWeightDecay(i)),
                new Sgd(),
                new Constant(0.1));
        try (Arena arena = Arena.ofConfined()) {
            String adamW = new AdamW(0.01).toString();
            rewrite(
                    file,
                    Safetensors.map(file, arena),
                    Map.of("optimizer.skipped", -1L),
                    Map.of(
                            "g0.rule",
                            adamW.replace("beta1=0.9", "beta1=1.5"),
                            "g1.rule",
                            adamW.replace("amsgrad=false", "amsgrad=true"),
                            "g2.rule",
                            adamW.substring(0, 30),
                            "g6.rule",
                            new Sgd().toString().replace("Constant[value=0.001]", "Runtime[version=1]")));
        }
        byte[] unchanged = bytes(other);
        assertMisfit("""
            %s: checkpoint does not match the optimizer:
              optimizer.skipped: expected a whole number from 0 to 2147483647, found -1
              rule of g0: beta1 must be in [0, 1): 1.5
              rule of g1: expected AdamW with the state [exp_avg, exp_avg_sq], found AdamW [amsgrad] with the state [exp_avg, exp_avg_sq, max_exp_avg_sq]
              rule of g2: expected = after 30 characters, found AdamW[learningRate=Constant[va
              rule of g3: expected Mine[learningRate=Constant[value=0.01], factor=3.0], found Mine[learningRate=Constant[value=0.01], factor=2.0]
              rule of g4: expected Sgd[learningRate=Constant[value=0.01], momentum=0.0, dampening=0.0, nesterov=false, weightDecay=0.5] by a function, found Sgd[learningRate=Constant[value=0.01], momentum=0.0, dampening=0.0, nesterov=false, weightDecay=0.25] by a function
              rule of g5: expected Sgd[learningRate=Constant[value=0.01], momentum=0.0, dampening=0.0, nesterov=false, weightDecay=2.0] by a function, found Sgd[learningRate=Constant[value=0.01], momentum=0.0, dampening=0.0, nesterov=false, weightDecay=0.0]
              rule of g6: expected a record of the library, found Runtime
              schedule of g7: expected Constant[value=0.1], found a function\
            """.formatted(file), new Checkpoint(other), file);
        assertArrayEquals(unchanged, bytes(other));
        // What is damaged in the hyperparameters does not stop their state.
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), Map.of("optimizer.skipped", 0L), Map.of());
        }
        new Checkpoint(other).loadState(file);
        assertEquals(3, other.steps());

        // Without a format, the text of an application's rule is shown as it is in the file.
        Optimizer mine = new Optimizer(random(2, 1), new Mine(new Constant(0.1), 2));
        new Checkpoint(mine).save(file);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("lanewise.format", null);
        texts.put("all.rule", "Mine[learningRate=0.1, factor=3.0]");
        texts.put("all.schedule", "Constant[value=0.1]");
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), Map.of(), texts);
        }
        assertMisfit(
                file + ": checkpoint does not match the optimizer:\n"
                        + "  rule of all: expected Mine[learningRate=Constant[value=0.1], factor=2.0], found"
                        + " Mine[learningRate=0.1, factor=3.0]",
                new Checkpoint(mine),
                file);
    }

    /** The learning rate of a file and that of the optimizer are of several kinds. */
    @Test
    void anotherKindOfLearningRateIsLoadedOrRefused() throws IOException {
        Path file = folder.resolve("checkpoint");
        String head = file + ": checkpoint does not match the optimizer:\n  ";
        new Checkpoint(new Optimizer(random(2, 1), new Sgd(0.1))).save(file);
        ReduceOnPlateau plateau = new ReduceOnPlateau(0.3);
        ReduceOnPlateau.State before = plateau.state();
        Optimizer optimizer = new Optimizer(random(2, 1), new Sgd(plateau));
        new Checkpoint(optimizer).load(file);
        assertEquals(new Sgd(0.1), optimizer.groups().getFirst().rule());
        assertEquals(before, plateau.state());
        assertMisfit(
                head + "schedule of all: expected a function, found Constant[value=0.1]",
                new Checkpoint(new Optimizer(random(2, 1), new Sgd(step -> 0.1))),
                file);
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), Map.of(), Map.of("all.rule", "Lion[x=1]"));
        }
        assertMisfit(
                head + "rule of all: expected Sgd, found Lion[x=1]",
                new Checkpoint(new Optimizer(random(2, 1), UpdateRule.scheduled(i -> new Sgd()))),
                file);
    }

    /** A schedule beside the rule has Rprop's steps, also where a function of the step gives the other hyperparameters. */
    @Test
    void theSeparateScheduleOfAScheduledRpropIsDividedByItsFirstStep() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = new Optimizer(random(2, 1), UpdateRule.scheduled(i -> new Rprop().withInitialStep(0.25)));
        new Checkpoint(optimizer).save(file);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("lanewise.format", null);
        texts.put("all.rule", "Rprop[learningRate=0.25, etaMinus=0.5, etaPlus=1.2, minStep=1.0E-6, maxStep=50.0]");
        texts.put("all.schedule", "Constant[value=0.5]");
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), Map.of(), texts);
        }
        new Checkpoint(optimizer).load(file);
        assertEquals(
                new Rprop(2).withInitialStep(0.25),
                optimizer.groups().getFirst().rule().at(4));
    }

    /** Without a format, a file has the schedule beside the rule. */
    @Test
    void listsSeparateSchedulesThatCannotBeLoaded() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = eight(
                new AdamW(),
                new AdamW(),
                UpdateRule.scheduled(i -> new Sgd().withWeightDecay(0.125 * i)),
                new Rprop(),
                new Rprop(),
                new Sgd(),
                new Sgd(),
                (Schedule) step -> 0.1);
        steps(optimizer, 3);
        new Checkpoint(optimizer).save(file);
        Map<String, String> texts = new LinkedHashMap<>();
        texts.put("lanewise.format", null);
        texts.put("g0.schedule", "Runtime[version=1]");
        texts.put("g1.schedule", "Constant[value=x]");
        texts.put("g2.rule", "Sgd[learningRate=0.5, momentum=0.0, dampening=0.0, nesterov=false, weightDecay=0.25]");
        texts.put("g3.rule", "Rprop[learningRate=0.25, etaMinus=0.5, etaPlus=1.2, minStep=1.0E-6, maxStep=50.0]");
        texts.put("g4.rule", texts.get("g3.rule"));
        texts.put("g3.schedule", "Constant[value=0.25]");
        texts.put("g4.schedule", "Cosine[peak=0.25, steps=9, floor=0.0]");
        texts.put("g5.schedule", "Constant[value=0.5");
        texts.put("g7.schedule", "Constant[value=0.5]");
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), Map.of(), texts);
        }
        assertMisfit("""
            %s: checkpoint does not match the optimizer:
              schedule of g0: expected a record of the library, found Runtime
              schedule of g1: value: expected double, found x
              schedule of g5: expected a comma or ] after 18 characters, found Constant[value=0.5
              schedule of g6: expected Constant[value=0.01], found a function
              schedule of g7: expected a function, found Constant[value=0.5]\
            """.formatted(file), new Checkpoint(optimizer), file);

        for (String group : List.of("g0", "g1", "g5", "g6")) {
            texts.put(group + ".schedule", "Constant[value=0.125]");
        }
        texts.put("g2.schedule", "Cosine[peak=0.5, steps=9, floor=0.0]");
        texts.put("g7.schedule", null);
        try (Arena arena = Arena.ofConfined()) {
            rewrite(file, Safetensors.map(file, arena), Map.of(), texts);
        }
        Schedule own = optimizer.group("g7").rule().learningRate();
        new Checkpoint(optimizer).load(file);
        assertEquals(new AdamW(0.125), optimizer.group("g0").rule());
        assertEquals(
                new Sgd(new Cosine(0.5, 9)).withWeightDecay(0.5),
                optimizer.group("g2").rule().at(4));
        // Rprop's steps were the schedule over the first one, which had the name of the learning rate.
        assertEquals(new Rprop().withInitialStep(0.25), optimizer.group("g3").rule());
        assertEquals(
                new Rprop(new Cosine(0.25, 9).times(4)).withInitialStep(0.25),
                optimizer.group("g4").rule());
        assertEquals(new Sgd(own), optimizer.group("g7").rule());
    }

    private static Optimizer eight(Object... rules) {
        List<ParameterGroup> groups = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            groups.add(new ParameterGroup("g" + i, i, 1, ((UpdateRule) rules[i]).withLearningRate(new Constant(0.01))));
        }
        groups.add(new ParameterGroup("g7", 7, 1, new Sgd((Schedule) rules[7])));
        return new Optimizer(random(8, 1), groups, StepOptions.DEFAULT);
    }

    private static final AdamW ADAMW = new AdamW(new Constant(0.003), 0.9, 0.999, 1e-8, 0.05, false);

    /** The groups in the order of the file. */
    private static Optimizer likePyTorch() {
        return new Optimizer(
                FloatSpan.of(new float[421]),
                List.of(
                        new ParameterGroup("0.bias", 0, 16, ADAMW),
                        new ParameterGroup("0.weight", 16, 320, ADAMW),
                        new ParameterGroup("2.bias", 336, 5, ADAMW),
                        new ParameterGroup("2.weight", 341, 80, ADAMW)),
                StepOptions.DEFAULT);
    }

    private static final List<Part> PARTS = List.of(
            Part.of("0.bias", 0, 16),
            Part.of("0.weight", 16, 16, 20),
            Part.of("2.bias", 336, 5),
            Part.of("2.weight", 341, 5, 16));

    /**
     * PyTorch computes in float32 too, but in another order, so that a step, of 0.003 or so, is a few of its own ulp off. That is
     * far less than an ulp of the parameter, but may round the parameter the other way. This is one ulp from 1/4 to 1/2, where the
     * largest parameters are; half of it was measured.
     */
    private static final double TOLERANCE = 0x1p-25;

    @Test
    @SuppressWarnings("unchecked")
    void continuesWhatPyTorchBegan() throws IOException {
        Optimizer optimizer = likePyTorch();
        assertEquals(Map.of("format", "pt"), new Checkpoint(optimizer).load(PYTORCH));
        assertEquals(10, optimizer.steps());
        double worst = 0;
        for (Object entry : (List<?>)
                GoldenTrajectory.read("golden/state/pytorch_adamw_continued").get("steps")) {
            Map<String, Object> step = (Map<String, Object>) entry;
            optimizer.step(FloatSpan.of(flat((Map<String, List<Object>>) step.get("gradients"))));
            float[] expected = flat((Map<String, List<Object>>) step.get("parameters"));
            for (int i = 0; i < expected.length; i++) {
                worst = Math.max(
                        worst, Math.abs(expected[i] - optimizer.parameters().get(i)));
            }
        }
        assertEquals(20, optimizer.steps());
        assertTrue(worst <= TOLERANCE, "off by " + worst);
    }

    private static float[] flat(Map<String, List<Object>> tensors) {
        List<Double> all = new ArrayList<>();
        for (Part part : PARTS) {
            flatten(tensors.get(part.name()), all);
        }
        float[] flat = new float[all.size()];
        for (int i = 0; i < flat.length; i++) {
            flat[i] = all.get(i).floatValue();
        }
        assertEquals(421, flat.length);
        return flat;
    }

    private static void flatten(Object list, List<Double> all) {
        if (list instanceof List<?> inner) {
            inner.forEach(one -> flatten(one, all));
        } else {
            all.add((Double) list);
        }
    }

    @Test
    void theWayBackHasPyTorchsNamesShapesAndBytes() throws IOException {
        Path file = folder.resolve("checkpoint");
        Checkpoint checkpoint = new Checkpoint(likePyTorch(), PARTS);
        checkpoint.load(PYTORCH);
        checkpoint.save(file, Map.of("epoch", "3"));
        try (Arena arena = Arena.ofConfined()) {
            Safetensors theirs = Safetensors.map(PYTORCH, arena);
            Safetensors ours = Safetensors.map(file, arena);
            Set<String> names = new HashSet<>(ours.names());
            assertTrue(names.removeAll(Set.of("optimizer.step", "optimizer.skipped")));
            assertEquals(theirs.names(), names);
            for (String name : theirs.names()) {
                Tensor tensor = ours.tensor(name);
                assertEquals(theirs.tensor(name).shape(), tensor.shape());
                if (name.endsWith(".step")) {
                    assertEquals(DType.I64, tensor.dtype());
                    assertEquals(10, tensor.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0));
                } else {
                    assertEquals(-1, theirs.tensor(name).bytes().mismatch(tensor.bytes()), name);
                }
            }
            assertEquals(
                    "AdamW[learningRate=Constant[value=0.003], beta1=0.9, beta2=0.999, epsilon=1.0E-8,"
                            + " weightDecay=0.05, amsgrad=false]",
                    ours.metadata().get("2.bias.rule"));
            assertEquals("3", ours.metadata().get("epoch"));
        }
        Map<String, String> loaded = new LinkedHashMap<>(checkpoint.load(file));
        assertEquals("3", loaded.remove("epoch"));
        assertEquals(checkpoint.metadata(), loaded);
    }

    @Test
    void partsNameWhatOneGroupHolds() throws IOException {
        Path file = folder.resolve("checkpoint");
        Optimizer whole =
                new Optimizer(random(12, 1), List.of(new ParameterGroup("all", 2, 10, ADAMW)), StepOptions.DEFAULT);
        List<Part> parts = List.of(Part.of("b", 8, 4), Part.of("frozen", 0, 2), Part.of("a", 2, 2, 3));
        steps(whole, 3);
        new Checkpoint(whole, parts).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            assertEquals(
                    List.of(
                            "optimizer.step",
                            "optimizer.skipped",
                            "a.step",
                            "b.step",
                            "frozen",
                            "a",
                            "a.exp_avg",
                            "a.exp_avg_sq",
                            "b",
                            "b.exp_avg",
                            "b.exp_avg_sq"),
                    List.copyOf(saved.names()));
            assertEquals(List.of(2L, 3L), saved.tensor("a.exp_avg").shape());
            assertArrayEquals(
                    whole.state("all", "exp_avg_sq").slice(6, 4).toArray(),
                    saved.floats("b.exp_avg_sq").toArray());
        }
        Optimizer other = new Optimizer(
                random(12, 2),
                List.of(new ParameterGroup("a", 2, 6, ADAMW), new ParameterGroup("b", 8, 4, ADAMW)),
                StepOptions.DEFAULT);
        new Checkpoint(other, parts).load(file);
        assertArrayEquals(whole.parameters().toArray(), other.parameters().toArray());
        steps(whole, 6);
        steps(other, 6);
        assertArrayEquals(whole.parameters().toArray(), other.parameters().toArray());
    }

    @Test
    void stepsAreExactBeyondAFloat() throws IOException {
        Path file = folder.resolve("checkpoint");
        Tensor parameters = Tensor.of("all", FloatSpan.of(new float[2]), 2);
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[2]), new Sgd());
        long steps = (1L << 24) + 1;
        Safetensors.write(file, List.of(Tensor.of("all.step", steps), parameters), Map.of());
        new Checkpoint(optimizer).load(file);
        assertEquals(steps, optimizer.steps());
        optimizer.step(FloatSpan.of(new float[2]));
        new Checkpoint(optimizer).save(file);
        new Checkpoint(optimizer).load(file);
        assertEquals(steps + 1, optimizer.steps());
        Safetensors.write(
                file, List.of(Tensor.of("all.step", FloatSpan.of(new float[] {1 << 24})), parameters), Map.of());
        new Checkpoint(optimizer).load(file);
        assertEquals(1 << 24, optimizer.steps());
    }

    @Test
    void listsAllThatDoesNotFitAndChangesNothing() throws IOException {
        Path file = folder.resolve("checkpoint");
        FloatSpan ten = FloatSpan.of(new float[10]);
        Safetensors.write(
                file,
                List.of(
                        Tensor.of("a", ten, 10),
                        Tensor.of("a.exp_avg", ten, 2, 5),
                        Tensor.of("a.exp_avg_sq", ten.slice(0, 9), 9),
                        Tensor.of("a.step", FloatSpan.of(new float[] {2.5f})),
                        Tensor.of("b", 7),
                        Tensor.of("b.exp_avg_sq", ten.slice(0, 5), 5),
                        Tensor.of("b.step", 12),
                        new Tensor(
                                "b.mu_product", DType.F64, List.of(), MemorySegment.ofArray(new double[] {Double.NaN})),
                        Tensor.of("c", ten, 10),
                        Tensor.of("c.momentum_buffer", ten, 10),
                        Tensor.of("c.step", 13)),
                Map.of("a.rule", "Adam[learningRate=0.1]", "b.rule", "NAdam[learningRate=0.7]"));
        Optimizer optimizer = new Optimizer(
                random(25, 1),
                List.of(
                        new ParameterGroup("a", 0, 10, new AdamW()),
                        new ParameterGroup("b", 10, 5, new NAdam()),
                        new ParameterGroup("c", 15, 10, new Sgd())),
                StepOptions.DEFAULT);
        steps(optimizer, 2);
        byte[] before = bytes(optimizer);
        String common = """
            %s: checkpoint does not match the optimizer:
              unexpected: c.momentum_buffer, F32 [10]
            %s  a.exp_avg_sq: expected F32 [10], found F32 [9]
              b: expected F32 [5], found I64 []
              missing: b.exp_avg, F32 [5]
              a.step: expected a whole number from 0 to 9007199254740992, found 2.5
              b.mu_product: expected a finite number, found NaN
              c.step: expected 12 as in b.step, found 13
              rule of a: expected AdamW, found Adam[learningRate=0.1]
              rule of b: missing in NAdam: [beta1, beta2, epsilon, weightDecay, momentumDecay]
              schedule of b: expected Constant[value=0.002], found a function\
            """;
        assertMisfit(common.formatted(file, ""), new Checkpoint(optimizer), file);
        List<Part> parts = List.of(Part.of("a", 0, 10), Part.of("b", 10, 5), Part.of("c", 15, 10));
        assertMisfit(
                common.formatted(file, "  a.exp_avg: expected F32 [10], found F32 [2, 5]\n"),
                new Checkpoint(optimizer, parts),
                file);
        assertArrayEquals(before, bytes(optimizer));

        Files.write(file, new byte[] {1, 2, 3});
        assertThrows(SafetensorsException.class, () -> new Checkpoint(optimizer).load(file));
        assertArrayEquals(before, bytes(optimizer));
    }

    @Test
    void saysWhichNumbersAreMissingDifferOrHaveAnotherType() throws IOException {
        Path file = folder.resolve("checkpoint"), other = folder.resolve("other");
        String head = ": checkpoint does not match the optimizer:\n  ";
        Optimizer optimizer =
                new Optimizer(random(4, 1), new NAdam(), StepOptions.DEFAULT.withLossScale(new LossScale(4)));
        steps(optimizer, 2);
        Checkpoint parts = new Checkpoint(optimizer, List.of(Part.of("a", 0, 2), Part.of("b", 2, 2)));
        parts.save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            Safetensors.write(
                    other,
                    saved.names().stream()
                            .map(name -> switch (name) {
                                case "a.mu_product" -> Tensor.of(name, 1);
                                case "b.step" -> f64(name, 2);
                                default -> saved.tensor(name);
                            })
                            .toList(),
                    saved.metadata());
            assertMisfit(
                    other + head + "a.mu_product: expected F64 [] or F32 [], found I64 []\n"
                            + "  b.step: expected I64 [] or F32 [], found F64 []",
                    parts,
                    other);
            Safetensors.write(
                    other,
                    saved.names().stream()
                            .map(name -> name.equals("b.mu_product") ? f64(name, 0.5) : saved.tensor(name))
                            .toList(),
                    saved.metadata());
            assertMisfit(
                    other + head + "b.mu_product: expected " + optimizer.scalars(0)[0]
                            + " as in a.mu_product, found 0.5",
                    parts,
                    other);
            Map<String, Long> none = new LinkedHashMap<>();
            for (String name : List.of("b.step", "b.mu_product", "loss_scale.scale", "loss_scale._growth_tracker")) {
                none.put(name, null);
            }
            rewrite(file, saved, none, Map.of());
        }
        assertMisfit(
                file + head
                        + "missing: b.step, I64 []\n"
                        + "  missing: b.mu_product, F64 []\n"
                        + "  missing: loss_scale.scale, F64 []\n"
                        + "  missing: loss_scale._growth_tracker, I64 []",
                parts,
                file);
    }

    private static Tensor f64(String name, double value) {
        return new Tensor(name, DType.F64, List.of(), MemorySegment.ofArray(new double[] {value}));
    }

    private static void assertMisfit(String message, Checkpoint checkpoint, Path file) {
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> checkpoint.load(file))
                        .getMessage());
    }

    @Test
    void saysWhatIsWrongWithParts() {
        assertRefused("parts must not overlap: x, y", Part.of("x", 2, 4), Part.of("y", 5, 1));
        assertRefused("part y must end within the 10 parameters: 11", Part.of("x", 2, 4), Part.of("y", 6, 5));
        assertRefused("part x must be in one group or in none: only partly in a", Part.of("x", 1, 6));
        assertRefused("part x must be in one group or in none: only partly in a", Part.of("x", 1, 4));
        assertRefused("part x must be in one group or in none: only partly in a", Part.of("x", 3, 4));
        assertRefused(
                "part x must be in one group or in none: only partly in b", Part.of("y", 2, 4), Part.of("x", 6, 4));
        assertRefused("names of tensors must be unique: x.step", Part.of("x", 2, 4), Part.of("x.step", 7, 3));
        assertRefused(
                "parts must cover group b: 1 of its 3 parameters are in none", Part.of("x", 2, 4), Part.of("y", 8, 2));
        assertEquals(
                "from and shape of part x must not be negative: 0, [-1]",
                assertThrows(IllegalArgumentException.class, () -> Part.of("x", 0, -1))
                        .getMessage());
        assertThrows(ArithmeticException.class, () -> Part.of("x", 0, 1L << 32, 1L << 32));
        assertThrows(ArithmeticException.class, () -> Part.of("x", Long.MAX_VALUE, 1));
    }

    /** Where another part begins, about an empty group, after the last group. */
    @Test
    void partsMayBeEmptyOrInNoGroup() throws IOException {
        Path file = folder.resolve("checkpoint");
        List<ParameterGroup> groups = List.of(
                new ParameterGroup("none", 3, 0, new Sgd()),
                new ParameterGroup("a", 6, 4, new Sgd().withMomentum(0.9)));
        List<Part> parts =
                List.of(Part.of("a", 6, 4), Part.of("empty", 6, 0), Part.of("before", 2, 4), Part.of("after", 10, 2));
        Optimizer saved = new Optimizer(random(12, 1), groups, StepOptions.DEFAULT),
                loaded = new Optimizer(random(12, 2), groups, StepOptions.DEFAULT);
        steps(saved, 2);
        new Checkpoint(saved, parts).save(file);
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(
                    Set.of(
                            "optimizer.step",
                            "optimizer.skipped",
                            "a.step",
                            "a",
                            "a.momentum_buffer",
                            "empty",
                            "before",
                            "after"),
                    Safetensors.map(file, arena).names());
        }
        new Checkpoint(loaded, parts).load(file);
        assertArrayEquals(
                saved.parameters().slice(2, 10).toArray(),
                loaded.parameters().slice(2, 10).toArray());
    }

    private static void assertRefused(String message, Part... parts) {
        Optimizer optimizer = new Optimizer(
                FloatSpan.of(new float[10]),
                List.of(new ParameterGroup("a", 2, 4, new Sgd()), new ParameterGroup("b", 7, 3, new Sgd())),
                StepOptions.DEFAULT);
        assertEquals(
                message,
                assertThrows(IllegalArgumentException.class, () -> new Checkpoint(optimizer, List.of(parts)))
                        .getMessage());
    }

    @Test
    void refusesTextsOfItsOwnNames() {
        Checkpoint checkpoint = new Checkpoint(new Optimizer(FloatSpan.of(new float[1]), new Sgd()));
        assertEquals(
                "name of a text must not be one of the checkpoint's own: all.rule",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> checkpoint.save(folder.resolve("checkpoint"), Map.of("all.rule", "x")))
                        .getMessage());
    }

    @Test
    void refusesToSaveInTheMiddleOfAStep() {
        Checkpoint[] checkpoint = new Checkpoint[1];
        OptimizerSnapshot[] snapshot = new OptimizerSnapshot[1];
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[1]), new Sgd(step -> {
            for (Executable use : List.<Executable>of(
                    () -> checkpoint[0].save(file), () -> checkpoint[0].load(PYTORCH), () -> snapshot[0].restore())) {
                assertEquals(
                        "this thread is in a step of this optimizer already, whose callbacks must not call it again",
                        assertThrows(IllegalStateException.class, use).getMessage());
            }
            return 0.1;
        }));
        checkpoint[0] = new Checkpoint(optimizer);
        snapshot[0] = optimizer.snapshot();
        optimizer.step(FloatSpan.of(new float[1]));
        assertEquals(1, optimizer.steps());
        assertTrue(Files.notExists(file));
    }

    @Test
    void savesTheScalarsOfARuleByTheirNames() throws IOException {
        record Counting(Schedule learningRate) implements UpdateRule {
            @Override
            public Counting withLearningRate(Schedule learningRate) {
                return new Counting(learningRate);
            }

            @Override
            public List<StateBuffer> state() {
                return List.of();
            }

            @Override
            public List<StateScalar> scalars() {
                return List.of(new StateScalar("ups", 0.5), new StateScalar("downs", -1));
            }

            @Override
            public void coefficients(Step step, float[] constants) {
                step.scalar(0, step.scalar(0) + 1);
                step.scalar(1, step.scalar(1) - 1);
            }

            @Override
            public void update(float[][] buffers, int from, int to, float[] constants) {}
        }
        Path file = folder.resolve("checkpoint");
        Optimizer optimizer = new Optimizer(FloatSpan.of(new float[1]), new Counting(new Constant(1)));
        optimizer.step(FloatSpan.of(new float[1]));
        new Checkpoint(optimizer).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            for (String name : List.of("all.ups", "all.downs")) {
                assertEquals(DType.F64, saved.tensor(name).dtype(), name);
            }
        }
        Optimizer other = new Optimizer(FloatSpan.of(new float[1]), new Counting(new Constant(1)));
        new Checkpoint(other).load(file);
        other.step(FloatSpan.of(new float[1]));
        assertArrayEquals(new double[] {2.5, -3}, other.scalars(0));
    }
}
