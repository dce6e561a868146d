package dev.lanewise.distributed;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.AdamW;
import dev.lanewise.optim.Checkpoint;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint of any number of ranks is whole or the one before, and goes on with any other number. */
class DistributedCheckpointTest {
    private static final int LENGTH = 20_000;
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path folder;

    private Path file;

    @BeforeEach
    void name() {
        file = folder.resolve("training.safetensors");
    }

    /** A rank with its checkpoint. */
    private record Rank(
            DataParallel training, Optimizer optimizer, FloatSpan weights, DistributedCheckpoint checkpoint) {
        static Rank of(Collective ranks, int count, Path file) {
            FloatSpan weights = FloatSpan.of(Floats.random(LENGTH, 1));
            List<ParameterGroup> groups = List.of(new ParameterGroup("all", 0, LENGTH, new AdamW()));
            Shard shard = new Shard(LENGTH, groups, ranks.rank(), ranks.world());
            Optimizer optimizer =
                    new Optimizer(weights.slice(shard.from(), shard.length()), shard, StepOptions.DEFAULT);
            DataParallel training =
                    new DataParallel(ranks, new Replicas(count, ranks.rank(), ranks.world()), weights, optimizer, "");
            return new Rank(
                    training, optimizer, weights, new DistributedCheckpoint(training, new Checkpoint(optimizer), file));
        }

        void steps(int count) {
            for (int step = 0; step < count; step++) {
                Replicas own = training.begin(8);
                for (int i = own.from(); i < own.end(); i++) {
                    training.add(i, FloatSpan.of(Floats.random(LENGTH, 10 * optimizer.steps() + i)), 0);
                }
                training.reduce();
                training.step(1);
            }
        }

        void save(String epoch) {
            try {
                checkpoint.save(Map.of("epoch", epoch));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        Map<String, String> load() {
            try {
                return checkpoint.load();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(each -> each.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void anyNumberOfRanksGoesOnWithWhatAnyOtherHasSaved() throws IOException {
        float[] expected = Ranks.run(1, ranks -> {
                    Rank rank = Rank.of(ranks, 8, file);
                    rank.steps(15);
                    return rank.weights.toArray();
                })
                .getFirst();
        float[] found = null;
        int done = 0;
        for (int world : new int[] {3, 1, 4, 2, 7}) {
            int before = done;
            for (float[] each : Ranks.run(world, ranks -> {
                Rank rank = Rank.of(ranks, 8, file);
                if (before > 0) {
                    assertEquals(Integer.toString(before), rank.load().get("epoch"));
                    assertEquals(before, rank.optimizer.steps());
                }
                rank.steps(3);
                // Those of other ranks are not saved.
                rank.save(ranks.rank() == 0 ? Integer.toString(before + 3) : "other");
                return rank.weights.toArray();
            })) {
                found = each;
            }
            done += 3;
            assertEquals(world == 1 ? 1 : world + 1, names().size(), names().toString());
        }
        assertArrayEquals(expected, found);
        assertEquals("training-step-15-rank-0-of-7.safetensors", names().getFirst());
    }

    @Test
    void anotherNumberOfReplicasIsRefused() {
        Ranks.run(2, ranks -> {
            Rank.of(ranks, 8, file).save("1");
            return null;
        });
        for (Object each :
                Ranks.outcomes(2, LONG, ranks -> Rank.of(ranks, 4, file).load())) {
            assertEquals(
                    "count of replicas must be 8 (that of " + file + "): 4",
                    assertInstanceOf(IllegalArgumentException.class, each).getMessage());
        }
    }

    /** Rank 1 finds a folder where its file has to be. */
    @Test
    void aRankThatCannotWriteLeavesTheCheckpointBefore() throws IOException {
        Ranks.run(2, ranks -> {
            Rank rank = Rank.of(ranks, 8, file);
            rank.steps(1);
            rank.save("1");
            return null;
        });
        List<String> before = names();
        byte[] content = Files.readAllBytes(file);
        Files.createDirectories(
                folder.resolve("training-step-2-rank-1-of-2.safetensors").resolve("full"));
        for (Object each : Ranks.outcomes(2, LONG, ranks -> {
            Rank rank = Rank.of(ranks, 8, file);
            rank.load();
            rank.steps(1);
            rank.save("2");
            return null;
        })) {
            String message = assertInstanceOf(UncheckedIOException.class, each).getMessage();
            assertTrue(message.contains("rank 1 cannot save: "), message);
        }
        assertArrayEquals(content, Files.readAllBytes(file));
        assertTrue(names().containsAll(before), names().toString());
        assertEquals(before.size() + 1, names().size(), names().toString());
    }

    /** The files of the checkpoint before are not needed any more when this one is whole. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void aFileThatCannotBeRemovedDoesNoHarm(int world) throws IOException {
        Path old = folder.resolve("training-step-1-rank-0-of-9.safetensors");
        Files.createDirectories(old.resolve("full"));
        Ranks.run(world, ranks -> {
            Rank rank = Rank.of(ranks, 8, file);
            rank.steps(2);
            rank.save("1");
            return null;
        });
        assertTrue(Files.exists(old));
        for (long steps : Ranks.run(world, ranks -> {
            Rank rank = Rank.of(ranks, 8, file);
            rank.load();
            return rank.optimizer.steps();
        })) {
            assertEquals(2, steps);
        }
    }

    @Test
    void aFolderThatVanishesIsOneMessageOnAllRanks() {
        for (Object each : Ranks.outcomes(3, LONG, ranks -> {
            Rank.of(ranks, 8, folder.resolve("none").resolve("training.safetensors"))
                    .save("1");
            return null;
        })) {
            assertTrue(assertInstanceOf(UncheckedIOException.class, each)
                    .getMessage()
                    .contains("rank 0 cannot save: "));
        }
    }

    @Test
    void ranksWithDifferentWeightsAreNotSaved() throws IOException {
        for (Object each : Ranks.outcomes(3, LONG, ranks -> {
            Rank rank = Rank.of(ranks, 8, file);
            rank.steps(1);
            if (ranks.rank() == 2) {
                rank.weights.set(77, 0.5f);
            }
            rank.save("1");
            return null;
        })) {
            assertEquals(
                    "weights of all ranks must be the same: those of rank 2 differ from those of rank 0 after step 1",
                    assertInstanceOf(IllegalStateException.class, each).getMessage());
        }
        assertEquals(List.of(), names());
    }

    /** So that a machine of the other byte order finds the same. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16_384, 40_001})
    void theHashOfTheWeightsIsOfLittleEndianBytes(int length) throws NoSuchAlgorithmException {
        float[] weights = Floats.random(length, 1);
        ByteBuffer bytes = ByteBuffer.allocate(4 * length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(weights);
        String expected =
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
        assertEquals(expected, Agreement.sha256(FloatSpan.of(weights)));
        assertEquals(expected, Agreement.sha256(FloatSpan.of(weights).copy()));
    }

    /** The parts of two checkpoints of the same step, one of which was made with other gradients. */
    @Test
    void partsThatDoNotGoTogetherAreRefused() throws IOException {
        for (int steps : new int[] {1, 2}) {
            Path other = Files.createDirectory(folder.resolve("of-" + steps)).resolve("training.safetensors");
            Ranks.run(2, ranks -> {
                Rank rank = Rank.of(ranks, 8, other);
                rank.steps(1);
                if (steps == 2) {
                    rank.weights.set(5, 0.25f);
                }
                rank.save("1");
                return null;
            });
        }
        String part = "training-step-1-rank-0-of-2.safetensors";
        Files.copy(
                folder.resolve("of-2").resolve(part),
                folder.resolve("of-1").resolve(part),
                StandardCopyOption.REPLACE_EXISTING);
        Path mixed = folder.resolve("of-1").resolve("training.safetensors");
        for (Object each :
                Ranks.outcomes(2, LONG, ranks -> Rank.of(ranks, 8, mixed).load())) {
            String message = assertInstanceOf(UncheckedIOException.class, each).getMessage();
            assertTrue(message.contains("expected weights with the SHA-256 "), message);
        }
    }
}
