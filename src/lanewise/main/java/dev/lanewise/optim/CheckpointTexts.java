package dev.lanewise.optim;

import dev.lanewise.optim.CheckpointLayout.Range;
import dev.lanewise.schedule.ReduceOnPlateau;
import dev.lanewise.schedule.Schedule;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The hyperparameters of the groups as texts of a checkpoint. An instance reads those of one file and keeps what is wrong. */
final class CheckpointTexts {
    static final String SHARD = "shard";
    private static final String FORMAT = "lanewise.format";
    private static final Pattern RANGE = Pattern.compile("parameters (\\d{1,18}) to (\\d{1,18}) of (\\d{1,18})");

    private final Map<String, String> metadata;
    private final boolean hyperparameters;
    private final List<String> problems;
    private final Map<ReduceOnPlateau, ReduceOnPlateau.State> plateaus = new LinkedHashMap<>();

    /**
     * Begins to read a file's.
     *
     * @param metadata all texts of the file
     * @param hyperparameters whether they are loaded; otherwise only the names of the rules are compared
     * @param problems where to add what is wrong
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
        if (optimizer.shard().world() > 1) {
            metadata.put(SHARD, describe(range, optimizer.shard().parameters()));
        }
        return metadata;
    }

    private static String describe(Range range, long parameters) {
        return "parameters " + range.from() + " to " + range.end() + " of " + parameters;
    }

    /** Returns which of so many parameters a file has, or null if its text is of something else. */
    static Range range(Map<String, String> metadata, long parameters) {
        String text = metadata.getOrDefault(SHARD, describe(new Range(0, parameters), parameters));
        Matcher numbers = RANGE.matcher(text);
        if (!numbers.matches() || Long.parseLong(numbers.group(3)) != parameters) {
            return null;
        }
        Range range = new Range(Long.parseLong(numbers.group(1)), Long.parseLong(numbers.group(2)));
        return range.from() > range.end() || range.end() > parameters ? null : range;
    }

    /** Refuses a file of a newer format. The first had no number, as a file of PyTorch's has none. */
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

    private static void write(ParameterGroup group, long steps, Map<String, String> metadata) {
        String name = group.name();
        metadata.put(name + ".rule", textOfRule(group, steps));
        if (isScheduled(group)) {
            metadata.put(name + ".rule.scheduled", "true");
        }
        String schedule = textOfSchedule(group);
        if (schedule != null) {
            metadata.put(name + ".schedule", schedule);
        }
        ReduceOnPlateau plateau = RuleCodec.plateau(group.schedule());
        if (plateau != null) {
            metadata.put(name + ".schedule.state", RuleCodec.write(plateau.state()));
        }
        if (group.frozen()) {
            metadata.put(name + ".frozen", "true");
        }
    }

    /** Returns the text of the rule of the last step, since a function of the step may be defined no further. */
    private static String textOfRule(ParameterGroup group, long steps) {
        UpdateRule rule = group.rule().at(Math.max(0, steps - 1));
        String text = rule instanceof Record ? RuleCodec.write(rule) : null;
        return text == null ? nameOf(rule) : text;
    }

    private static boolean isScheduled(ParameterGroup group) {
        return group.rule().at(0) != group.rule();
    }

    private static Schedule readable(String text, ReduceOnPlateau plateau) {
        try {
            return RuleCodec.read(text, Schedule.class, plateau);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    /** Returns null where the schedule, or a part of it, could not be made again from it. */
    private static String textOfSchedule(ParameterGroup group) {
        Schedule schedule = group.schedule();
        String text = RuleCodec.write(schedule);
        return text != null && schedule.equals(readable(text, RuleCodec.plateau(schedule))) ? text : null;
    }

    static String nameOf(UpdateRule rule) {
        return rule.getClass().getSimpleName();
    }

    /** Returns the group with the hyperparameters of the file, as far as it has them. */
    ParameterGroup read(ParameterGroup group, long steps) {
        String rule = text(group, ".rule");
        if (rule == null) {
            return group;
        }
        if (!rule.replaceFirst("\\[.*", "").equals(nameOf(group.rule().at(0)))) {
            problems.add("rule of " + group.name() + ": expected "
                    + nameOf(group.rule().at(0)) + ", found " + rule);
            return group;
        }
        if (!hyperparameters) {
            return group;
        }
        return group.withRule(rule(group, rule, steps))
                .withSchedule(schedule(group))
                .withFrozen("true".equals(text(group, ".frozen")));
    }

    private String text(ParameterGroup group, String what) {
        return metadata.get(group.name() + what);
    }

    private UpdateRule rule(ParameterGroup group, String found, long steps) {
        UpdateRule own = group.rule();
        boolean scheduled = "true".equals(text(group, ".rule.scheduled"));
        if (!scheduled && !isScheduled(group) && RuleCodec.knows(own)) {
            try {
                UpdateRule rule = RuleCodec.read(found, UpdateRule.class);
                if (RuleStructure.matches(own, rule)) {
                    return rule;
                }
                problems.add("rule of " + group.name() + ": expected " + RuleStructure.describe(own) + ", found "
                        + RuleStructure.describe(rule));
            } catch (IllegalArgumentException e) {
                problems.add("rule of " + group.name() + ": " + e.getMessage());
            }
            return own;
        }
        String expected = textOfRule(group, steps);
        // A rule that has no text but its name, which fits already, cannot be compared any further.
        boolean same = found.equals(expected) || expected.equals(nameOf(own.at(0)));
        if (scheduled != isScheduled(group) || !same) {
            problems.add("rule of " + group.name() + ": expected " + expected
                    + (isScheduled(group) ? " by a function" : "") + ", found " + found
                    + (scheduled ? " by a function" : ""));
        }
        return own;
    }

    private Schedule schedule(ParameterGroup group) {
        Schedule own = group.schedule();
        ReduceOnPlateau plateau = RuleCodec.plateau(own);
        String expected = textOfSchedule(group);
        String found = text(group, ".schedule");
        String state = text(group, ".schedule.state");
        try {
            if (plateau != null && state != null) {
                keep(group, plateau, RuleCodec.read(state, ReduceOnPlateau.State.class));
            }
            if (expected != null && found != null) {
                return RuleCodec.read(found, Schedule.class, plateau);
            }
        } catch (IllegalArgumentException e) {
            problems.add("schedule of " + group.name() + ": " + e.getMessage());
            return own;
        }
        // The first checkpoints had no text of a schedule with a plateau, and one of records that cannot be read.
        if (found == null ? expected == null || plateau != null : readable(found, plateau) == null) {
            return own;
        }
        problems.add("schedule of " + group.name() + ": expected "
                + (expected == null ? "a function" : expected) + ", found "
                + (found == null ? "a function" : found));
        return own;
    }

    private void keep(ParameterGroup group, ReduceOnPlateau plateau, ReduceOnPlateau.State state) {
        ReduceOnPlateau.State before = plateaus.putIfAbsent(plateau, state);
        if (before != null && !before.equals(state)) {
            problems.add("schedule of " + group.name() + ": expected " + RuleCodec.write(before)
                    + " as in another group that has it, found " + RuleCodec.write(state));
        }
    }

    /** Restores the plateaus of the groups that were read, once nothing is wrong. */
    void restorePlateaus() {
        plateaus.forEach(ReduceOnPlateau::restore);
    }
}
