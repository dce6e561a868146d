package dev.lanewise.optim;

import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import java.lang.reflect.Method;
import java.lang.reflect.RecordComponent;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Writes rules and schedules as text, and reads those of the library again. It reads nothing else, whatever a file names.
 *
 * <pre>
 * value  = name "[" [name "=" value {", " name "=" value}] "]"  |  "[" [value {", " value}] "]"  |  word
 * </pre>
 *
 * A name is that of a record or of one of its components; the components are written in the record's order and read in any order.
 * An option that rules got later is written only where it is on. A word is a number as {@link Double#toString} or
 * {@link Long#toString} gives it, {@code true}, {@code false}, the name of an enum's constant, or {@code ReduceOnPlateau} or
 * {@code function}, which stand for schedules that are not written. A number in place of a schedule is a constant one. The syntax
 * equals that of {@link Record#toString} in JDK 25, but it is fixed here, while the JDK's may change.
 */
final class RuleCodec {
    /**
     * The format of checkpoints that this syntax belongs to. A file without a format has the same syntax, but a number for the
     * learning rate of a rule, and the schedule as a text of its own.
     */
    static final int FORMAT = 1;

    /** The word for a plateau, which has a state and is not made again from a text. */
    static final String PLATEAU = ReduceOnPlateau.class.getSimpleName();

    /** The placeholder for a learning rate of the application's own in a rule that is read from a text. */
    static final Schedule FUNCTION = step -> Double.NaN;

    /** The word for a learning rate of the application's own in the text of a rule. */
    static final String FUNCTION_WORD = "function";

    private RuleCodec() {}

    /** {@return whether a value is a record of the library, so that its text can be read} */
    static boolean knows(Object value) {
        return RuleReader.KNOWN.get(value.getClass().getSimpleName()) == value.getClass();
    }

    /**
     * Writes a record.
     *
     * @return its text, or null where a component is not a number, switch, enum, text, list or record, or is not accessible
     */
    static String write(Object value) {
        StringBuilder text = new StringBuilder();
        return append(text, value) ? text.toString() : null;
    }

    private static boolean append(StringBuilder text, Object value) {
        return switch (value) {
            case Number number when number.getClass().getPackageName().equals("java.lang") -> add(text, number);
            case Boolean on -> add(text, on);
            case String string -> add(text, string);
            case Enum<?> constant -> add(text, constant.name());
            case ReduceOnPlateau unwritten -> add(text, PLATEAU);
            case List<?> list -> {
                String separator = "[";
                for (Object element : list) {
                    text.append(separator);
                    if (!append(text, element)) {
                        yield false;
                    }
                    separator = ", ";
                }
                yield add(text, list.isEmpty() ? "[]" : "]");
            }
            case Record record -> {
                Map<String, Object> components = components(record);
                String separator = record.getClass().getSimpleName() + "[";
                if (components == null) {
                    yield false;
                }
                for (Map.Entry<String, Object> component : components.entrySet()) {
                    if (RuleReader.isLeftOut(component.getKey(), component.getValue())) {
                        continue;
                    }
                    text.append(separator).append(component.getKey()).append('=');
                    if (knows(record)
                            && record instanceof UpdateRule
                            && component.getValue() instanceof Schedule rate) {
                        text.append(Objects.requireNonNullElse(writeSchedule(rate), FUNCTION_WORD));
                    } else if (!append(text, component.getValue())) {
                        yield false;
                    }
                    separator = ", ";
                }
                yield add(text, components.isEmpty() ? separator + "]" : "]");
            }
            case null, default -> false;
        };
    }

    private static boolean add(StringBuilder text, Object end) {
        text.append(end);
        return true;
    }

    /** {@return the text of a schedule, or null where the schedule or a part of it could not be made again from the text} */
    static String writeSchedule(Schedule schedule) {
        String text = write(schedule);
        try {
            return text != null && schedule.equals(read(text, Schedule.class, plateau(schedule))) ? text : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** {@return name → value in the record's order, or null where the record's module is not open to the library} */
    static Map<String, Object> components(Record record) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Method accessor = component.getAccessor();
            if (!accessor.trySetAccessible()) {
                return null;
            }
            try {
                values.put(component.getName(), accessor.invoke(record));
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(
                        "component " + component.getName() + " must be readable: " + record.getClass(), e);
            }
        }
        return values;
    }

    /** {@return the plateau that a schedule is or has as a part; null for none, and for several} */
    static ReduceOnPlateau plateau(Schedule schedule) {
        Set<ReduceOnPlateau> found = Collections.newSetFromMap(new IdentityHashMap<>());
        collect(schedule, found);
        return found.size() == 1 ? found.iterator().next() : null;
    }

    private static void collect(Object part, Set<ReduceOnPlateau> found) {
        if (part instanceof ReduceOnPlateau plateau) {
            found.add(plateau);
        } else if (part instanceof Record record) {
            Map<String, Object> components = components(record);
            if (components != null) {
                components.values().forEach(component -> collect(component, found));
            }
        }
    }

    /**
     * Reads a text.
     *
     * @throws IllegalArgumentException if the text is not that of a record of the library; the message has the reason
     */
    static <T> T read(String text, Class<T> type) {
        return read(text, type, null);
    }

    /**
     * Reads a text.
     *
     * @param plateau the schedule that the word {@code ReduceOnPlateau} means, or null
     * @throws IllegalArgumentException if the text is not that of a record of the library; the message has the reason
     */
    static <T> T read(String text, Class<T> type, ReduceOnPlateau plateau) {
        return RuleReader.cast(new RuleReader(text, plateau).read(), type);
    }
}
