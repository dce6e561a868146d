package dev.lanewise.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The machine and the software that a measurement was made on. */
final class Environment {
    private static final String UNKNOWN = "unknown";

    private final Map<String, Object> facts = new LinkedHashMap<>();
    private final List<Long> roundTrips = new ArrayList<>();
    private final List<String> repeated = new ArrayList<>();

    private Environment() {}

    /**
     * Reads the facts of this machine, before anything is measured on it.
     *
     * @param jvm the java command
     * @param flags of the measured JVMs
     * @param jvmArgs those of them that only this run has
     * @param variables of the environment that the peers read
     */
    static Environment now(String jvm, List<String> flags, List<String> jvmArgs, Map<String, String> variables)
            throws IOException {
        Environment environment = new Environment();
        Map<String, Object> facts = environment.facts;
        facts.put("date", OffsetDateTime.now().truncatedTo(ChronoUnit.SECONDS).toString());
        facts.put("commit", command("git", "rev-parse", "HEAD"));
        // Results that an earlier run has replaced are no change of what is measured.
        facts.put(
                "uncommittedChanges",
                !command("git", "status", "--porcelain", "--untracked-files=no", ":/", ":(exclude,top)bench/results")
                        .isEmpty());
        Processor processor = Processor.now();
        facts.put(
                "cpu",
                "%s (family %s, model %s)"
                        .formatted(
                                processor.fact("model name"), processor.fact("cpu family"), processor.fact("model")));
        facts.put("cores", Runtime.getRuntime().availableProcessors());
        facts.put("caches", caches());
        facts.put("memory", first(Path.of("/proc/meminfo"), "MemTotal"));
        facts.put("transparentHugePages", text(Path.of("/sys/kernel/mm/transparent_hugepage/enabled")));
        facts.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        facts.put("jdk", System.getProperty("java.vendor") + " " + System.getProperty("java.vm.version"));
        facts.put("jvmFlags", flags);
        facts.put("jvmArgs", jvmArgs);
        facts.putAll(JvmFacts.of(jvm, flags));
        facts.put("peerVariables", variables);
        facts.put("peers", peers());
        facts.put("roundTripBetweenCoresNanos", environment.roundTrips);
        facts.put("loadAverageBefore", text(Path.of("/proc/loadavg")));
        return environment;
    }

    /** Records the latency between two cores at this moment, see {@link CoreLatency}. */
    void noteCores() {
        roundTrips.add(CoreLatency.roundTripNanos());
    }

    /** Records that a row was measured again, because its first time was in doubt. */
    void noteRepetition(Results.Row first) {
        repeated.add(first.key() + ": " + Doubt.reasons(first.doubts()));
    }

    /** {@return a name for the results: the date and the commit} */
    String name() {
        String commit = facts.get("commit").toString();
        return LocalDate.now() + "-" + commit.substring(0, Math.min(8, commit.length()));
    }

    /**
     * Writes the facts.
     *
     * @param failed the rows without a result that were to be measured
     * @param leftOut the rows of peers that this processor cannot run
     */
    void write(Path file, Collection<String> failed, Collection<String> leftOut) throws IOException {
        facts.put("failed", failed);
        facts.put("leftOut", leftOut);
        facts.put("repeated", repeated);
        facts.put("loadAverageAfter", text(Path.of("/proc/loadavg")));
        new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT).writeValue(file.toFile(), facts);
    }

    /** {@return the names of the peers' jars, which contain their versions} */
    private static List<String> peers() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(jar -> Path.of(jar).getFileName().toString())
                .filter(
                        jar -> jar.matches(
                                "(pytorch|onnxruntime|mkl|openblas|nd4j-native|tribuo-math|blas|ejml-fdense|ojalgo)-\\d.*\\.jar"))
                .sorted()
                .toList();
    }

    /** {@return the sizes of the first core's caches} */
    private static Map<String, String> caches() {
        Map<String, String> caches = new LinkedHashMap<>();
        for (int i = 0; Files.exists(Path.of("/sys/devices/system/cpu/cpu0/cache/index" + i)); i++) {
            Path cache = Path.of("/sys/devices/system/cpu/cpu0/cache/index" + i);
            caches.put(
                    "L" + text(cache.resolve("level")) + " " + text(cache.resolve("type")),
                    text(cache.resolve("size")));
        }
        return caches;
    }

    private static String first(Path file, String key) {
        try (Stream<String> lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(key))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(UNKNOWN);
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            return UNKNOWN;
        }
    }

    private static String command(String... words) {
        try {
            Process process = new ProcessBuilder(words)
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return process.waitFor() == 0 ? output : UNKNOWN;
        } catch (IOException e) {
            return UNKNOWN;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
