package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.lanewise.memory.FloatSpan;
import dev.lanewise.safetensors.Safetensors;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.Arena;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The programs run, and their figures are what the page of the examples describes. */
class ProgramsTest {
    /** A program's main method. */
    @FunctionalInterface
    private interface Main {
        void run(String[] arguments) throws Exception;
    }

    private static String printedBy(Main main) throws Exception {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes));
        try {
            main.run(new String[0]);
        } finally {
            System.setOut(out);
        }
        System.out.print(bytes);
        return bytes.toString();
    }

    /** The numbers that follow a word. */
    private static List<Double> numbers(String word, String printed) {
        return Pattern.compile(word + " +([0-9.]+)")
                .matcher(printed)
                .results()
                .map((MatchResult result) -> Double.valueOf(result.group(1)))
                .toList();
    }

    @Test
    void aModelOfOnesOwnIsTrained() throws Exception {
        List<Double> losses = numbers("loss", printedBy(EmbedOptimizer::main));
        assertEquals(7, losses.size());
        assertTrue(losses.getFirst() > 0.2 && losses.getLast() < 0.005, losses.toString());
    }

    @Test
    void aStreamIsLearned() throws Exception {
        String printed = printedBy(OnlineLearner::main);
        List<Double> losses = numbers("loss", printed);
        assertEquals(6, losses.size());
        assertTrue(losses.getLast() < losses.getFirst() - 0.02, losses.toString());
        assertTrue(printed.matches("(?s).*\n[0-9,]+ of 262,144 weights are not zero\n"), printed);
    }

    @Test
    void aNetworkIsServedWhileItIsTrained() throws Exception {
        String printed = printedBy(ServeWhileTraining::main);
        List<Double> then = numbers("then", printed);
        assertEquals(8, then.size());
        assertTrue(printed.endsWith("versions 101\n"), printed);
        for (int reader = 0; reader < 8; reader++) {
            assertTrue(then.get(reader) > 0.8, printed);
        }
    }

    @Test
    void aNetworkOfPyTorchHasItsOutputs() throws Exception {
        String printed = printedBy(LoadPyTorch::main);
        assertEquals(6, printed.lines().filter(line -> line.contains(" × ")).count(), printed);
        assertTrue(numbers("PyTorch", printed).getFirst() < 1e-5, printed);
    }

    @Test
    void aNetworkOfPyTorchIsServed() throws Exception {
        float[] inputs = new float[5 * 12], expected = new float[5 * 4];
        try (Arena arena = Arena.ofConfined()) {
            Safetensors file = Safetensors.map(Path.of("data/pytorch-outputs.safetensors"), arena);
            file.copyTo("sequential.inputs", FloatSpan.of(inputs));
            file.copyTo("sequential.outputs", FloatSpan.of(expected));
        }
        HttpServer server = ServePyTorch.start(Path.of("data/pytorch.safetensors"), 0);
        try (HttpClient client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://localhost:" + server.getAddress().getPort() + "/predict");
            String row = Arrays.toString(Arrays.copyOf(inputs, 12));
            String[] outputs = post(client, uri, row.substring(1, row.length() - 1))
                    .replaceAll("[\\[\\] \n]", "")
                    .split(",");
            assertEquals(4, outputs.length);
            for (int i = 0; i < 4; i++) {
                assertEquals(expected[i], Float.parseFloat(outputs[i]), 1e-5);
            }
            assertEquals("inputs must be 12 numbers: 2\n", post(client, uri, "1,2"));
        } finally {
            server.stop(0);
        }
    }

    private static String post(HttpClient client, URI uri, String body) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(uri)
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body();
    }
}
