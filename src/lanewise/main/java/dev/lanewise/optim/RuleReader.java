package dev.lanewise.optim;

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
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Reads what {@link RuleCodec} writes. The text comes from a file, so anything but a record of the library is refused, and
 * no class is looked up by a name in the text.
 */
final class RuleReader {
    /** The depth to which records may be nested: more than a schedule needs, and less than would overflow the stack. */
    private static final int DEPTH = 200;

    /** Simple name → class of each record that can be read. */
    static final Map<String, Class<? extends Record>> KNOWN = Stream.<Class<? extends Record>>concat(
                    Rules.all().stream()
                            .map(entry -> entry.defaults().getClass().asSubclass(Record.class)),
                    Stream.of(
                            RowWiseAdagrad.class,
                            Constant.class,
                            Cosine.class,
                            CosineRestarts.class,
                            Exponential.class,
                            InverseSquareRoot.class,
                            LinearWarmup.class,
                            MultiStep.class,
                            OneCycle.class,
                            Polynomial.class,
                            StepDecay.class,
                            WarmupCosine.class,
                            WarmupStableDecay.class,
                            ReduceOnPlateau.State.class))
            .collect(Collectors.toMap(Class::getSimpleName, Function.identity()));

    /**
     * Options that rules got after the first files had been written. A text has them only where they are on, so that those files are read,
     * and older versions read what has no such option.
     */
    private static final Set<String> LATER =
            Set.of("updateClipping", "caution", "cautiousDecay", "decoupledWeightDecay");

    private final String text;
    private final ReduceOnPlateau plateau;
    private int at;

    /**
     * Makes a reader of a text.
     *
     * @param plateau the schedule that the word {@code ReduceOnPlateau} means, or null
     */
    RuleReader(String text, ReduceOnPlateau plateau) {
        this.text = text;
        this.plateau = plateau;
    }

    /** {@return the value that the whole text describes} */
    Object read() {
        Object value = value(0);
        if (at < text.length()) {
            throw expected("its end");
        }
        return value;
    }

    static <T> T cast(Object value, Class<T> type) {
        if (!type.isInstance(value)) {
            throw new IllegalArgumentException("expected a " + type.getSimpleName() + ", found " + value);
        }
        return type.cast(value);
    }

    private Object value(int depth) {
        if (depth > DEPTH) {
            throw new IllegalArgumentException("expected at most " + DEPTH + " records within each other, found more");
        }
        String word = word();
        if (!take("[")) {
            return plateau != null && word.equals(RuleCodec.PLATEAU) ? plateau : word;
        }
        Map<String, Object> fields = new LinkedHashMap<>();
        List<Object> list = new ArrayList<>();
        while (!take("]")) {
            if (!list.isEmpty() && !take(", ")) {
                throw expected("a comma or ]");
            }
            int start = at;
            String name = word();
            if (!word.isEmpty() && !take("=")) {
                throw expected("=");
            }
            at = word.isEmpty() ? start : at;
            list.add(value(depth + 1));
            if (!word.isEmpty() && fields.put(name, list.getLast()) != null) {
                throw new IllegalArgumentException("expected one " + name + ", found two");
            }
        }
        return word.isEmpty() ? list : make(word, fields);
    }

    private String word() {
        int start = at;
        while (at < text.length() && "[]=,".indexOf(text.charAt(at)) < 0) {
            at++;
        }
        return text.substring(start, at);
    }

    private boolean take(String sign) {
        boolean there = text.startsWith(sign, at);
        at += there ? sign.length() : 0;
        return there;
    }

    private IllegalArgumentException expected(String what) {
        return new IllegalArgumentException("expected " + what + " after " + at + " characters, found " + text);
    }

