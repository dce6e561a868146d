package dev.lanewise.optim;

import dev.lanewise.safetensors.DType;
import dev.lanewise.safetensors.Safetensors;
import dev.lanewise.safetensors.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Reads the numbers of a checkpoint that are no parameters and no state, each within its bounds. */
final class CheckpointNumbers {
    /** The largest number of steps: schedules compute with it in double, where it is exact, and it can be counted further. */
    static final long MOST_STEPS = 1L << 53;

    private final Safetensors saved;
    private final List<String> problems;

    /** Meaning → the first scalar that was read for it; others with the same meaning must have the same value. */
    private final Map<Object, Map.Entry<String, Number>> firsts = new HashMap<>();

    /**
     * Makes a reader.
     *
     * @param saved the file
     * @param problems receives what is wrong with the numbers
     */
    CheckpointNumbers(Safetensors saved, List<String> problems) {
        this.saved = saved;
        this.problems = problems;
    }

    static String describe(Tensor tensor) {
        return tensor.dtype() + " " + tensor.shape();
    }

    /** {@return a scalar of the type that a checkpoint has, or of PyTorch's type; null, with a problem, if there is none} */
    private Number scalar(String name, DType dtype) {
        if (!saved.names().contains(name)) {
            problems.add("missing: " + name + ", " + dtype + " []");
            return null;
        }
        Tensor tensor = saved.tensor(name);
        if (!tensor.shape().isEmpty() || tensor.dtype() != dtype && tensor.dtype() != DType.F32) {
            problems.add(name + ": expected " + dtype + " [] or F32 [], found " + describe(tensor));
            return null;
        }
        return value(tensor);
    }

    static Number value(Tensor tensor) {
        return switch (tensor.dtype()) {
            case I64 -> tensor.bytes().get(ValueLayout.JAVA_LONG_UNALIGNED, 0);
            case F64 -> tensor.bytes().get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0);
            default -> tensor.bytes().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 0);
        };
    }

    /**
     * {@return a whole number from 0}
     *
     * @param max the largest that is allowed
     * @param meaning what it means; all numbers of one meaning must be equal
     */
    long count(String name, long max, Object meaning) {
        Number found = scalar(name, DType.I64);
        if (found == null) {
            return 0;
        }
        long count = found.longValue();
        if (count < 0 || count > max || found instanceof Float && count != found.floatValue()) {
            problems.add(name + ": expected a whole number from 0 to " + max + ", found " + found);
        } else {
            agree(meaning, name, count);
        }
        return count;
    }

    /** {@return a finite number of a meaning} */
    double number(String name, Object meaning) {
        Number found = scalar(name, DType.F64);
        if (found == null) {
            return 1;
        }
        double number = found.doubleValue();
        if (!Double.isFinite(number)) {
            problems.add(name + ": expected a finite number, found " + found);
        } else {
            agree(meaning, name, number);
        }
        return number;
    }

    /** {@return a number that a rule keeps} */
    double scalar(String name, StateScalar kept, Object meaning) {
        double value = number(name, meaning);
        if (Double.isFinite(value) && !(value >= kept.least() && value <= kept.most())) {
            problems.add(name + ": expected a number from " + kept.least() + " to " + kept.most() + ", found " + value);
        }
        return value;
    }

    private void agree(Object meaning, String name, Number value) {
        Map.Entry<String, Number> first = firsts.putIfAbsent(meaning, Map.entry(name, value));
        if (first != null && !first.getValue().equals(value)) {
            problems.add(name + ": expected " + first.getValue() + " as in " + first.getKey() + ", found " + value);
        }
    }
}
