package org.example;

import com.sun.net.httpserver.HttpServer;
import dev.lanewise.nn.Layout;
import dev.lanewise.nn.Mlp;
import dev.lanewise.nn.Predictor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.Executors;

/** Serves a network that PyTorch trained: a request to {@code /predict} has a row of inputs, and the response the outputs. */
public final class ServePyTorch {
    private ServePyTorch() {}

    /** Starts the server. The arguments are the safetensors file, and the port. */
    public static void main(String[] args) throws IOException {
        HttpServer server = start(Path.of(args[0]), Integer.parseInt(args[1]));
        System.out.println("http://localhost:" + server.getAddress().getPort() + "/predict");
    }

    static HttpServer start(Path file, int port) throws IOException {
        Predictor predictor = Mlp.load(file, Layout.PYTORCH).predictor();
        HttpServer server = HttpServer.create(new InetSocketAddress("localhost", port), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/predict", exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8), answer;
            int status = 200;
            try {
                answer = Arrays.toString(outputs(predictor, body.split(",")));
            } catch (IllegalArgumentException e) {
                answer = e.getMessage();
                status = 400;
            }
            byte[] bytes = (answer + "\n").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        return server;
    }

    private static float[] outputs(Predictor predictor, String[] inputs) {
        if (inputs.length != predictor.inputs()) {
            throw new IllegalArgumentException("inputs must be " + predictor.inputs() + " numbers: " + inputs.length);
        }
        float[] x = new float[inputs.length], y = new float[predictor.classes()];
        for (int i = 0; i < x.length; i++) {
            x[i] = Float.parseFloat(inputs[i]);
        }
        predictor.predict(x, 0, 1, y, 0);
        return y;
    }
}
