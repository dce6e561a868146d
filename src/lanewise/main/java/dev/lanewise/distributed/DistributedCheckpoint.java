package dev.lanewise.distributed;

import dev.lanewise.optim.Checkpoint;
import dev.lanewise.safetensors.Safetensors;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint of all ranks, in a folder that all of them see. Each rank writes a file of its own
 * {@linkplain dev.lanewise.optim.Shard shard}; when all have, rank 0 replaces the file of the checkpoint, which names them, and
 * removes those of the checkpoint before. The training can be loaded by any number of ranks and goes on with the same bits, but
 * only with the same number of replicas. However the ranks end, the file names a whole checkpoint.
 *
 * {@snippet :
 * DistributedCheckpoint checkpoint = new DistributedCheckpoint(training, new Checkpoint(optimizer), file);
 * checkpoint.save(Map.of("epoch", "3"));
 * // in other processes, with trainings made in the same way
 * Map<String, String> texts = checkpoint.load();
 * }
 *
 * <p>With one rank the file is a {@link Checkpoint}, and such a file can be loaded by several ranks. With several it has texts
 * and no tensors: those of the application; {@code lanewise.ranks}, the names of the files, a line each; and
 * {@code lanewise.weights}, the SHA-256 of all weights. Each has {@code lanewise.replicas}.
 */
public final class DistributedCheckpoint {
    private static final String REPLICAS = "lanewise.replicas";
    private static final String FILES = "lanewise.ranks";
    private static final String WEIGHTS = "lanewise.weights";
    private static final String SUFFIX = ".safetensors";

    private final DataParallel training;
    private final Checkpoint checkpoint;
    private final Path file;

    /**
     * Makes a checkpoint.
     *
     * @param training the steps of this rank
     * @param checkpoint that of its optimizer
     * @param file the file of the checkpoint, whose folder exists and receives those of the ranks too; it is the same on all ranks
     */
    public DistributedCheckpoint(DataParallel training, Checkpoint checkpoint, Path file) {
        this.training = training;
        this.checkpoint = checkpoint;
        this.file = file;
    }

    /**
     * Saves the training. All ranks call it after the same step.
     *
     * @param texts the application's own, of which those of rank 0 are saved
     * @throws IOException if a rank cannot write its file, on all ranks; the checkpoint is the one before then, or this one if
     *     its file was replaced before the folder failed
     * @throws IllegalStateException if the ranks have different weights, which a defective memory or processor can cause
     * @throws RankLostException if a rank cannot be reached; the checkpoint is the one before or this one then, as a whole
     */
    public void save(Map<String, String> texts) throws IOException {
        Collective ranks = training.ranks();
        Map<String, String> own = new LinkedHashMap<>();
        own.put(REPLICAS, Integer.toString(training.replicas().count()));
        if (ranks.world() == 1) {
            Map<String, String> all = new LinkedHashMap<>(texts);
            all.putAll(own);
            checkpoint.save(file, all);
            removeOthers(List.of());
            return;
        }
        Path part = part(ranks.rank());
        String hash;
        try {
            hash = write(part, own);
        } catch (IOException | IllegalStateException e) {
            remove(part, e);
            throw e;
        }
        // If this fails, the file may be replaced already and name the parts, so that they stay; a later checkpoint
        // removes them.
        agree(() -> {
            if (ranks.rank() == 0) {
                commit(texts, own, hash);
            }
            return "";
        });
    }

    /** {@return the hash of the weights, when all ranks have written their parts} */
    private String write(Path part, Map<String, String> texts) throws IOException {
        List<String> hashes = agree(() -> {
            checkpoint.save(part, texts);
            return Agreement.sha256(training.weights());
        });
        for (int rank = 1; rank < hashes.size(); rank++) {
            if (!hashes.get(rank).equals(hashes.getFirst())) {
                throw new IllegalStateException("weights of all ranks must be the same: those of rank " + rank
                        + " differ from those of rank 0 after step "
                        + training.optimizer().steps());
            }
        }
        return hashes.getFirst();
    }

