package dev.lanewise.optim;

import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The file of an {@link Lbfgs}: its tensors, their names, and the checks before anything is copied. */
final class LbfgsFile {
    private static final String FORMAT = "lanewise.lbfgs", VERSION = "1";

    private final Path file;
    private final Safetensors saved;

    private LbfgsFile(Path file, Safetensors saved) {
        this.file = file;
        this.saved = saved;
    }

    static void save(LbfgsStep state, Path file) throws IOException {
        long length = state.parameters.length();
        List<Tensor> tensors = new ArrayList<>();
        tensors.add(Tensor.of("n_iter", state.iterations));
        tensors.add(Tensor.of("func_evals", state.evaluations));
        if (state.iterations > 0) {
            LbfgsHistory history = state.history;
            double[] ro = new double[history.size()];
            for (int i = 0; i < ro.length; i++) {
                ro[i] = history.ro[history.place(i)];
            }
            tensors.add(doubles("ro", ro, (long) ro.length));
            tensors.add(doubles("H_diag", new double[] {history.scale}));
            tensors.add(doubles("t", new double[] {state.t}));
            tensors.add(doubles("prev_loss", new double[] {state.origin.loss}));
            tensors.add(Tensor.of("d", state.direction, length));
            tensors.add(Tensor.of("prev_flat_grad", state.origin.gradient, length));
            for (int i = 0; i < ro.length; i++) {
                tensors.add(Tensor.of("old_dirs." + i, history.changes[history.place(i)], length));
                tensors.add(Tensor.of("old_stps." + i, history.steps[history.place(i)], length));
            }
        }
        tensors.add(Tensor.of("parameters", state.parameters, length));
        Safetensors.write(file, tensors, Map.of("format", "pt", FORMAT, VERSION));
    }

    private static Tensor doubles(String name, double[] values, Long... shape) {
        return new Tensor(name, DType.F64, List.of(shape), MemorySegment.ofArray(values));
    }

    static void load(LbfgsStep state, Path file) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            new LbfgsFile(file, Safetensors.map(file, arena)).load(state);
        }
    }

    /** Checks everything, and then copies it. */
    private void load(LbfgsStep state) {
        String version = saved.metadata().get(FORMAT);
        if (version != null && !version.equals(VERSION)) {
            throw new IllegalArgumentException(file + ": " + FORMAT + " must be " + VERSION + ": " + version);
        }
        List<Long> shape = List.of(state.parameters.length());
        FloatSpan parameters = floats("parameters", shape);
        long iterations = count("n_iter"), evaluations = count("func_evals");
        if (iterations == 0) {
            state.reset(evaluations);
        } else {
            loadState(state, shape, iterations, evaluations);
        }
        state.parameters.copyFrom(parameters);
    }

    private void loadState(LbfgsStep state, List<Long> shape, long iterations, long evaluations) {
        LbfgsHistory history = state.history;
        Tensor ro = saved.tensor("ro");
        long pairs = ro.shape().size() == 1 ? ro.shape().get(0) : -1;
        check("ro", ro, DType.F64, List.of(pairs));
        if (pairs > history.capacity()) {
            throw new IllegalArgumentException(
                    file + ": the length of ro must be at most " + history.capacity() + " (historySize): " + pairs);
        }
        double scale = scalar("H_diag"), t = scalar("t"), loss = scalar("prev_loss");
        FloatSpan direction = floats("d", shape), gradient = floats("prev_flat_grad", shape);
        List<FloatSpan> changes = new ArrayList<>(), steps = new ArrayList<>();
        for (int i = 0; i < pairs; i++) {
            changes.add(floats("old_dirs." + i, shape));
            steps.add(floats("old_stps." + i, shape));
        }
        history.restore((int) pairs, scale);
        for (int i = 0; i < pairs; i++) {
            history.ro[i] = ro.bytes().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, (long) Double.BYTES * i);
            history.changes[i].copyFrom(changes.get(i));
            history.steps[i].copyFrom(steps.get(i));
        }
        state.direction.copyFrom(direction);
        state.origin.gradient.copyFrom(gradient);
        state.origin.loss = loss;
        state.t = t;
        state.iterations = iterations;
        state.evaluations = evaluations;
    }

    private FloatSpan floats(String name, List<Long> shape) {
        check(name, saved.tensor(name), DType.F32, shape);
        return saved.floats(name);
    }

    private double scalar(String name) {
        check(name, saved.tensor(name), DType.F64, List.of());
        return saved.tensor(name).bytes().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0);
    }

    private long count(String name) {
        check(name, saved.tensor(name), DType.I64, List.of());
        long count = saved.tensor(name).bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
        if (count < 0) {
            throw new IllegalArgumentException(file + ": " + name + " must not be negative: " + count);
        }
        return count;
    }

    private void check(String name, Tensor tensor, DType type, List<Long> shape) {
        if (tensor.dtype() != type || !tensor.shape().equals(shape)) {
            throw new IllegalArgumentException(file + ": tensor " + name + " must be " + type + " " + shape + ": "
                    + tensor.dtype() + " " + tensor.shape());
        }
    }
}
