package dev.lanewise.nn;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToLongFunction;

/** Finds the order of layers by their names and sizes, as {@link Layout} has it. */
final class LayerOrder {
    /** The most layers that are tried in other orders than that of their numbers, a bound for the depth of the search. */
    static final int MOST = 64;

    /** The number of attempts after which a search is given up: a file can be made so that it would never end. */
    private static final int ATTEMPTS = 10_000;

    private final List<List<String>> sequences;
    private final ToLongFunction<String> inputs, outputs;
    private final int layers;
    private final int[] used;
    private final List<String> order = new ArrayList<>();
    private final List<List<String>> found = new ArrayList<>();
    private int attempts;

    private LayerOrder(List<List<String>> sequences, ToLongFunction<String> inputs, ToLongFunction<String> outputs) {
        this.sequences = sequences;
        this.inputs = inputs;
        this.outputs = outputs;
        layers = sequences.stream().mapToInt(List::size).sum();
        used = new int[sequences.size()];
    }

    /**
     * {@return the orders that are possible: one if it is certain, two if it is not, none if the layers do not follow each other} Names
     * that differ in numbers alone give one without a look at the sizes. Beyond {@link #MOST} layers, and where a search takes too long,
     * the order by name is returned twice.
     */
    static List<List<String>> find(
            Collection<String> names, ToLongFunction<String> inputs, ToLongFunction<String> outputs) {
        List<String> sorted = names.stream().sorted(LayerOrder::compare).toList();
        Map<String, List<String>> sequences = new TreeMap<>();
        for (String name : sorted) {
            sequences
                    .computeIfAbsent(name.replaceAll("[0-9]+", "0"), pattern -> new ArrayList<>())
                    .add(name);
        }
        if (sequences.size() == 1) {
            return List.of(sorted);
        }
        if (sorted.size() > MOST) {
            return List.of(sorted, sorted);
        }
        LayerOrder search = new LayerOrder(List.copyOf(sequences.values()), inputs, outputs);
        search.extend();
        return search.attempts > ATTEMPTS ? List.of(sorted, sorted) : search.found;
    }

    private void extend() {
        if (order.size() == layers) {
            found.add(List.copyOf(order));
            return;
        }
        for (int i = 0; i < used.length && found.size() < 2 && attempts <= ATTEMPTS; i++) {
            List<String> sequence = sequences.get(i);
            if (used[i] == sequence.size()) {
                continue;
            }
            attempts++;
            String next = sequence.get(used[i]);
            if (order.isEmpty() || outputs.applyAsLong(order.getLast()) == inputs.applyAsLong(next)) {
                order.add(next);
                used[i]++;
                extend();
                used[i]--;
                order.removeLast();
            }
        }
    }

    /** Compares names, in which numbers count by their value: {@code fc2} is before {@code fc10}. */
    static int compare(String a, String b) {
        int i = 0, j = 0;
        while (i < a.length() && j < b.length()) {
            int endA = endOfNumber(a, i), endB = endOfNumber(b, j);
            if (endA > i && endB > j) {
                String m = withoutZeros(a, i, endA), n = withoutZeros(b, j, endB);
                int order = m.length() != n.length() ? Integer.compare(m.length(), n.length()) : m.compareTo(n);
                if (order != 0) {
                    return order;
                }
                i = endA;
                j = endB;
            } else if (a.charAt(i) != b.charAt(j)) {
                return Character.compare(a.charAt(i), b.charAt(j));
            } else {
                i++;
                j++;
            }
        }
        int rest = Integer.compare(a.length() - i, b.length() - j);
        return rest != 0 ? rest : a.compareTo(b);
    }

    private static int endOfNumber(String name, int from) {
        int end = from;
        while (end < name.length() && name.charAt(end) >= '0' && name.charAt(end) <= '9') {
            end++;
        }
        return end;
    }

    private static String withoutZeros(String name, int from, int end) {
        int first = from;
        while (first < end - 1 && name.charAt(first) == '0') {
            first++;
        }
        return name.substring(first, end);
    }
}