    private static Object make(String name, Map<String, Object> fields) {
        Object made;
        switch (name) {
            case "Product" ->
                made = cast(take(fields, "one"), Schedule.class).times(cast(take(fields, "other"), Schedule.class));
            case "Sequence" ->
                made = cast(take(fields, "first"), Schedule.class)
                        .then(
                                (long) convert("steps", take(fields, "steps"), long.class),
                                cast(take(fields, "next"), Schedule.class));
            default -> {
                if (!KNOWN.containsKey(name)) {
                    throw new IllegalArgumentException("expected a record of the library, found " + name);
                }
                made = parse(KNOWN.get(name), fields);
            }
        }
        if (!fields.isEmpty()) {
            throw new IllegalArgumentException("unexpected in " + name + ": " + fields);
        }
        return made;
    }

    private static Object parse(Class<? extends Record> type, Map<String, Object> fields) {
        RecordComponent[] components = type.getRecordComponents();
        Map<String, Object> values = new LinkedHashMap<>();
        if (type == Rprop.class && !fields.containsKey("initialStep") && fields.containsKey("learningRate")) {
            // A file without a format has PyTorch's name for the initial step.
            fields.put("initialStep", fields.put("learningRate", "1"));
        }
        for (RecordComponent component : components) {
            if (LATER.contains(component.getName())) {
                fields.putIfAbsent(component.getName(), off(component.getType()).toString());
            }
        }
        List<String> missing = Arrays.stream(components)
                .map(RecordComponent::getName)
                .filter(name -> !fields.containsKey(name))
                .toList();
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("missing in " + type.getSimpleName() + ": " + missing);
        }
        for (RecordComponent component : components) {
            String name = component.getName();
            values.put(name, convert(name, fields.remove(name), component.getType()));
        }
        return make(type, values);
    }

    /** {@return what an option is where it is not on} */
    private static Object off(Class<?> type) {
        return type.isEnum() ? type.getEnumConstants()[0] : false;
    }

    /** {@return whether a text leaves a component out} */
    static boolean isLeftOut(String name, Object value) {
        return LATER.contains(name)
                && value.equals(off(value instanceof Enum<?> one ? one.getDeclaringClass() : boolean.class));
    }

    /**
     * Makes a record.
     *
     * @param values name → value of each component, of its type
     * @throws IllegalArgumentException if the record refuses a value
     */
    static Object make(Class<? extends Record> type, Map<String, Object> values) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types =
                Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
        Object[] arguments = Arrays.stream(components)
                .map(component -> values.get(component.getName()))
                .toArray();
        try {
            return type.getConstructor(types).newInstance(arguments);
        } catch (InvocationTargetException e) {
            throw new IllegalArgumentException(e.getCause().getMessage(), e);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Object take(Map<String, Object> fields, String name) {
        Object value = fields.remove(name);
        if (value == null) {
            throw new IllegalArgumentException("missing: " + name);
        }
        return value;
    }

    /** Converts a value; components are numbers, switches, enums, learning rates and the steps of {@link MultiStep}. */
    private static Object convert(String name, Object value, Class<?> type) {
        try {
            if (type == List.class && value instanceof List<?> list) {
                return list.stream().map(one -> convert(name, one, long.class)).toList();
            }
            if (type == Schedule.class && value instanceof Schedule) {
                return value;
            }
            String word = cast(value, String.class);
            if (type == Schedule.class) {
                return word.equals(RuleCodec.FUNCTION_WORD)
                        ? RuleCodec.FUNCTION
                        : new Constant(Double.parseDouble(word));
            } else if (type == double.class) {
                return Double.parseDouble(word);
            } else if (type == long.class) {
                return Long.parseLong(word);
            } else if (type == boolean.class && (word.equals("true") || word.equals("false"))) {
                return word.equals("true");
            }
            Object[] constants = type.isEnum() ? type.getEnumConstants() : new Object[0];
            for (Object constant : constants) {
                if (((Enum<?>) constant).name().equals(word)) {
                    return constant;
                }
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": expected " + type.getSimpleName() + ", found " + value, e);
        }
        throw new IllegalArgumentException(name + ": expected " + type.getSimpleName() + ", found " + value);
    }
}
