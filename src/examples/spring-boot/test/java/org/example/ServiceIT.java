package org.example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The fat jar starts with the flags in JDK_JAVA_OPTIONS, and answers over HTTP while it learns. */
class ServiceIT {
    private static Process service;
    private static URI address;
    private static final HttpClient CLIENT = HttpClient.newHttpClient();

    @BeforeAll
    static void start() throws Exception {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        ProcessBuilder builder =
                new ProcessBuilder(java.toString(), "-jar", System.getProperty("jar"), "--server.port=0");
        builder.environment()
                .put("JDK_JAVA_OPTIONS", "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED");
        Path log = Path.of("target/service.log");
        service = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        while (address == null) {
            assertTrue(service.isAlive(), () -> "the service has ended, see " + log.toAbsolutePath());
            Thread.sleep(100);
            Matcher port = Pattern.compile("Tomcat started on port (\\d+)").matcher(Files.readString(log));
            if (port.find()) {
                address = URI.create("http://localhost:" + port.group(1));
            }
        }
    }

    @AfterAll
    static void stop() throws InterruptedException {
        service.destroy();
        service.waitFor();
    }

    private static HttpResponse<String> post(String body) throws IOException, InterruptedException {
        return CLIENT.send(
                HttpRequest.newBuilder(address.resolve("/predict"))
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static long number(String name, HttpResponse<String> answer) {
        assertEquals(200, answer.statusCode(), answer.body());
        Matcher matcher = Pattern.compile("\"" + name + "\":(\\d+)").matcher(answer.body());
        assertTrue(matcher.find(), answer.body());
        return Long.parseLong(matcher.group(1));
    }

    @Test
    void manyThreadsAreAnsweredWhileItLearns() throws Exception {
        while (number("version", post("[0, 0, 0, 0]")) < 10) {
            Thread.sleep(20);
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> labels = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                String body = List.of("[2, -1, 0, 1]", "[-1, 2, 0, 1]", "[0, -1, 2, 1]")
                        .get(i % 3);
                labels.add(threads.submit(() -> number("label", post(body))));
            }
            for (int i = 0; i < labels.size(); i++) {
                assertEquals(i % 3, labels.get(i).get());
            }
        }
    }

    @Test
    void theVectorKernelsAreInUse() throws Exception {
        HttpResponse<String> answer = CLIENT.send(
                HttpRequest.newBuilder(address.resolve("/runtime")).build(), HttpResponse.BodyHandlers.ofString());
        assertTrue(answer.body().matches("RuntimeInfo\\[vectorBits=[1-9].*"), answer.body());
    }

    @Test
    void aWrongRequestIsRefused() throws Exception {
        assertEquals(400, post("[1, 2]").statusCode());
    }
}
