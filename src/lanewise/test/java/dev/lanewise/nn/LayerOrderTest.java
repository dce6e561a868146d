package dev.lanewise.nn;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LayerOrderTest {
    /** Finds the orders of layers that are written as {@code name:inputs-outputs}. */
    private static List<List<String>> find(String... layers) {
        Map<String, long[]> sizes = new LinkedHashMap<>();
        for (String layer : layers) {
            String[] parts = layer.split("[:-]");
            sizes.put(parts[0], new long[] {Long.parseLong(parts[1]), Long.parseLong(parts[2])});
        }
        return LayerOrder.find(sizes.keySet(), name -> sizes.get(name)[0], name -> sizes.get(name)[1]);
    }

    @Test
    void numbersCountByTheirValue() {
        List<String> sorted =
                List.of("", "a", "a.0", "a.2", "a.10", "a.10.1", "a01", "a1", "a1b", "a2", "b", "b9", "b10");
        List<String> names = new ArrayList<>(sorted);
        Collections.shuffle(names, new Random(1));
        names.sort(LayerOrder::compare);
        assertEquals(sorted, names);
        assertEquals(0, LayerOrder.compare("a.1", "a.1"));
        assertEquals(-1, Integer.signum(LayerOrder.compare("x99999999999999999999", "x100000000000000000000")));
    }

    @Test
    void namesThatDifferInNumbersAloneAreInTheirOrder() {
        assertEquals(List.of(List.of("0", "2", "10")), find("10:4-4", "0:4-4", "2:4-4"));
        assertEquals(List.of(List.of("fc1", "fc2")), find("fc2:9-1", "fc1:3-4"));
        assertEquals(List.of(List.of("net1.fc", "net2.fc")), find("net2.fc:3-3", "net1.fc:3-3"));
    }

    @Test
    void otherNamesAreInTheOrderOfTheSizes() {
        assertEquals(List.of(List.of("input", "hidden", "output")), find("output:7-3", "hidden:8-7", "input:9-8"));
        assertEquals(List.of(List.of("fc1", "fc2", "out")), find("out:8-3", "fc2:8-8", "fc1:9-8"));
        assertEquals(
                List.of(List.of("features.0", "features.3", "classifier.0", "classifier.2")),
                find("classifier.0:7-7", "classifier.2:7-3", "features.0:9-8", "features.3:8-7"));
    }

    @Test
    void twoOrdersAreNone() {
        assertEquals(2, find("encoder:5-5", "decoder:5-5").size());
        assertEquals(
                2,
                find("classifier.0:8-8", "classifier.2:8-3", "features.0:9-8", "features.3:8-8")
                        .size());
        assertEquals(List.of(), find("a:5-4", "b:5-4"));
    }

    @Test
    void noFileKeepsTheSearchBusy() {
        String[] layers = new String[LayerOrder.MOST];
        for (int i = 0; i < layers.length; i++) {
            layers[i] = Character.toString(0x4e00 + i) + ":5-5";
        }
        assertEquals(2, find(layers).size());
        // Each order of the squares is tried in vain, because the last layer follows none of them.
        layers[layers.length - 1] = "z:1-1";
        List<List<String>> orders = assertTimeoutPreemptively(Duration.ofSeconds(20), () -> find(layers));
        assertEquals(2, orders.size());
        assertEquals(orders.getFirst(), orders.getLast());
        String[] more = Arrays.copyOf(layers, layers.length + 1);
        more[layers.length] = "x:2-2";
        assertEquals(2, find(more).size());
        String[] numbered = new String[100_000];
        Arrays.setAll(numbered, i -> i + ":1-1");
        assertEquals("99999", find(numbered).getFirst().getLast());
    }
}
