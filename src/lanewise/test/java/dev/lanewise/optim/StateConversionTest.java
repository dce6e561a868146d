package dev.lanewise.optim;

import static dev.lanewise.optim.StateTypeTest.steps;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.internal.kernel.Int8Floats;
import dev.lanewise.internal.kernel.PackedFloats;
import dev.lanewise.memory.Bf16Span;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.optim.Checkpoint.Part;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import dev.lanewise.testing.Floats;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** State of one type that is loaded as another. */
class StateConversionTest {
    private static final int N = 25_000;

    /** The bias is too short for blocks. */
    private static final List<ParameterGroup> GROUPS = List.of(
            new ParameterGroup("bias", 3, 100, new AdamW()),
            new ParameterGroup("weight", 103, 13_001, new AdamW()),
            new ParameterGroup("other", 13_104, 9_000, new Lion()));

    /** The tensors of a group meet within a block. */
    private static final List<Part> PARTS = List.of(
            Part.of("bias", 3, 100),
            Part.of("weight.a", 103, 5_000),
            Part.of("weight.b", 5_103, 8_001),
            Part.of("other", 13_104, 9_000));

    @TempDir
    Path folder;

    private static Optimizer optimizer(StateType type) {
        return new Optimizer(FloatSpan.of(Floats.random(N, 1)), GROUPS, StepOptions.DEFAULT.withState(type));
    }

    private static Optimizer trained(StateType type) {
        Optimizer optimizer = optimizer(type);
        steps(optimizer, 0, 3);
        return optimizer;
    }

    /** {@return the numbers of a type that are next to some floats} */
    private static float[] nearest(float[] values, StateType type, boolean positive) {
        float[] nearest = values.clone();
        if (type == StateType.BF16) {
            for (int i = 0; i < values.length; i++) {
                nearest[i] = Bf16Span.bf16ToFloat(Bf16Span.floatToBf16(values[i]));
            }
        } else if (type.ofLength(values.length) == StateType.INT8) {
            Int8Floats packed = new Int8Floats(values.length, positive);
            packed.packNearest(values, 0, values.length);
            packed.unpack(0, nearest, 0, values.length, new PackedFloats.Room());
        }
        return nearest;
    }

    private static void assertConverted(Optimizer from, Optimizer to, StateType type) {
        for (ParameterGroup group : GROUPS) {
            for (StateBuffer buffer : group.rule().state()) {
                float[] expected = nearest(
                        from.state(group.name(), buffer.name()).toArray(),
                        type,
                        buffer.kind() == StateBuffer.Kind.POSITIVE);
                assertArrayEquals(
                        expected, to.state(group.name(), buffer.name()).toArray(), group.name() + "." + buffer.name());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"F32, BF16", "F32, INT8", "BF16, F32", "BF16, INT8", "INT8, F32", "INT8, BF16", "INT8, INT8"})
    void everyTypeBecomesTheNearestOfEveryOther(StateType from, StateType to) throws IOException {
        Path file = folder.resolve("state.safetensors");
        Optimizer saved = trained(from), loaded = optimizer(to);
        new Checkpoint(saved, PARTS).save(file);
        new Checkpoint(loaded, PARTS).withConversion().load(file);
        assertConverted(saved, loaded, from == to ? StateType.F32 : to);
        assertEquals(3, loaded.steps());
        assertArrayEquals(
                saved.parameters().slice(3, 22_101).toArray(),
                loaded.parameters().slice(3, 22_101).toArray());
        // The scales are there for a step, too.
        steps(loaded, 3, 4);
        Optimizer again = optimizer(to);
        new Checkpoint(again, PARTS).withConversion().load(file);
        steps(again, 3, 4);
        assertArrayEquals(loaded.parameters().toArray(), again.parameters().toArray());
    }

    @ParameterizedTest
    @CsvSource({"F32, INT8", "INT8, F32", "INT8, BF16", "INT8, INT8", "BF16, BF16"})
    void theFilesOfRanksAreConverted(StateType from, StateType to) throws IOException {
        List<Path> files = new ArrayList<>();
        for (int rank = 0; rank < 3; rank++) {
            Path file = folder.resolve("rank" + rank + ".safetensors");
            Shard shard = new Shard(N, GROUPS, rank, 3);
            Optimizer optimizer = new Optimizer(
                    FloatSpan.of(Floats.random(N, 1)).slice(shard.from(), shard.length()),
                    shard,
                    StepOptions.DEFAULT.withState(from));
            for (int step = 0; step < 3; step++) {
                optimizer.step(FloatSpan.of(Floats.random(N, 100 + step)).slice(shard.from(), shard.length()));
            }
            new Checkpoint(optimizer).save(file);
            files.add(file);
        }
        Optimizer one = optimizer(to);
        new Checkpoint(one).withConversion().load(files);
        assertConverted(trained(from), one, from == to ? StateType.F32 : to);
        Shard half = new Shard(N, GROUPS, 1, 2);
        Optimizer second =
                new Optimizer(FloatSpan.of(new float[(int) half.length()]), half, StepOptions.DEFAULT.withState(to));
        new Checkpoint(second).withConversion().load(files);
        for (ParameterGroup group : GROUPS) {
            float[] whole = one.state(group.name(), "exp_avg").toArray(),
                    part = second.state(group.name(), "exp_avg").toArray();
            int begin = (int) Math.max(half.from() - group.from(), 0);
            for (int i = 0; i < part.length; i++) {
                assertEquals(whole[begin + i], part[i]);
            }
        }
    }

    @Test
    void blocksWithoutScalesAreRefused() throws IOException {
        Path file = folder.resolve("int8.safetensors"), cut = folder.resolve("cut.safetensors");
        new Checkpoint(trained(StateType.INT8)).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            List<Tensor> rest = saved.names().stream()
                    .filter(name -> !name.equals("weight.exp_avg.scale"))
                    .map(saved::tensor)
                    .toList();
            Safetensors.write(cut, rest, saved.metadata());
        }
        for (StateType type : StateType.values()) {
            Optimizer optimizer = optimizer(type);
            float[] before = optimizer.parameters().toArray();
            String refused = assertThrows(
                            IllegalArgumentException.class,
                            () -> new Checkpoint(optimizer).withConversion().load(cut))
                    .getMessage();
            assertTrue(refused.endsWith("\n  weight.exp_avg.scale: expected F32 [51], found none"), refused);
            assertArrayEquals(before, optimizer.parameters().toArray());
        }
    }