    private static void remove(Path part, Exception failure) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
    }

    private void commit(Map<String, String> texts, Map<String, String> own, String hash) throws IOException {
        List<String> names = new ArrayList<>();
        for (int rank = 0; rank < training.ranks().world(); rank++) {
            names.add(part(rank).getFileName().toString());
        }
        Map<String, String> all = new LinkedHashMap<>(texts);
        all.putAll(own);
        all.put(FILES, String.join("\n", names));
        all.put(WEIGHTS, hash);
        Safetensors.write(file, List.of(), all);
        removeOthers(names);
    }

    /** The work of a rank on its file. */
    private interface Work {
        String run() throws IOException;
    }

    /** Runs the work of each rank, and returns what each returned; if any failed, all fail. */
    private List<String> agree(Work work) throws IOException {
        String outcome;
        IOException own = null;
        try {
            outcome = "+" + work.run();
        } catch (IOException e) {
            own = e;
            outcome = "-" + e.getClass().getSimpleName() + ": " + e.getMessage();
        }
        List<String> outcomes = new ArrayList<>();
        byte[][] all = training.ranks().gather(outcome.getBytes(StandardCharsets.UTF_8));
        for (int rank = 0; rank < all.length; rank++) {
            String each = new String(all[rank], StandardCharsets.UTF_8);
            if (each.startsWith("-")) {
                throw new IOException("rank " + rank + " cannot save: " + each.substring(1), own);
            }
            outcomes.add(each.substring(1));
        }
        return outcomes;
    }

    /**
     * Loads the training: the parameters of all ranks and the state of this rank's shard. All ranks call it.
     *
     * @return the texts of the file
     * @throws IOException if a file cannot be read or is damaged
     * @throws IllegalArgumentException if the checkpoint has another number of replicas, and as {@link Checkpoint#load(List)}
     * @throws RankLostException if a rank cannot be reached
     */
    public Map<String, String> load() throws IOException {
        Map<String, String> texts = texts(file);
        String replicas = texts.getOrDefault(REPLICAS, "1");
        if (!replicas.equals(Integer.toString(training.replicas().count()))) {
            throw new IllegalArgumentException("count of replicas must be " + replicas + " (that of " + file + "): "
                    + training.replicas().count());
        }
        List<Path> files = texts.containsKey(FILES)
                ? texts.get(FILES).lines().map(file::resolveSibling).toList()
                : List.of(file);
        checkpoint.load(files);
        training.gatherWeights();
        String hash = Agreement.sha256(training.weights());
        if (!texts.getOrDefault(WEIGHTS, hash).equals(hash)) {
            throw new IOException(
                    file + ": expected weights with the SHA-256 " + texts.get(WEIGHTS) + ", found " + hash);
        }
        return texts;
    }

    private static Map<String, String> texts(Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return Safetensors.map(file, arena).metadata();
        }
    }

    /** {@return the stem of the names of the ranks' files} */
    private String stem() {
        String name = file.getFileName().toString();
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }

    private Path part(int rank) {
        return file.resolveSibling(stem() + "-step-" + training.optimizer().steps() + "-rank-" + rank + "-of-"
                + training.ranks().world() + SUFFIX);
    }

    /** Removes the files of ranks that the checkpoint does not name. One that cannot be removed is removed with a later checkpoint. */
    private void removeOthers(List<String> names) {
        Path folder = file.toAbsolutePath().getParent();
        String pattern = "\\Q" + stem() + "\\E-step-\\d+-rank-\\d+-of-\\d+\\Q" + SUFFIX + "\\E";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
            for (Path each : files) {
                String name = each.getFileName().toString();
                if (name.matches(pattern) && !names.contains(name)) {
                    tryToRemove(each);
                }
            }
        } catch (IOException | DirectoryIteratorException e) {
            // The checkpoint is whole, and what is left does no harm.
        }
    }

    private static void tryToRemove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            // A later checkpoint tries again.
        }
    }
}
