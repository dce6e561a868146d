package dev.lanewise.mnist.lab;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.lanewise.safetensors.AtomicFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keeps the results of runs in a directory, a JSON file each, and beside them the settings that they depend on. A file is
 * written under another name and moved into place, so that it is complete whenever the program is stopped. Different
 * floats have different texts: a result that was kept has the bits of the one that was measured.
 */
public final class ResultStore {
    private static final String SETTINGS = "settings.json";
    private static final JsonFactory JSON = new JsonFactory();

    private final Path folder;

    private ResultStore(Path folder) {
        this.folder = folder;
    }

    /** {@return the settings that a directory's results depend on, by their names; null if there are none} */
    public static Map<String, String> settings(Path folder) throws IOException {
        Path file = folder.resolve(SETTINGS);
        if (!Files.exists(file)) {
            return null;
        }
        Map<String, String> settings = new LinkedHashMap<>();
        try (JsonParser json = JSON.createParser(Files.readAllBytes(file))) {
            expect(json.nextToken() == JsonToken.START_OBJECT, file);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                settings.put(json.currentName(), json.nextTextValue());
            }
        } catch (JacksonException e) {
            throw damaged(file);
        }
        return settings;
    }

    /** Begins a directory or continues one; removes the unfinished files of a process that was killed. */
    public static ResultStore open(Path folder, Map<String, String> settings) throws IOException {
        Files.createDirectories(folder);
        AtomicFile.removeUnfinished(folder, "*.json");
        ResultStore store = new ResultStore(folder);
        store.write(folder.resolve(SETTINGS), json -> {
            json.writeStartObject();
            for (Map.Entry<String, String> setting : settings.entrySet()) {
                json.writeStringField(setting.getKey(), setting.getValue());
            }
            json.writeEndObject();
        });
        return store;
    }

    /** {@return the kept result of a run; null if there is none} */
    Result read(Run run) {
        Path file = file(run);
        if (!Files.exists(file)) {
            return null;
        }
        try (JsonParser json = JSON.createParser(Files.readAllBytes(file))) {
            return new Reader(json, file).result(run);
        } catch (JacksonException e) {
            throw new UncheckedIOException(damaged(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void write(Run run, Result result) {
        try {
            write(file(run), json -> {
                json.writeStartObject();
                json.writeStringField("run", run.toString());
                floats(json, "losses", result.losses());
                floats(json, "ratios", result.ratios());
                json.writeArrayFieldStart("layers");
                for (Result.Layer layer : result.layers()) {
                    json.writeStartObject();
                    floats(json, "update", layer.update());
                    floats(json, "weight", layer.weight());
                    floats(json, "largest", layer.largest());
                    json.writeEndObject();
                }
                json.writeEndArray();
                json.writeArrayFieldStart("accuracies");
                for (double accuracy : result.accuracies()) {
                    json.writeNumber(accuracy);
                }
                json.writeEndArray();
                if (!Double.isNaN(result.test())) {
                    json.writeNumberField("test", result.test());
                }
                json.writeNumberField("seconds", result.seconds());
                json.writeEndObject();
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes NaN as null, because JSON has no NaN. */
    private static void floats(JsonGenerator json, String name, float[] values) throws IOException {
        json.writeArrayFieldStart(name);
        for (float value : values) {
            if (Float.isNaN(value)) {
                json.writeNull();
            } else {
                json.writeNumber(value);
            }
        }
        json.writeEndArray();
    }

    private void write(Path file, Content content) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = JSON.createGenerator(bytes)) {
            content.write(json);
        }
        AtomicFile.write(file, bytes.toByteArray());
    }

    private Path file(Run run) {
        try {
            byte[] text = run.toString().getBytes(StandardCharsets.UTF_8);
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(text);
            return folder.resolve(HexFormat.of().formatHex(hash, 0, 10) + ".json");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }

    private static void expect(boolean whole, Path file) throws IOException {
        if (!whole) {
            throw damaged(file);
        }
    }

    private static IOException damaged(Path file) {
        return new IOException(file + " is not what the lab wrote: remove it, and what it held is measured again");
    }

    private interface Content {
        void write(JsonGenerator json) throws IOException;
    }

    /** Reads one file. */
    private record Reader(JsonParser json, Path file) {
        Result result(Run run) throws IOException {
            float[] losses = {};
            float[] ratios = {};
            List<Result.Layer> layers = new ArrayList<>();
            double[] accuracies = {};
            double test = Double.NaN;
            double seconds = 0;
            expect(json.nextToken() == JsonToken.START_OBJECT, file);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                switch (json.currentName()) {
                    case "run" -> expect(run.toString().equals(json.nextTextValue()), file);
                    case "losses" -> losses = floats();
                    case "ratios" -> ratios = floats();
                    case "layers" -> {
                        expect(json.nextToken() == JsonToken.START_ARRAY, file);
                        while (json.nextToken() == JsonToken.START_OBJECT) {
                            layers.add(new Result.Layer(field(), field(), field()));
                            json.nextToken();
                        }
                    }
                    case "accuracies" -> accuracies = doubles();
                    case "test" -> test = number();
                    case "seconds" -> seconds = number();
                    default -> expect(false, file);
                }
            }
            expect(losses.length > 0 && json.currentToken() == JsonToken.END_OBJECT, file);
            return new Result(losses, ratios, List.copyOf(layers), accuracies, test, seconds);
        }

        private double number() throws IOException {
            json.nextToken();
            return json.getDoubleValue();
        }

        private float[] field() throws IOException {
            json.nextToken();
            return floats();
        }

        private float[] floats() throws IOException {
            expect(json.nextToken() == JsonToken.START_ARRAY, file);
            float[] values = new float[16];
            int count = 0;
            for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
                values = count == values.length ? Arrays.copyOf(values, 2 * count) : values;
                values[count++] = next == JsonToken.VALUE_NULL ? Float.NaN : json.getFloatValue();
            }
            return Arrays.copyOf(values, count);
        }

        private double[] doubles() throws IOException {
            expect(json.nextToken() == JsonToken.START_ARRAY, file);
            double[] values = {};
            while (json.nextToken() != JsonToken.END_ARRAY) {
                values = Arrays.copyOf(values, values.length + 1);
                values[values.length - 1] = json.getDoubleValue();
            }
            return values;
        }
    }
}
