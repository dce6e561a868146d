package dev.lanewise.optim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Saving and resuming L-BFGS. */
class LbfgsFileTest {
    private static final float[] START = {-1.2f, 1, -0.5f, 0.8f, 1.3f, -0.7f};
    private static final LbfgsOptions SEARCH = LbfgsOptions.DEFAULT
            .withLineSearch(LineSearch.strongWolfe())
            .withMaxIterations(5)
            .withHistorySize(3);
    private static final Lbfgs.Objective ROSENBROCK = ((Functions.Function) Functions::rosenbrock).objective();

    @TempDir
    Path folder;

    private Path file() {
        return folder.resolve("lbfgs.safetensors");
    }

    /** After each number of steps, a new optimizer goes on with the bits of the old, also where its ring of pairs begins elsewhere. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void resumesBitForBit(boolean search) throws IOException {
        LbfgsOptions options =
                search ? SEARCH : SEARCH.withLineSearch(LineSearch.none()).withLearningRate(0.1);
        for (int before = 0; before < 6; before++) {
            float[] expected = START.clone(), parameters = new float[START.length];
            Lbfgs whole = new Lbfgs(FloatSpan.of(expected), options);
            for (int step = 0; step < before; step++) {
                whole.step(ROSENBROCK);
            }
            whole.save(file());
            Lbfgs resumed = new Lbfgs(FloatSpan.of(parameters), options);
            // State that must not survive.
            resumed.step(ROSENBROCK);
            resumed.load(file());
            assertArrayEquals(expected, parameters);
            for (int step = 0; step < 4; step++) {
                assertEquals(
                        whole.step(ROSENBROCK).toString(),
                        resumed.step(ROSENBROCK).toString());
                assertArrayEquals(expected, parameters);
                assertEquals(whole.evaluations(), resumed.evaluations());
                assertEquals(whole.iterations(), resumed.iterations());
            }
        }
    }

    @Test
    void hasTheNamesOfPyTorch() throws IOException {
        float[] parameters = START.clone();
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(parameters), SEARCH);
        lbfgs.save(file());
        try (Arena arena = Arena.ofConfined()) {
            assertEquals(
                    Set.of("parameters", "n_iter", "func_evals"),
                    Set.copyOf(Safetensors.map(file(), arena).names()));
        }
        lbfgs.step(ROSENBROCK);
        lbfgs.save(file());
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file(), arena);
            Set<String> names = new TreeSet<>(Set.of(
                    "parameters", "n_iter", "func_evals", "d", "t", "prev_flat_grad", "prev_loss", "H_diag", "ro"));
            for (int i = 0; i < 3; i++) {
                names.add("old_dirs." + i);
                names.add("old_stps." + i);
            }
            assertEquals(names, new TreeSet<>(saved.names()));
            assertArrayEquals(parameters, saved.floats("parameters").toArray());
            // The newest pair is the last; s · y is 1 / ro.
            double ys = 0, yy = 0;
            for (int i = 0; i < START.length; i++) {
                double y = saved.floats("old_dirs.2").get(i);
                ys += y * saved.floats("old_stps.2").get(i);
                yy += y * y;
            }
            ValueLayout.OfDouble f64 = ValueLayout.JAVA_DOUBLE_UNALIGNED;
            assertEquals(1 / ys, saved.tensor("ro").bytes().get(f64, 16), 1e-9 / ys);
            assertEquals(ys / yy, saved.tensor("H_diag").bytes().get(f64, 0), 1e-9);
        }
    }

    /** Each tensor missing, of another type, or of another shape is refused, and nothing has changed. */
    @Test
    void refusesWhatIsNoFileOfIts() throws IOException {
        Lbfgs source = new Lbfgs(FloatSpan.of(START.clone()), SEARCH);
        source.step(ROSENBROCK);
        source.save(file());
        float[] parameters = {1, 2, 3, 4, 5, 6};
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(parameters), SEARCH);
        lbfgs.step(ROSENBROCK);
        Path before = folder.resolve("before.safetensors"), after = folder.resolve("after.safetensors");
        lbfgs.save(before);
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file(), arena);
            for (String name : saved.names()) {
                for (boolean missing : new boolean[] {true, false}) {
                    List<Tensor> tensors = new ArrayList<>();
                    for (String each : saved.names()) {
                        if (!each.equals(name)) {
                            tensors.add(saved.tensor(each));
                        } else if (!missing) {
                            tensors.add(Tensor.of(each, FloatSpan.of(new float[2]), 2));
                        }
                    }
                    Path bad = folder.resolve("bad.safetensors");
                    Safetensors.write(bad, tensors, saved.metadata());
                    String message = assertThrows(IllegalArgumentException.class, () -> lbfgs.load(bad), name)
                            .getMessage();
                    assertTrue(message.startsWith(bad + ": ") && message.contains(name), message);
                    lbfgs.save(after);
                    assertArrayEquals(Files.readAllBytes(before), Files.readAllBytes(after), message);
                }
            }
        }
        assertThrows(IOException.class, () -> lbfgs.load(folder.resolve("none")));
    }

    @Test
    void refusesAnotherVersionMorePairsAndNegativeCounts() throws IOException {
        Lbfgs lbfgs = new Lbfgs(FloatSpan.of(START.clone()), SEARCH);
        lbfgs.step(ROSENBROCK);
        lbfgs.save(file());
        Lbfgs small = new Lbfgs(FloatSpan.of(START.clone()), SEARCH.withHistorySize(2));
        assertEquals(
                file() + ": the length of ro must be at most 2 (historySize): 3",
                assertThrows(IllegalArgumentException.class, () -> small.load(file()))
                        .getMessage());
        try (Arena arena = Arena.ofConfined()) {
            Safetensors saved = Safetensors.map(file(), arena);
            List<Tensor> tensors =
                    new ArrayList<>(saved.names().stream().map(saved::tensor).toList());
            Map<String, String> newer = new HashMap<>(saved.metadata());
            newer.put("lanewise.lbfgs", "2");
            Path other = folder.resolve("other.safetensors");
            Safetensors.write(other, tensors, newer);
            assertEquals(
                    other + ": lanewise.lbfgs must be 1: 2",
                    assertThrows(IllegalArgumentException.class, () -> lbfgs.load(other))
                            .getMessage());
            tensors.replaceAll(tensor -> tensor.name().equals("n_iter") ? Tensor.of("n_iter", -1) : tensor);
            Safetensors.write(other, tensors, saved.metadata());
            assertEquals(
                    other + ": n_iter must not be negative: -1",
                    assertThrows(IllegalArgumentException.class, () -> lbfgs.load(other))
                            .getMessage());
        }
    }
}