    /** Loads a file in which one tensor is another, or missing where that is null. */
    private void assertRefused(StateType type, String name, Tensor replacement, String problem) throws IOException {
        Path file = folder.resolve("int8.safetensors"), other = folder.resolve("other.safetensors");
        new Checkpoint(trained(StateType.INT8), PARTS).save(file);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file, arena);
            List<Tensor> tensors = new ArrayList<>(saved.names().stream()
                    .filter(each -> !each.equals(name))
                    .map(saved::tensor)
                    .toList());
            if (replacement != null) {
                tensors.add(replacement);
            }
            Safetensors.write(other, tensors, saved.metadata());
        }
        Optimizer optimizer = optimizer(type);
        float[] before = optimizer.parameters().toArray();
        assertEquals(
                other + ": checkpoint does not match the optimizer:\n  " + problem,
                assertThrows(
                                IllegalArgumentException.class,
                                () -> new Checkpoint(optimizer, PARTS)
                                        .withConversion()
                                        .load(other))
                        .getMessage());
        assertArrayEquals(before, optimizer.parameters().toArray());
    }

    /** Scales are listed once, however many tensors have them. */
    @Test
    void otherScalesAreRefused() throws IOException {
        for (StateType type : StateType.values()) {
            String name = "weight.exp_avg.scale", expected = name + ": expected F32 [51], found ";
            Tensor shorter = Tensor.of(name, FloatSpan.of(new float[50]), 50);
            assertRefused(type, name, shorter, expected + "F32 [50]");
            Tensor doubles = new Tensor(name, DType.F64, List.of(51L), MemorySegment.ofArray(new double[51]));
            assertRefused(type, name, doubles, expected + "F64 [51]");
            name = "weight.other.scale";
            Tensor more = Tensor.of(name, FloatSpan.of(new float[51]), 51);
            assertRefused(type, name, more, "unexpected: " + name + ", F32 [51]");
        }
    }

    @Test
    void whatIsMissingOrHasNoConversionIsRefused() throws IOException {
        Tensor doubles = new Tensor("other", DType.F64, List.of(9_000L), MemorySegment.ofArray(new double[9_000]));
        for (StateType type : StateType.values()) {
            assertRefused(type, "other", null, "missing: other, F32 [9000]");
            assertRefused(type, "other", doubles, "other: expected F32 [9000], found F64 [9000]");
        }
    }

    @Test
    void theStateAloneIsLoadedWithTheTextsOfTheFile() throws IOException {
        Path file = folder.resolve("texts.safetensors");
        new Checkpoint(trained(StateType.F32)).save(file, Map.of("epoch", "3"));
        Checkpoint checkpoint = new Checkpoint(optimizer(StateType.F32));
        assertEquals("3", checkpoint.loadState(file).get("epoch"));
        assertEquals("3", checkpoint.loadState(List.of(file)).get("epoch"));
    }
}
