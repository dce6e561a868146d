package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.schedule.WarmupCosine;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What one number of ranks has saved, any other number loads, and the whole is what one process would have saved. */
class ShardCheckpointTest {
    private static final int LENGTH = 40_000;

    @TempDir
    Path folder;

    private final Random random = new Random(1);
    private final float[] start = random();

    /** Groups of whose rules each has another state; one is empty, one small, and a gap is frozen. */
    private static List<ParameterGroup> groups() {
        WarmupCosine rate = new WarmupCosine(0.01, 2, 20);
        return List.of(
                new ParameterGroup("a", 0, 15_000, new NAdam(rate)),
                new ParameterGroup("b", 15_000, 0, new AdamW(rate)),
                new ParameterGroup("c", 20_000, 7, new Rprop(rate)),
                new ParameterGroup("d", 20_007, 19_000, new NormalizedSgd(rate)));
    }

    private static List<Checkpoint.Part> parts() {
        return List.of(
                Checkpoint.Part.of("a.weight", 0, 100, 149),
                Checkpoint.Part.of("a.bias", 14_900, 100),
                Checkpoint.Part.of("frozen", 16_000, 2, 500),
                Checkpoint.Part.of("c", 20_000, 7, 1),
                Checkpoint.Part.of("d", 20_007, 190, 100));
    }

    private float[] random() {
        return Floats.random(LENGTH, random);
    }

    /** Ranks that share an array as processes would share a file. */
    private record Ranks(float[] parameters, List<Optimizer> optimizers) {
        static Ranks of(float[] parameters, int world) {
            StepOptions options =
                    StepOptions.DEFAULT.withClipping(Clipping.byNorm(30)).withAverageDecay(0.9);
            List<Optimizer> optimizers = new ArrayList<>();
            for (int rank = 0; rank < world; rank++) {
                Shard shard = new Shard(LENGTH, groups(), rank, world);
                FloatSpan own = FloatSpan.of(parameters, (int) shard.from(), (int) shard.length());
                optimizers.add(new Optimizer(own, shard, options.withLossScale(new LossScale(4))));
            }
            return new Ranks(parameters, optimizers);
        }

        void step(float[] gradients) {
            double[] sums = new double[optimizers.get(0).shard().totalBlocks()];
            for (Optimizer rank : optimizers) {
                rank.sumSquares(own(gradients, rank), sums);
            }
            optimizers.forEach(rank -> rank.step(own(gradients, rank), 1, sums));
        }

        private static FloatSpan own(float[] all, Optimizer rank) {
            return FloatSpan.of(
                    all, (int) rank.shard().from(), (int) rank.shard().length());
        }

        List<Path> save(Path folder, List<Checkpoint.Part> parts) throws IOException {
            List<Path> files = new ArrayList<>();
            for (Optimizer rank : optimizers) {
                files.add(folder.resolve(
                        rank.shard().rank() + "-of-" + rank.shard().world() + ".safetensors"));
                checkpoint(rank, parts).save(files.getLast(), Map.of("epoch", "3"));
            }
            return files;
        }

        void load(List<Path> files, List<Checkpoint.Part> parts) throws IOException {
            for (Optimizer rank : optimizers) {
                assertEquals("3", checkpoint(rank, parts).load(files).get("epoch"));
            }
        }

        static Checkpoint checkpoint(Optimizer rank, List<Checkpoint.Part> parts) {
            return parts == null ? new Checkpoint(rank) : new Checkpoint(rank, parts);
        }
    }

