package dev.lanewise.optim;

import dev.lanewise.optim.CheckpointLayout.Range;
import dev.lanewise.schedule.Constant;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Writes and reads the hyperparameters of the groups as texts of a checkpoint. An instance reads the texts of one file. */
final class CheckpointTexts {
    static final String SHARD = "shard";
    static final String FORMAT = "lanewise.format";
    static final String SEED = "lanewise.state.seed";
    private static final Pattern RANGE = Pattern.compile("parameters (\\d{1,18}) to (\\d{1,18}) of (\\d{1,18})");

    private final Map<String, String> metadata;
    private final boolean hyperparameters;
    private final List<String> problems;
    private final Map<ReduceOnPlateau, ReduceOnPlateau.State> plateaus = new LinkedHashMap<>();

    /**
     * Makes a reader of the texts of a file.
     *
     * @param metadata all texts of the file
     * @param hyperparameters whether they are loaded; otherwise only the names of the rules are compared
     * @param problems the list to which problems are added
     */
    CheckpointTexts(Map<String, String> metadata, boolean hyperparameters, List<String> problems) {
        this.metadata = metadata;
        this.hyperparameters = hyperparameters;
        this.problems = problems;
    }

    /**
     * Writes the texts of a checkpoint.
     *
     * @param range the parameters that the optimizer has
     */
    static Map<String, String> write(Optimizer optimizer, Range range) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("format", "pt");
        metadata.put(FORMAT, Integer.toString(RuleCodec.FORMAT));
        for (ParameterGroup group : optimizer.groups()) {
            write(group, optimizer.steps(), metadata);
        }
        if (optimizer.roundsState()) {
            metadata.put(SEED, Long.toString(optimizer.options().stateSeed()));
        }
        if (optimizer.shard().world() > 1) {
            metadata.put(SHARD, describe(range, optimizer.shard().parameters()));
        }
        return metadata;
    }

    /** Checks that training continues with the random numbers of the file, if it has any and the optimizer needs some. */
    void checkSeed(Optimizer optimizer) {
        String seed = Long.toString(optimizer.options().stateSeed()), found = metadata.getOrDefault(SEED, seed);
        if (hyperparameters && optimizer.roundsState() && !found.equals(seed)) {
            problems.add("stateSeed: expected " + seed + " as in the options, found " + found);
        }
    }

    private static String describe(Range range, long parameters) {
        return "parameters " + range.from() + " to " + range.end() + " of " + parameters;
    }

    /** {@return the range of the parameters that a file has, or null if its text is no range or has another total} */
    static Range range(Map<String, String> metadata, long parameters) {
        String text = metadata.getOrDefault(SHARD, describe(new Range(0, parameters), parameters));
        Matcher numbers = RANGE.matcher(text);
        if (!numbers.matches() || Long.parseLong(numbers.group(3)) != parameters) {
            return null;
        }
        Range range = new Range(Long.parseLong(numbers.group(1)), Long.parseLong(numbers.group(2)));
        return range.from() > range.end() || range.end() > parameters ? null : range;
    }

    /** Refuses a file of a newer format. A file of the first format has no number, nor has a file of PyTorch's. */
    static void checkFormat(Path file, Map<String, String> metadata) {
        String format = metadata.get(FORMAT);
        if (format != null && !format.matches("[1-9][0-9]{0,8}")) {
            throw new IllegalArgumentException(file + ": " + FORMAT + " must be a whole number from 1: " + format);
        }
        if (format != null && Integer.parseInt(format) > RuleCodec.FORMAT) {
            throw new IllegalArgumentException(file + ": " + FORMAT + " must be at most " + RuleCodec.FORMAT
                    + ", the newest that this version of Lanewise reads: " + format);
        }
    }

    /** Writes the texts of one group, which has had some steps. */
    static void write(ParameterGroup group, long steps, Map<String, String> metadata) {
        String name = group.name();
        metadata.put(name + ".rule", textOfRule(group, steps));
        if (isScheduled(group)) {
            metadata.put(name + ".rule.scheduled", "true");
        }
        ReduceOnPlateau plateau = RuleCodec.plateau(lastRule(group, steps).learningRate());
        if (plateau != null) {
            metadata.put(name + ".schedule.state", RuleCodec.write(plateau.state()));
        }
        if (group.frozen()) {
            metadata.put(name + ".frozen", "true");
        }
    }

    /** {@return the rule of the last step, since a function of the step may be defined no further} */
    private static UpdateRule lastRule(ParameterGroup group, long steps) {
        return group.rule().at(Math.max(0, steps - 1));
    }

    private static String textOfRule(ParameterGroup group, long steps) {
        UpdateRule rule = lastRule(group, steps);
        String text = rule instanceof Record ? RuleCodec.write(rule) : null;
        return text == null ? nameOf(rule) : text;
    }

    private static boolean isScheduled(ParameterGroup group) {
        return group.rule().at(0) != group.rule();
    }

    static String nameOf(UpdateRule rule) {
        return rule.getClass().getSimpleName();
    }

    /** {@return the group with the hyperparameters of the file, as far as the file has them} */
    ParameterGroup read(ParameterGroup group, long steps) {
        String rule = text(group, ".rule");
        if (rule == null) {
            return group;
        }
        if (!rule.replaceFirst("\\[.*", "").equals(nameOf(group.rule().at(0)))) {
            problem("rule", group, nameOf(group.rule().at(0)), rule);
            return group;
        }
        if (!hyperparameters) {
            return group;
        }
        Schedule rate = lastRule(group, steps).learningRate();
        keepState(group, RuleCodec.plateau(rate));
        UpdateRule next = rule(group, rule, steps, rate);
        if (metadata.get(FORMAT) == null) {
            next = withSeparateSchedule(group, next, rate);
        }
        return group.withRule(next).withFrozen("true".equals(text(group, ".frozen")));
    }

    private String text(ParameterGroup group, String what) {
        return metadata.get(group.name() + what);
    }

    private void problem(String what, ParameterGroup group, String expected, String found) {
        problems.add(what + " of " + group.name() + ": expected " + expected + ", found " + found);
    }

    /**
     * Reads a rule.
     *
     * @param rate the learning rate of the optimizer's rule
     */
    private UpdateRule rule(ParameterGroup group, String found, long steps, Schedule rate) {
        UpdateRule own = group.rule();
        boolean scheduled = "true".equals(text(group, ".rule.scheduled"));
        if (!scheduled && !isScheduled(group) && RuleCodec.knows(own)) {
            try {
                UpdateRule rule = RuleCodec.read(found, UpdateRule.class, RuleCodec.plateau(rate));
                if (RuleStructure.matches(own, rule)) {
                    return withFunction(group, rule, rate);
                }
                problem("rule", group, RuleStructure.describe(own), RuleStructure.describe(rule));
            } catch (IllegalArgumentException e) {
                problems.add("rule of " + group.name() + ": " + e.getMessage());
            }
            return own;
        }
        String expected = textOfRule(group, steps);
        String same = metadata.get(FORMAT) == null ? withRate(found, rate) : found;
        // A rule whose text is its name alone cannot be compared any further; the names were compared before.
        boolean fits = same.equals(expected) || expected.equals(nameOf(own.at(0)));
        if (scheduled != isScheduled(group) || !fits) {
            String function = " by a function";
            problem("rule", group, expected + (isScheduled(group) ? function : ""), same + (scheduled ? function : ""));
        }
        return own;
    }

    /** {@return the rule of a file, with the learning rate of the optimizer if it is a function, which it must be in both} */
    private UpdateRule withFunction(ParameterGroup group, UpdateRule rule, Schedule rate) {
        if (metadata.get(FORMAT) == null) {
            return rule;
        }
        String expected = RuleCodec.writeSchedule(rate);
        boolean function = rule.learningRate() == RuleCodec.FUNCTION;
        if (function != (expected == null)) {
            problem(
                    "schedule",
                    group,
                    expected == null ? "a function" : expected,
                    function ? "a function" : RuleCodec.writeSchedule(rule.learningRate()));
        }
        return function ? rule.withLearningRate(rate) : rule;
    }

    /** {@return the text of a rule in a file without a format, with a schedule in place of the number} */
    private static String withRate(String text, Schedule rate) {
        try {
            UpdateRule rule = RuleCodec.read(text, UpdateRule.class).withLearningRate(rate);
            return RuleCodec.write(rule);
        } catch (IllegalArgumentException e) {
            return text;
        }
    }

    /** {@return a rule with the schedule of a file without a format, where the schedule is a text of its own} */
    private UpdateRule withSeparateSchedule(ParameterGroup group, UpdateRule rule, Schedule rate) {
        String expected = RuleCodec.writeSchedule(rate);
        String found = text(group, ".schedule");
        try {
            if (expected != null && found != null) {
                return withAbsolute(rule, RuleCodec.read(found, Schedule.class, RuleCodec.plateau(rate)));
            }
        } catch (IllegalArgumentException e) {
            problems.add("schedule of " + group.name() + ": " + e.getMessage());
            return rule;
        }
        // The first versions wrote no text for a schedule with a plateau, and texts of some records that cannot be
        // read.
        boolean own = found == null
                ? expected == null || RuleCodec.plateau(rate) != null || isScheduled(group)
                : !isReadable(found, rate);
        if (!own) {
            problem(
                    "schedule",
                    group,
                    expected == null ? "a function" : expected,
                    found == null ? "a function" : found);
        }
        return own && !isScheduled(group) ? rule.withLearningRate(rate) : rule;
    }

    private static boolean isReadable(String schedule, Schedule own) {
        try {
            RuleCodec.read(schedule, Schedule.class, RuleCodec.plateau(own));
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    /** {@return a rule that follows a schedule of absolute rates, which for {@link Rprop} is divided by the initial step} */
    private static UpdateRule withAbsolute(UpdateRule rule, Schedule schedule) {
        if (!(rule.at(0) instanceof Rprop rprop)) {
            return rule.withLearningRate(schedule);
        }
        return rule.withLearningRate(
                schedule instanceof Constant(double value)
                        ? new Constant(value / rprop.initialStep())
                        : schedule.times(1 / rprop.initialStep()));
    }

    private void keepState(ParameterGroup group, ReduceOnPlateau plateau) {
        String state = text(group, ".schedule.state");
        if (plateau == null || state == null) {
            return;
        }
        try {
            keep(group, plateau, RuleCodec.read(state, ReduceOnPlateau.State.class));
        } catch (IllegalArgumentException e) {
            problems.add("schedule of " + group.name() + ": " + e.getMessage());
        }
    }

    private void keep(ParameterGroup group, ReduceOnPlateau plateau, ReduceOnPlateau.State state) {
        ReduceOnPlateau.State before = plateaus.putIfAbsent(plateau, state);
        if (before != null && !before.equals(state)) {
            problem(
                    "schedule",
                    group,
                    RuleCodec.write(before) + " as in another group that has it",
                    RuleCodec.write(state));
        }
    }

    /** Restores the plateaus of the groups that were read, after all checks have passed. */
    void restorePlateaus() {
        plateaus.forEach(ReduceOnPlateau::restore);
    }
}
