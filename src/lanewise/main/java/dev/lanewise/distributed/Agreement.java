package dev.lanewise.distributed;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Checkpoint;
import dev.lanewise.optim.Optimizer;
import dev.lanewise.optim.ParameterGroup;
import dev.lanewise.optim.Shard;
import dev.lanewise.optim.StepOptions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/** Finds out whether the ranks are of one training, by texts that they gather. */
final class Agreement {
    private static final int BLOCK = 1 << 16;
    private static final ValueLayout.OfInt NATIVE = ValueLayout.JAVA_INT_UNALIGNED,
            LITTLE_ENDIAN = NATIVE.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Agreement() {}

    static void checkArguments(Collective ranks, Replicas replicas, FloatSpan weights, Optimizer optimizer) {
        Shard shard = optimizer.shard();
        same("rank of replicas", replicas.rank(), ranks.rank(), "rank of ranks");
        same("world of replicas", replicas.world(), ranks.world(), "world of ranks");
        same("rank of the optimizer's shard", shard.rank(), ranks.rank(), "rank of ranks");
        same("world of the optimizer's shard", shard.world(), ranks.world(), "world of ranks");
        same("length of weights", weights.length(), shard.parameters(), "parameters of the optimizer's shard");
        if (replicas.count() < ranks.world()) {
            throw new IllegalArgumentException(
                    "count of replicas must be at least " + ranks.world() + " (ranks): " + replicas.count());
        }
        MemorySegment own = weights.slice(shard.from(), shard.length()).segment();
        MemorySegment updated = optimizer.parameters().segment();
        boolean within = shard.length() == 0
                || own.asOverlappingSlice(updated)
                        .filter(both -> both.byteSize() == own.byteSize())
                        .isPresent();
        if (!within) {
            throw new IllegalArgumentException("parameters of the optimizer must be those of weights from "
                    + shard.from() + ", length " + shard.length() + ": " + optimizer.parameters());
        }
    }

    private static void same(String name, long value, long expected, String reason) {
        if (value != expected) {
            throw new IllegalArgumentException(name + " must be " + expected + " (" + reason + "): " + value);
        }
    }

    static void check(Collective ranks, Replicas replicas, FloatSpan weights, Optimizer optimizer, String recipe) {
        StringBuilder text = new StringBuilder();
        texts(replicas, weights, optimizer, recipe)
                .forEach((name, value) ->
                        text.append(name).append('\1').append(value).append('\0'));
        byte[][] all = ranks.gather(text.toString().getBytes(StandardCharsets.UTF_8));
        String[] first = new String(all[0], StandardCharsets.UTF_8).split("\0");
        for (int rank = 1; rank < all.length; rank++) {
            String[] other = new String(all[rank], StandardCharsets.UTF_8).split("\0");
            for (int i = 0; i < Math.max(first.length, other.length); i++) {
                String expected = i < first.length ? first[i] : "nothing\1",
                        found = i < other.length ? other[i] : "nothing\1";
                if (!expected.equals(found)) {
                    throw new IllegalArgumentException(
                            "ranks must be of one training: rank 0 has " + expected.replace("\1", ": ") + ", and rank "
                                    + rank + " has " + found.replace("\1", ": "));
                }
            }
        }
    }

    private static Map<String, Object> texts(Replicas replicas, FloatSpan weights, Optimizer optimizer, String recipe) {
        Shard shard = optimizer.shard();
        StepOptions options = optimizer.options();
        Map<String, Object> texts = new LinkedHashMap<>();
        texts.put("replicas", replicas.count());
        texts.put("parameters", shard.parameters());
        for (ParameterGroup group : shard.groups()) {
            texts.put(
                    "group " + group.name(), group.from() + ", length " + group.length() + ", shape " + group.shape());
        }
        texts.putAll(new Checkpoint(optimizer).metadata());
        texts.remove("shard");
        texts.put("clipping", options.clipping());
        texts.put("nonFinitePolicy", options.nonFinitePolicy());
        texts.put("skipLimit", options.skipLimit());
        texts.put(
                "lossScale",
                options.lossScale() == null ? "none" : options.lossScale().scale());
        texts.put("statistics", options.statistics());
        texts.put("averageDecay", options.averageDecay());
        texts.put("steps", optimizer.steps());
        texts.put("weights", sha256(weights));
        texts.put("recipe", recipe);
        return texts;
    }

    /** {@return the SHA-256 of floats as little-endian bytes, as files have them} */
    static String sha256(FloatSpan floats) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            byte[] block = new byte[BLOCK];
            long bytes = floats.segment().byteSize();
            MemorySegment target = MemorySegment.ofArray(block);
            for (long at = 0; at < bytes; at += BLOCK) {
                int count = (int) Math.min(BLOCK, bytes - at);
                MemorySegment.copy(floats.segment(), NATIVE, at, target, LITTLE_ENDIAN, 0, count / Integer.BYTES);
                digest.update(block, 0, count);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