    @ParameterizedTest
    @CsvSource({"3,2,1,false", "3,2,1,true", "1,7,2,true", "7,3,5,false", "2,12,1,true"})
    void anyOtherNumberOfRanksGoesOn(int first, int second, int third, boolean shaped) throws IOException {
        List<Checkpoint.Part> parts = shaped ? parts() : null;
        Ranks one = Ranks.of(start.clone(), 1);
        Ranks many = Ranks.of(start.clone(), first);
        for (int world : new int[] {second, third, 1}) {
            for (int step = 0; step < 2; step++) {
                float[] gradients = random();
                one.step(gradients);
                many.step(gradients);
            }
            List<Path> files = many.save(folder, parts);
            // What nobody saves, no process would have anew.
            float[] parameters = many.parameters.clone();
            for (ParameterGroup group : groups()) {
                Arrays.fill(parameters, (int) group.from(), (int) group.end(), -1);
            }
            Collections.shuffle(files, random);
            many = Ranks.of(parameters, world);
            many.load(files, parts);
            assertArrayEquals(one.parameters, many.parameters);
        }
        Path expected =
                one.save(Files.createDirectory(folder.resolve("one")), parts).getFirst();
        assertArrayEquals(
                Files.readAllBytes(expected),
                Files.readAllBytes(many.save(folder, parts).getFirst()));
    }

    private List<Path> files;

    @BeforeEach
    void save() throws IOException {
        Ranks ranks = Ranks.of(start.clone(), 3);
        ranks.step(random());
        files = ranks.save(folder, null);
    }

    private void refused(int world, List<Path> files, String... problems) {
        Ranks ranks = Ranks.of(start.clone(), world);
        Optimizer last = ranks.optimizers.getLast();
        IllegalArgumentException refusal =
                assertThrows(IllegalArgumentException.class, () -> new Checkpoint(last).load(files));
        List<String> lines = refusal.getMessage()
                .replace(folder + "/", "")
                .lines()
                .map(String::strip)
                .toList();
        String head = files.size() > 1 ? "" : files.getFirst().getFileName() + ": ";
        assertEquals(head + "checkpoint does not match the optimizer:", lines.getFirst());
        assertEquals(List.of(problems), lines.subList(1, lines.size()));
        assertArrayEquals(start, ranks.parameters);
        assertEquals(0, last.steps());
    }

