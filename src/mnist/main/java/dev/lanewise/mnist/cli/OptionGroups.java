package dev.lanewise.mnist.cli;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;

/** The help of a command: a short synopsis, since one with many options would hide them, and the options under headings. */
final class OptionGroups {
    /** The headings by the class that has the options. */
    private static final Map<Class<?>, String> HEADINGS = Map.of(
            DataOptions.class, "Data",
            TrainingOptions.class, "Network and training",
            ComputeOptions.class, "Computation",
            RateOptions.class, "Learning rate",
            SearchOptions.class, "Search",
            StateOption.class, "State of the optimizer",
            OutputOptions.class, "Files",
            RankOptions.class, "Micro-batches and ranks");

    private static final String OF_RULE = "Options of rules", OF_COMMAND = "This command", GENERAL = "Help";

    private static final int MOST_IN_SYNOPSIS = 12;

    private OptionGroups() {}

    /** Sets the help of a command and of its subcommands. */
    static CommandLine set(CommandLine command) {
        CommandSpec spec = command.getCommandSpec();
        spec.usageMessage().abbreviateSynopsis(spec.options().size() > MOST_IN_SYNOPSIS);
        command.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_OPTION_LIST, OptionGroups::list);
        command.getSubcommands().values().forEach(OptionGroups::set);
        return command;
    }

    private static String list(Help help) {
        Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
        List<OptionSpec> all = help.commandSpec().options();
        for (OptionSpec option : all) {
            groups.computeIfAbsent(
                            heading(option, help.commandSpec().userObject().getClass()), h -> new ArrayList<>())
                    .add(option);
        }
        // Most rules have but a few of the options of all rules.
        for (String last : List.of(OF_RULE, GENERAL)) {
            if (groups.containsKey(last)) {
                groups.put(last, groups.remove(last));
            }
        }
        StringBuilder text = new StringBuilder();
        groups.forEach((heading, options) -> {
            // All options decide on the width of the columns, so that they are the same under each heading.
            Help.Layout layout = help.createDefaultLayout(all, List.of(), help.colorScheme());
            layout.addOptions(options, help.parameterLabelRenderer());
            text.append(groups.size() == 1 ? "" : "%n%s:%n".formatted(heading)).append(layout);
        });
        return text.toString();
    }

    private static String heading(OptionSpec option, Class<?> command) {
        if (option.usageHelp() || option.versionHelp()) {
            return GENERAL;
        }
        if (!(option.userObject() instanceof Field field)) {
            return OF_RULE;
        }
        return field.getDeclaringClass() == command
                ? OF_COMMAND
                : HEADINGS.getOrDefault(field.getDeclaringClass(), OF_COMMAND);
    }
}
