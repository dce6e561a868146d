package dev.lanewise.optim;

import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.Schedule;
import java.lang.reflect.RecordComponent;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Tuple;

/** Every rule of the {@link RuleTable} with any legal hyperparameters. They shrink towards the default of the first rule. */
final class RuleArbitraries {
    /** As many as any rule has components. */
    private static final int MOST_COMPONENTS = 12;

    private RuleArbitraries() {}

    /** A new value for one component of a rule: the number if it is one, else by the index. */
    private record Change(boolean made, double number, int index) {}

    static Arbitrary<UpdateRule> rules() {
        List<UpdateRule> begin = RuleTable.rules().toList();
        Arbitrary<Double> numbers = Arbitraries.frequencyOf(
                Tuple.of(2, Arbitraries.of(0.0, 1.0)),
                Tuple.of(4, Arbitraries.integers().between(0, 999).map(x -> x / 1000.0)),
                Tuple.of(4, Arbitraries.integers().between(-24, 8).map(x -> Math.pow(10, x / 2.0))),
                Tuple.of(1, Arbitraries.of(Double.MIN_VALUE, 1e-300, 0x1p-50, Math.nextDown(1.0), 1e30, 1e300)));
        Arbitrary<Change> changes = Combinators.combine(
                        Arbitraries.of(false, true),
                        numbers,
                        Arbitraries.integers().between(0, 3))
                .as(Change::new);
        return Combinators.combine(
                        Arbitraries.of(begin),
                        changes.list().ofSize(MOST_COMPONENTS).withoutEdgeCases())
                .as(RuleArbitraries::changed)
                .filter(RuleArbitraries::hasFiniteCoefficients);
    }

    /** A rate of 1e30 divided by 1 − β₁ is infinite as a float where β₁ is next to 1, and the optimizer refuses the step. */
    private static boolean hasFiniteCoefficients(UpdateRule rule) {
        Definition definition = new Definition(rule, new float[1]);
        definition.prepare(new float[1]);
        for (float coefficient : definition.constants) {
            if (!Float.isFinite(coefficient)) {
                return false;
            }
        }
        return true;
    }

    /** Makes the changes one after another, but for those that the rule refuses. */
    private static UpdateRule changed(UpdateRule begin, List<Change> changes) {
        UpdateRule rule = begin;
        RecordComponent[] components = rule.getClass().getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            if (changes.get(i).made()) {
                rule = changed(rule, components, i, changes.get(i));
            }
        }
        // As a rule of matrices it would need another group.
        return rule.needsMatrix() ? begin : rule;
    }

    private static UpdateRule changed(UpdateRule rule, RecordComponent[] components, int at, Change change) {
        try {
            Class<?>[] types = new Class<?>[components.length];
            Object[] values = new Object[components.length];
            for (int i = 0; i < components.length; i++) {
                types[i] = components[i].getType();
                values[i] = components[i].getAccessor().invoke(rule);
            }
            values[at] = value(types[at], change);
            return (UpdateRule) rule.getClass().getDeclaredConstructor(types).newInstance(values);
        } catch (IllegalArgumentException e) {
            // The schedule refuses the number.
            return rule;
        } catch (java.lang.reflect.InvocationTargetException e) {
            if (e.getCause() instanceof IllegalArgumentException) {
                return rule;
            }
            throw new AssertionError(e);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }

    private static Object value(Class<?> type, Change change) {
        if (type == double.class) {
            return change.number();
        }
        if (type == long.class) {
            return (long) change.index();
        }
        if (type == Schedule.class) {
            return new Constant(change.number());
        }
        if (type == boolean.class) {
            return change.index() % 2 == 1;
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[change.index() % type.getEnumConstants().length];
        }
        throw new AssertionError("a rule has a component of a type that is not foreseen here: " + type);
    }
}
