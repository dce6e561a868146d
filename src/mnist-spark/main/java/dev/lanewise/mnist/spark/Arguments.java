package dev.lanewise.mnist.spark;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The arguments of this program, before those of {@code train}.
 *
 * @param executors the most executors
 * @param arrival how many seconds executors are waited for
 * @param patience how many seconds a rank waits for others
 * @param train {@code train} and its options, with absolute paths, because an executor has another working directory
 */
record Arguments(int executors, int arrival, int patience, List<String> train) {
    private static final Set<String> PATHS = Set.of("--data", "--out", "--metrics", "--report", "--checkpoint");
    private static final int EXECUTORS = 2, SECONDS = 60;

    /**
     * Reads the arguments.
     *
     * @throws IllegalArgumentException if one is wrong
     */
    static Arguments of(String... arguments) {
        List<String> left = new ArrayList<>(Arrays.asList(arguments));
        int executors = EXECUTORS, arrival = SECONDS, patience = SECONDS;
        while (!left.isEmpty() && left.getFirst().startsWith("--")) {
            String name = left.removeFirst();
            switch (name) {
                case "--executors" -> executors = number(name, left);
                case "--arrival" -> arrival = number(name, left);
                case "--patience" -> patience = number(name, left);
                default ->
                    throw new IllegalArgumentException(
                            "option before train must be --executors, --arrival or --patience: " + name);
            }
        }
        if (left.isEmpty() || !left.getFirst().equals("train")) {
            throw new IllegalArgumentException("command must be train: " + (left.isEmpty() ? "none" : left.getFirst()));
        }
        return new Arguments(executors, arrival, patience, List.copyOf(absolute(left)));
    }

    private static int number(String name, List<String> left) {
        String value = left.isEmpty() ? "none" : left.removeFirst();
        if (!value.matches("[1-9][0-9]{0,5}")) {
            throw new IllegalArgumentException(name + " must be from 1 to 999999: " + value);
        }
        return Integer.parseInt(value);
    }

    private static List<String> absolute(List<String> train) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < train.size(); i++) {
            String argument = train.get(i), name = argument.replaceFirst("=.*", "");
            boolean apart = name.equals(argument) && i + 1 < train.size();
            if (name.equals("--ranks")) {
                String value = apart ? train.get(++i) : argument.substring(name.length());
                if (!value.matches("=?spark")) {
                    throw new IllegalArgumentException("--ranks must be spark, or left out: " + value);
                }
            } else if (PATHS.contains(name) && apart) {
                all.addAll(List.of(name, absolute(train.get(++i))));
            } else if (PATHS.contains(name) && argument.length() > name.length()) {
                all.add(name + "=" + absolute(argument.substring(name.length() + 1)));
            } else {
                all.add(argument);
            }
        }
        if (value(all, "--data") == null) {
            all.addAll(List.of("--data", absolute("src/mnist/data")));
        }
        return all;
    }

    private static String absolute(String path) {
        return Path.of(path).toAbsolutePath().normalize().toString();
    }

    /** {@return the value of an option among others; null if it is not there} */
    static String value(List<String> arguments, String name) {
        for (int i = 0; i < arguments.size(); i++) {
            if (arguments.get(i).startsWith(name + "=")) {
                return arguments.get(i).substring(name.length() + 1);
            }
            if (arguments.get(i).equals(name) && i + 1 < arguments.size()) {
                return arguments.get(i + 1);
            }
        }
        return null;
    }

    /** {@return the file that shows that the training gets on; null for none} */
    Path checkpoint() {
        String folder = value(train, "--checkpoint");
        return folder == null ? null : Path.of(folder, "checkpoint.safetensors");
    }
}