    @Test
    void saysWhichParametersAreMissingOrTwice() throws IOException {
        refused(1, files.subList(0, 2), "missing: parameters 24103 to 40000");
        refused(1, files.subList(1, 2), "missing: parameters 0 to 8192", "missing: parameters 24103 to 40000");
        refused(1, List.of(files.get(2), files.get(0)), "missing: parameters 8192 to 24103");
        refused(
                1,
                List.of(files.get(0), files.get(1), files.get(2), files.get(1)),
                "1-of-3.safetensors: has the parameters from 8192 on, as 1-of-3.safetensors has");
        // Of two ranks the second has what two of three have.
        Ranks ranks = Ranks.of(start.clone(), 2);
        new Checkpoint(ranks.optimizers.getLast()).load(files.subList(1, 3));
        assertEquals(1, ranks.optimizers.getLast().steps());
        refused(2, files.subList(2, 3), "missing: parameters 20007 to 24103");
        assertEquals(
                "files must not be empty: []",
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Checkpoint(ranks.optimizers.getFirst()).load(List.of()))
                        .getMessage());
    }

    @Test
    void aRankNeedsTheFilesOfItsOwnParameters() throws IOException {
        Ranks ranks = Ranks.of(start.clone(), 3);
        for (Optimizer rank : List.of(ranks.optimizers.getFirst(), ranks.optimizers.getLast())) {
            new Checkpoint(rank).load(List.of(files.get(0), files.get(2)));
            assertEquals(1, rank.steps());
        }
    }

    /** The order of the files does not matter, and each file is compared with the one before it that reaches farthest. */
    @Test
    void saysWhichFilesHaveWhatAllOfThemHave() throws IOException {
        Ranks one = Ranks.of(start.clone(), 1), twelve = Ranks.of(start.clone(), 12);
        one.step(random());
        Path whole = one.save(folder, null).getFirst();
        List<Path> all = new ArrayList<>(files);
        all.add(whole);
        for (int round = 0; round < 4; round++) {
            refused(
                    1,
                    all,
                    "0-of-1.safetensors: has the parameters from 0 on, as 0-of-3.safetensors has",
                    "1-of-3.safetensors: has the parameters from 8192 on, as 0-of-1.safetensors has",
                    "2-of-3.safetensors: has the parameters from 24103 on, as 0-of-1.safetensors has");
            Collections.rotate(all, 1);
        }
        // A rank without parameters has none that another has.
        twelve.step(random());
        assertEquals(8192, twelve.optimizers.get(3).shard().from());
        assertEquals(8192, twelve.optimizers.get(3).shard().end());
        Ranks loaded = Ranks.of(start.clone(), 1);
        loaded.load(List.of(whole, twelve.save(folder, null).get(3)), null);
        assertArrayEquals(one.parameters, loaded.parameters);
    }

    /** Writes a file again with other tensors or texts. */
    private Path changed(Path file, String name, Map<String, String> texts, Tensor... tensors) throws IOException {
        Path changed = folder.resolve(name);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            Map<String, Tensor> all = new LinkedHashMap<>();
            saved.names().forEach(key -> all.put(key, saved.tensor(key)));
            for (Tensor tensor : tensors) {
                all.put(tensor.name(), tensor);
            }
            Map<String, String> metadata = new LinkedHashMap<>(saved.metadata());
            metadata.putAll(texts);
            Safetensors.write(changed, List.copyOf(all.values()), metadata);
        }
        return changed;
    }

    @Test
    void saysWhatDoesNotFitTogether() throws IOException {
        Tensor cut = new Tensor("a", DType.F32, List.of(5L), MemorySegment.ofArray(new float[5]));
        Path other = changed(
                files.get(1),
                "other.safetensors",
                Map.of("epoch", "4", "host", "x", "a.rule", "NAdam[]"),
                Tensor.of("a.step", 7),
                Tensor.of("strange", 7),
                cut);
        String nadam = RuleCodec.write(new NAdam(new WarmupCosine(0.01, 2, 20)));
        refused(
                1,
                List.of(files.get(0), other, files.get(2)),
                "other.safetensors: unexpected: strange, I64 []",
                "other.safetensors: a.rule: expected " + nadam + " as in 0-of-3.safetensors, found NAdam[]",
                "other.safetensors: epoch: expected 3 as in 0-of-3.safetensors, found 4",
                "other.safetensors: host: expected null as in 0-of-3.safetensors, found x",
                "other.safetensors: a.step: expected 1 as in 0-of-3.safetensors, found 7",
                "other.safetensors: a: expected F32 [6808], found F32 [5]");
        Path without = folder.resolve("without.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(files.get(1), arena);
            List<String> names = new ArrayList<>(saved.names());
            names.remove("a.step");
            Safetensors.write(without, names.stream().map(saved::tensor).toList(), saved.metadata());
        }
        refused(
                1,
                List.of(files.get(0), without, files.get(2)),
                "without.safetensors: a.step: expected 1 as in 0-of-3.safetensors, found none");
    }

    @Test
    void refusesDamagedRanges() throws IOException {
        for (String range : new String[] {
            "parameters 0 to 1 of 39999", "parameters 5 to 4 of 40000", "parameters 0 to 40001 of 40000", "0-1"
        }) {
            Path damaged = changed(files.get(0), "damaged.safetensors", Map.of("shard", range));
            refused(
                    1,
                    List.of(damaged),
                    "shard: expected a range of 40000 parameters, found " + range,
                    "missing: parameters 0 to 40000");
        }
    }

    @Test
    void theTextThatSaysTheRangeIsTheLibrarys() {
        Optimizer whole = Ranks.of(start.clone(), 1).optimizers.getFirst();
        Path file = folder.resolve("whole.safetensors");
        assertTrue(assertThrows(
                        IllegalArgumentException.class, () -> new Checkpoint(whole).save(file, Map.of("shard", "mine")))
                .getMessage()
                .endsWith("shard"));
        assertTrue(Files.notExists(file));
    }
}
