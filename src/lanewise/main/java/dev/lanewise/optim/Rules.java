package dev.lanewise.optim;

import dev.lanewise.schedule.Schedule;
import java.lang.invoke.MethodType;
import java.lang.reflect.RecordComponent;
import java.util.List;
import java.util.Map;

/**
 * This is the catalog of the library's rules. Checkpoints, command lines, benchmarks and tests list the rules, and make one from
 * a name, by means of it.
 *
 * {@snippet :
 * for (Rules.Entry entry : Rules.all()) {
 *     System.out.println(entry.name() + " " + Rules.hyperparameters(entry.defaults()));
 * }
 * UpdateRule rule = Rules.with(new AdamW(), Map.of("weightDecay", 0.1, "amsgrad", true));
 * }
 *
 * <p>A new rule is a record in this package, a kernel beside the other kernels, and an entry here.
 */
public final class Rules {
    private static final List<Entry> ALL = List.of(
            entry(
                    "sgd",
                    new Sgd(),
                    new Variant("momentum", new Sgd().withMomentum(0.9)),
                    new Variant("Nesterov", new Sgd().withMomentum(0.9).withNesterov(true))),
            entry("normalized-sgd", new NormalizedSgd()),
            entry("rprop", new Rprop()),
            entry(
                    "rmsprop",
                    new RmsProp(),
                    new Variant("momentum", new RmsProp().withMomentum(0.9)),
                    new Variant("centered", new RmsProp().withCentered(true))),
            entry("adam-v0", new AdamV0()),
            entry("adam", new Adam(), new Variant("AMSGrad", new Adam().withAmsgrad(true))),
            entry(
                    "adamw",
                    new AdamW(),
                    new Variant("AMSGrad", new AdamW().withAmsgrad(true)),
                    new Variant("update clipping", new AdamW().withUpdateClipping(true)),
                    new Variant("cautious", new AdamW().withCaution(Caution.MASKED))),
            entry("lion", new Lion(), new Variant("cautious", new Lion().withCaution(Caution.MASKED))),
            entry("adagrad", new Adagrad()),
            entry("adadelta", new Adadelta()),
            entry("adamax", new Adamax()),
            entry("nadam", new NAdam()),
            entry("radam", new RAdam()),
            entry("asgd", new Asgd()),
            entry("signum", new Signum(), new Variant("SignSGD", new Signum().withMomentum(0))),
            entry("novograd", new NovoGrad()),
            entry("sparse-adam", new SparseAdam()),
            entry("ftrl", new Ftrl()),
            entry("lamb", new Lamb()),
            entry("lars", new Lars()),
            entry("schedule-free-sgd", new ScheduleFreeSgd()),
            entry(
                    "schedule-free-adamw",
                    new ScheduleFreeAdamW(),
                    new Variant("inner momentum", new ScheduleFreeAdamW().withInnerMomentum(0.9))),
            entry("prodigy", new Prodigy()),
            entry("muon", new Muon()),
            entry("normuon", new NorMuon()),
            entry("adafactor", new Adafactor(), new Variant("not factored", new Adafactor().withFactored(false))),
            entry("adabelief", new AdaBelief(), new Variant("AMSGrad", new AdaBelief().withAmsgrad(true))),
            entry("ademamix", new AdEMAMix()),
            entry("adan", new Adan()),
            entry("adopt", new Adopt()));

    /**
     * An entry is a rule of the catalog. A rule that {@linkplain UpdateRule#needsMatrix() needs matrices}, such as {@link Muon},
     * cannot update all parameters as one group: its groups have shapes, and another rule is due for vectors;
     * {@link Muon#groups}, {@link NorMuon#groups} and {@link Adafactor#groups} assign both.
     *
     * @param name its name on a command line, such as {@code adam-v0}
     * @param defaults the rule as its constructor without arguments makes it; a record
     * @param variants the variants with another computation, each with the other hyperparameters at their defaults
     */
    public record Entry(String name, UpdateRule defaults, List<Variant> variants) {
        /** Copies the list. */
        public Entry {
            variants = List.copyOf(variants);
        }
    }

    /**
     * A variant is a rule with an option on.
     *
     * @param name the option's name for readers, such as {@code AMSGrad}
     * @param rule the rule
     */
    public record Variant(String name, UpdateRule rule) {}

    private Rules() {}

    private static Entry entry(String name, UpdateRule defaults, Variant... variants) {
        return new Entry(name, defaults, List.of(variants));
    }

    /** {@return all rules, always in the same order} */
    public static List<Entry> all() {
        return ALL;
    }

    /**
     * {@return the hyperparameters of a rule of the library: name → value in the order of the record, a {@link Double},
     * {@link Boolean}, enum or, for the learning rate, {@link Schedule} each}
     *
     * @param rule a rule of one of the classes in the catalog
     * @throws IllegalArgumentException if the rule is of another class
     */
    public static Map<String, Object> hyperparameters(UpdateRule rule) {
        return RuleCodec.components(checked(rule));
    }

    /**
     * {@return a rule of the library with other hyperparameters}
     *
     * @param rule a rule of one of the classes in the catalog
     * @param hyperparameters name → value of those that change; a number in place of a schedule is a constant one
     * @throws IllegalArgumentException if the rule is of another class, if it has no hyperparameter of a name, if a value has another type,
     *     or if it is out of range
     */
    public static UpdateRule with(UpdateRule rule, Map<String, ?> hyperparameters) {
        Record record = checked(rule);
        Map<String, Object> values = RuleCodec.components(record);
        for (Map.Entry<String, ?> given : hyperparameters.entrySet()) {
            if (values.replace(given.getKey(), given.getValue()) == null) {
                throw new IllegalArgumentException("hyperparameter of "
                        + record.getClass().getSimpleName() + " must be one of " + values.keySet() + ": "
                        + given.getKey());
            }
        }
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            Class<?> type = MethodType.methodType(component.getType()).wrap().returnType();
            Object value = values.get(component.getName());
            if (type == Schedule.class && value instanceof Double number) {
                values.put(component.getName(), RateChecks.constant(number));
            } else if (!type.isInstance(value)) {
                throw new IllegalArgumentException(
                        component.getName() + " must be a " + type.getSimpleName() + ": " + value);
            }
        }
        return (UpdateRule) RuleReader.make(record.getClass(), values);
    }

    /**
     * {@return the text of a rule, such as {@code Sgd[learningRate=Constant[value=0.1], …]}, from which {@link #parse} makes an equal one}
     *
     * @param rule a rule of one of the classes in the catalog, whose schedules are the library's
     * @throws IllegalArgumentException if the rule is of another class, or if a schedule cannot be made again from a text
     */
    public static String toText(UpdateRule rule) {
        String text = RuleCodec.write(checked(rule));
        try {
            if (text != null && rule.equals(parse(text))) {
                return text;
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("the text of rule must have a value for each schedule: " + text, e);
        }
        throw new IllegalArgumentException("the schedules of rule must be the library's: " + rule);
    }

    /**
     * {@return the rule of a text}
     *
     * @param text what {@link #toText} returned; it can name no class but the library's rules and schedules
     * @throws IllegalArgumentException if the text is not that of a rule of the library; the message has the reason
     */
    public static UpdateRule parse(String text) {
        return RuleCodec.read(text, UpdateRule.class);
    }

    private static Record checked(UpdateRule rule) {
        if (!RuleCodec.knows(rule)) {
            throw new IllegalArgumentException("rule must be of a class in the catalog: " + rule);
        }
        return (Record) rule;
    }
}
